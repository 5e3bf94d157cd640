package op

import (
	"tidemark.dev/internal/plan"
	"tidemark.dev/types"
)

// windows cuts time as Flink's SliceAssigners do. All times are milliseconds, in the
// window's own clock: for TIMESTAMP_LTZ that of the session's zone.
//
//	TUMBLE      a slice is a window
//	HOP         slices of gcd(size, slide); a window is a run of them, ends every slide
//	CUMULATE    slices of step; windows end every step up to the end of the size
//
// A slice is named by its end.
type windows struct {
	plan.Window
	slice int64           // length of a slice
	shape plan.WindowKind // as declared: Kind is TUMBLE where rows carry their window
	zone  *types.Zone
}

func newWindows(w plan.Window) (*windows, error) {
	ws := &windows{Window: w, shape: w.Kind}
	switch w.Kind {
	case plan.Hop:
		ws.slice = gcd(w.Size, w.Slide)
	case plan.Cumulate:
		ws.slice = w.Slide
	default:
		ws.slice = w.Size
	}
	if w.Zoned && w.Zone != "" && w.Zone != "UTC" {
		zone, err := types.LoadZone(w.Zone)
		if err != nil {
			return nil, err
		}
		ws.zone = zone
	}
	return ws, nil
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// local is the wall clock of an instant, as if it were UTC.
func (w *windows) local(millis int64) int64 {
	if w.zone == nil {
		return millis
	}
	return floorMillis(w.zone.Local(millis * 1000))
}

// instant is the instant of a wall clock; gaps and overlaps as java.time resolves them.
func (w *windows) instant(local int64) int64 {
	if w.zone == nil {
		return local
	}
	return floorMillis(w.zone.Instant(local * 1000))
}

// stretch is where the stretch of the given length begins, from offset on, that holds t.
func stretch(t, offset, length int64) int64 {
	r := (t - offset) % length
	if r < 0 {
		r += length
	}
	return t - r
}

// sliceEnd is the end of the slice that a wall-clock time falls into.
func (w *windows) sliceEnd(t int64) int64 { return stretch(t, w.Offset, w.slice) + w.slice }

// lastWindow is the end of the last window that holds a slice.
func (w *windows) lastWindow(slice int64) int64 {
	switch w.Kind {
	case plan.Hop:
		// The last window is the one that begins with, or last before, the slice.
		return stretch(slice-w.slice, w.Offset, w.Slide) + w.Size
	case plan.Cumulate:
		return stretch(slice-1, w.Offset, w.Size) + w.Size
	}
	return slice
}

// firstWindow is the end of the first window that holds a slice.
func (w *windows) firstWindow(slice int64) int64 {
	if w.Kind == plan.Hop {
		// Windows end at starts + size; starts are every slide. The first that holds the slice
		// is the first whose end is not before it.
		end := stretch(slice-1, w.Offset+w.Size, w.Slide) + w.Slide
		return end
	}
	return slice
}

// nextWindow is the end of the window behind the one that ends at end; it may hold none
// of the slices that this one holds.
func (w *windows) nextWindow(end int64) int64 {
	if w.Kind == plan.Hop {
		return end + w.Slide
	}
	return end + w.slice
}

// windowStart is where the window that ends at end begins.
func (w *windows) windowStart(end int64) int64 {
	if w.shape == plan.Cumulate {
		return stretch(end-1, w.Offset, w.Size)
	}
	return end - w.Size
}

const hour = 3_600_000

// closes is the watermark that closes the window that ends at end. Where the clock is
// set back, its last hour comes twice and the second one closes it; where it is set forward, a
// window that ends in the hour that is skipped closes when that hour would begin (Flink's
// TimeWindowUtil.toEpochMillsForTimer).
func (w *windows) closes(end int64) int64 {
	if w.zone == nil {
		return end - 1
	}
	t1, t2 := w.instant(end-1), w.instant(end-1+hour)
	switch {
	case t2-t1 > hour:
		return t1 + hour
	case t1 == t2:
		return t1 - t1%hour
	}
	return t1
}

// fired tells whether a window's end has been passed by the watermark.
func (w *windows) fired(end, watermark int64) bool {
	return watermark == 1<<63-1 || w.closes(end) <= watermark
}

// each calls f with the ends of the windows that hold a wall-clock time, latest first
// for HOP as Flink's window function lists them, earliest first for CUMULATE.
func (w *windows) each(t int64, f func(start, end int64)) {
	switch w.Kind {
	case plan.Hop:
		for s := stretch(t, w.Offset, w.Slide); s > t-w.Size; s -= w.Slide {
			f(s, s+w.Size)
		}
	case plan.Cumulate:
		start := stretch(t, w.Offset, w.Size)
		for end := stretch(t, w.Offset, w.Slide) + w.Slide; end <= start+w.Size; end += w.Slide {
			f(start, end)
		}
	default:
		s := stretch(t, w.Offset, w.Size)
		f(s, s+w.Size)
	}
}
