package random

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"tidemark.dev/vector"
)

// times are where the events of a case lie, and in which zone they are looked at.
type times struct {
	start time.Time
	unit  time.Duration // of the distances between events, and of windows
	zone  string
}

func randomTimes(r *rand.Rand) times {
	if r.IntN(100) < 70 {
		return times{time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Second, []string{"UTC", "UTC", "Asia/Kolkata", "America/New_York"}[r.IntN(4)]}
	}
	// The hours around a change of clocks.
	return []times{
		{time.Date(2024, 3, 10, 5, 30, 0, 0, time.UTC), 10 * time.Minute, "America/New_York"},
		{time.Date(2024, 11, 3, 4, 30, 0, 0, time.UTC), 10 * time.Minute, "America/New_York"},
		{time.Date(2024, 3, 30, 23, 30, 0, 0, time.UTC), 10 * time.Minute, "Europe/Berlin"},
		{time.Date(2024, 10, 26, 23, 30, 0, 0, time.UTC), 10 * time.Minute, "Europe/Berlin"},
	}[r.IntN(4)]
}

// data makes rows.
type data struct {
	r     *rand.Rand
	times times
	// extremes is how many of a hundred numbers are the least or greatest of their type.
	extremes int
}

func (d *data) chance(percent int) bool { return d.r.IntN(100) < percent }

func (d *data) pick(list ...string) string { return list[d.r.IntN(len(list))] }

// cell is a value of a column: few different ones, so that there are ties, some NULLs,
// some extremes. Doubles are multiples of a quarter: sums of them are exact in any order.
func (d *data) cell(c Column) string {
	if d.chance(12) {
		return "null"
	}
	switch c.Kind {
	case Boolean:
		return d.pick("true", "false")
	case Int:
		if c.Name == "k" {
			return strconv.Itoa(d.r.IntN(4))
		}
		if d.chance(d.extremes) {
			return d.pick("2147483647", "-2147483648")
		}
		return strconv.Itoa(d.r.IntN(21) - 10)
	case BigInt:
		if d.chance(d.extremes) {
			return d.pick("9223372036854775807", "-9223372036854775808")
		}
		return strconv.Itoa(d.r.IntN(2001) - 1000)
	case Double:
		return strconv.FormatFloat(float64(d.r.IntN(400)-200)/4, 'g', -1, 64)
	case Decimal:
		if d.chance(d.extremes) {
			return d.pick("99999999.99", "-99999999.99", "0.00")
		}
		return fmt.Sprintf("%d.%02d", d.r.IntN(41)-20, d.r.IntN(100))
	case Text:
		if c.Name == "s" {
			return d.pick(`"a"`, `"b"`, `"c"`, `""`)
		}
		return d.pick(`"a"`, `"hello world"`, `"12"`, `" -7 "`, `"é"`, `"x%y_"`, `"2024-01-01 00:00:03"`, `"2024-02-30"`, `"😀"`, `"true"`, `"3.75"`, `"1e2"`, `"long text that is not inline"`, `"Straße"`)
	}
	return quoteTime(d.times.start.Add(time.Duration(d.r.IntN(100_000)) * time.Millisecond))
}

func quoteTime(t time.Time) string { return strconv.Quote(t.Format("2006-01-02 15:04:05.000")) }

// events makes a table of events with a rowtime and a watermark. Rows of a split go
// forward in time, with ties, steps back that the delay covers, and unless the table
// is in time, some that it does not.
func (d *data) events(name string) *Table {
	t := &Table{Name: name, Columns: []Column{{"k", Int}, {"s", Text}, {"ts", Timestamp}}, Splits: 1 + max(0, d.r.IntN(5)-2)}
	if d.chance(25) {
		t.Columns[2].Kind = Instant
	}
	for _, c := range []Column{{"i", Int}, {"b", BigInt}, {"d", Double}, {"e", Decimal}, {"f", Boolean}, {"x", Text}, {"p", Timestamp}, {"l", Instant}} {
		if d.chance(55) {
			t.Columns = append(t.Columns, c)
		}
	}
	unit := d.times.unit.Milliseconds()
	t.Delay = []int64{0, unit, 2 * unit, 5 * unit}[d.r.IntN(4)]
	t.InTime = t.Splits > 1 || d.chance(40)
	now, highest := make([]int64, t.Splits), make([]int64, t.Splits)
	n := 5 + d.r.IntN(60)
	if d.chance(10) {
		n = d.r.IntN(4)
	}
	for range n {
		row := Row{Split: d.r.IntN(t.Splits)}
		if t.Splits > 2 && row.Split == 1 {
			row.Split = 0 // split 1 stays empty
		}
		at := &now[row.Split]
		if d.chance(70) {
			*at += d.r.Int64N(2 * unit)
		}
		if d.chance(10) {
			*at += 8 * unit
		}
		if d.chance(40) { // on a border of windows
			*at = *at / unit * unit
		}
		event := *at
		if t.Delay > 0 && d.chance(40) {
			event = max(0, event-d.r.Int64N(t.Delay+1))
		}
		if !t.InTime && d.chance(20) {
			event = max(0, event-d.r.Int64N(15*unit))
		}
		if t.InTime { // not at or before the split's watermark
			event = max(event, highest[row.Split]-t.Delay+1)
		}
		highest[row.Split] = max(highest[row.Split], event)
		for _, c := range t.Columns {
			text := d.cell(c)
			if c.Name == "ts" {
				text = quoteTime(d.times.start.Add(time.Duration(event) * time.Millisecond))
			}
			row.Values = append(row.Values, text)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// changes makes a table of changes: rows with an id are inserted, updated and deleted.
func (d *data) changes(name string) *Table {
	t := &Table{Name: name, Delay: -1, Splits: 1, Columns: []Column{{"id", Int}, {"k", Int}, {"s", Text}}}
	for _, c := range []Column{{"i", Int}, {"b", BigInt}, {"d", Double}, {"e", Decimal}, {"f", Boolean}, {"x", Text}, {"p", Timestamp}} {
		if d.chance(50) {
			t.Columns = append(t.Columns, c)
		}
	}
	if d.chance(50) {
		t.Key = "id"
	}
	live := map[int][]string{}
	make := func(id int) []string {
		values := []string{strconv.Itoa(id)}
		for _, c := range t.Columns[1:] {
			values = append(values, d.cell(c))
		}
		return values
	}
	for range 3 + d.r.IntN(40) {
		id := d.r.IntN(8)
		old, exists := live[id]
		switch {
		case !exists:
			live[id] = make(id)
			t.Rows = append(t.Rows, Row{Kind: vector.Insert, Values: live[id]})
		case d.chance(35):
			delete(live, id)
			t.Rows = append(t.Rows, Row{Kind: vector.Delete, Values: old})
		default:
			live[id] = make(id)
			if d.chance(50) { // change one column only
				live[id] = slices.Clone(old)
				c := 1 + d.r.IntN(len(t.Columns)-1)
				live[id][c] = d.cell(t.Columns[c])
			}
			t.Rows = append(t.Rows, Row{Kind: vector.UpdateBefore, Values: old}, Row{Kind: vector.UpdateAfter, Values: live[id]})
		}
	}
	return t
}
