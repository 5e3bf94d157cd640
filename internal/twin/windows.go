package twin

import (
	"errors"
	"slices"
	"time"

	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// windows cuts time by definition: a row belongs to every window that contains it.
// Windows are in milliseconds of local time, which for TIMESTAMP_LTZ is what clocks in
// the session's zone show.
type windows struct {
	plan.Window
	zone *time.Location // nil: time is local already
}

// window is [start, end).
type window struct{ start, end int64 }

func newWindows(w plan.Window) (*windows, error) {
	if w.Proctime {
		return nil, errors.New("the twin has no clock for windows of processing time")
	}
	ws := &windows{Window: w}
	if w.Zoned {
		zone, err := loadZone(w.Zone)
		if err != nil {
			return nil, err
		}
		ws.zone = zone
	}
	return ws, nil
}

func (w *windows) local(ms int64) int64 {
	if w.zone == nil {
		return ms
	}
	return local(time.UnixMilli(ms), w.zone).UnixMilli()
}

// floorTo is the greatest multiple of size, counted from the offset, that is not after t.
func floorTo(t, offset, size int64) int64 {
	r := (t - offset) % size
	if r < 0 {
		r += size
	}
	return t - r
}

// of lists the windows that contain a local time, in the order in which the window
// function gives them.
func (w *windows) of(t int64) []window {
	var ws []window
	switch w.Kind {
	case plan.Tumble:
		start := floorTo(t, w.Offset, w.Size)
		ws = append(ws, window{start, start + w.Size})
	case plan.Hop:
		for start := floorTo(t, w.Offset, w.Slide); start > t-w.Size; start -= w.Slide {
			ws = append(ws, window{start, start + w.Size})
		}
	case plan.Cumulate:
		start := floorTo(t, w.Offset, w.Size)
		for end := floorTo(t, w.Offset, w.Slide) + w.Slide; end <= start+w.Size; end += w.Slide {
			ws = append(ws, window{start, end})
		}
	}
	return ws
}

// ending is the window that ends there.
func (w *windows) ending(end int64) window {
	if w.Kind == plan.Cumulate {
		return window{floorTo(end-1, w.Offset, w.Size), end}
	}
	return window{end - w.Size, end}
}

// closes is the watermark that closes a window: the instant of its last millisecond. If
// clocks show that one twice, the second time counts; if they skip it, the hour in
// which they do. (Flink's TimeWindowUtil.toEpochMillsForTimer.)
func (w *windows) closes(win window) int64 {
	last := win.end - 1
	if w.zone == nil {
		return last
	}
	t := time.UnixMilli(last).UTC()
	at := instant(t, w.zone).UnixMilli()
	if !hasSummerTime(w.zone) {
		return at
	}
	const hour = 3600000
	switch hourLater := instant(t.Add(time.Hour), w.zone).UnixMilli(); {
	case at == hourLater:
		return at - at%hour
	case hourLater-at > hour:
		return at + hour
	}
	return at
}

// hasSummerTime tells that the zone's rules for the future change clocks.
func hasSummerTime(zone *time.Location) bool {
	_, winter := time.Date(2037, 1, 1, 0, 0, 0, 0, zone).Zone()
	_, summer := time.Date(2037, 7, 1, 0, 0, 0, 0, zone).Zone()
	return winter != summer
}

// time is window_time: the last instant of a window.
func (w *windows) time(win window) types.Value {
	if w.zone == nil {
		return ofMillis(win.end - 1)
	}
	return momentValue(instant(time.UnixMilli(win.end-1).UTC(), w.zone))
}

// windowAggregate collects the rows of each window and aggregates them when it closes.
//
//  1. A row counts in each of its windows that the watermark has not closed. If it has
//     closed all of them, the row is dropped.
//  2. A watermark closes windows in the order of their ends. A window gives a row for
//     each key with rows in it (more added than taken back).
type windowAggregate struct {
	plan *plan.WindowAggregate
	win  *windows
	mark int64
	open map[window]*content
	late *Late
}

type content struct {
	keys   []string // in order of arrival
	values map[string][]types.Value
	rows   map[string][]row
}

func (r *run) newWindowAggregate(n *plan.WindowAggregate) (operator, error) {
	w, err := newWindows(n.Window)
	late := &Late{Missed: map[int64]int{}}
	r.result.Late[n.ID] = late
	return &windowAggregate{plan: n, win: w, mark: noWatermark, open: map[window]*content{}, late: late}, err
}

func (a *windowAggregate) row(s *stage, _ int, r row) error {
	var ws []window
	if a.plan.Attached {
		end := r.cols[a.plan.AttachedEnd]
		if end.Null {
			return errors.New("a window's end is NULL")
		}
		ws = []window{a.win.ending(millis(end))}
	} else {
		v := r.cols[a.plan.Window.Time]
		if v.Null {
			return errors.New("a rowtime is NULL")
		}
		ws = a.win.of(a.win.local(millis(v)))
	}
	counted := false
	for _, w := range ws {
		if a.win.closes(w) <= a.mark {
			a.late.Missed[w.end]++
			continue
		}
		counted = true
		a.put(w, r)
	}
	if !counted {
		a.late.Dropped++
	}
	return nil
}

func (a *windowAggregate) put(w window, r row) {
	c := a.open[w]
	if c == nil {
		c = &content{values: map[string][]types.Value{}, rows: map[string][]row{}}
		a.open[w] = c
	}
	k := keysOf(a.plan.Input.Output().Columns, a.plan.Keys, r.cols)
	if _, known := c.rows[k]; !known {
		c.keys = append(c.keys, k)
		for _, i := range a.plan.Keys {
			c.values[k] = append(c.values[k], r.cols[i])
		}
	}
	c.rows[k] = append(c.rows[k], r)
}

func (a *windowAggregate) watermark(s *stage, mark int64) error {
	a.mark = mark
	var closed []window
	for w := range a.open {
		if a.win.closes(w) <= mark {
			closed = append(closed, w)
		}
	}
	slices.SortFunc(closed, func(x, y window) int { return order(x.end, y.end) })
	for _, w := range closed {
		c := a.open[w]
		delete(a.open, w)
		group := s.run.next()
		for _, k := range c.keys {
			if err := a.fire(s, w, c.values[k], c.rows[k], group); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *windowAggregate) fire(s *stage, w window, key []types.Value, rows []row, group int) error {
	accs := newAccumulators(a.plan.Aggs, a.plan.Input.Output().Columns, a.plan.Retracts)
	count := 0
	for _, r := range rows {
		sign := 1
		if r.kind.Retracts() {
			sign = -1
		}
		count += sign
		if err := accs.add(r.cols, sign); err != nil {
			return err
		}
	}
	if count == 0 {
		return nil
	}
	cols := append([]types.Value{}, key...)
	vs, err := accs.values()
	if err != nil {
		return err
	}
	cols = append(cols, vs...)
	for _, p := range a.plan.Props {
		switch p {
		case plan.WindowStart:
			cols = append(cols, ofMillis(w.start))
		case plan.WindowEnd:
			cols = append(cols, ofMillis(w.end))
		case plan.WindowTime:
			cols = append(cols, a.win.time(w))
		}
	}
	return s.emit(row{cols: cols, group: group})
}
