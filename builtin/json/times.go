package json

import (
	"math"

	"tidemark.dev/builtin/javatext"
)

// Dates and times are read as Flink's reader does with Java's formatters: see package
// javatext. A type of at most three fractional digits keeps milliseconds, as Flink's
// rows do.

// timestamp converts to a TIMESTAMP or TIMESTAMP_LTZ.
func (r *reader) timestamp(n *node, i, row int) int {
	if micros, end, ok := r.plainTimestamp(n, i); ok {
		n.vec.Int64s()[row] = micros
		if n.op == opFine {
			n.vec.Int32s()[row] = 0
		}
		return end
	}
	tok, end := r.value(i)
	if end < 0 {
		return end
	}
	switch tok {
	case tokenNull:
		return r.setNull(n, i, end, row)
	case tokenText, tokenEscaped:
	default:
		return r.bad(n, i, end, row, "expected a timestamp in quotes")
	}
	micros, nanos, ok := javatext.Timestamp(r.content(tok, i, end), r.set.ISO8601, n.local)
	if !ok {
		return r.bad(n, i, end, row, "the text is no timestamp; expected one such as "+r.set.timestampExample(n.local))
	}
	if n.width <= 3 {
		micros -= (micros%1000 + 1000) % 1000
	}
	n.vec.Int64s()[row] = micros
	if n.op == opFine {
		n.vec.Int32s()[row] = nanos
	}
	return end
}

func (s Settings) timestampExample(local bool) string {
	text := "'2026-01-31 23:59:59.123"
	if s.ISO8601 {
		text = "'2026-01-31T23:59:59.123"
	}
	if local {
		text += "Z"
	}
	return text + "'"
}

// since converts a number of milliseconds or seconds since 1970 to a timestamp.
func (r *reader) since(n *node, i, row int) int {
	v, end, ok := r.plainInteger(i)
	if !ok {
		if v, end, ok = r.slowInteger(n, i, row, math.MinInt64, math.MaxInt64); !ok {
			return end
		}
	}
	unit := int64(n.scale)
	if v > math.MaxInt64/unit || v < math.MinInt64/unit {
		return r.bad(n, i, end, row, "the time is out of range")
	}
	n.vec.Int64s()[row] = v * unit
	return end
}

// javaText converts a text to a timestamp of milliseconds.
func (r *reader) javaText(n *node, i, row int) int {
	tok, end := r.value(i)
	if end < 0 {
		return end
	}
	micros, ok := javatext.LooseTimestamp(r.content(tok, i, end), n.iso)
	if !ok && n.iso {
		return r.setNull(n, i, end, row)
	}
	if !ok {
		return r.bad(n, i, end, row, "the text is no timestamp; expected one such as '2026-01-31 23:59:59.123456'")
	}
	n.vec.Int64s()[row] = micros
	return end
}

// plainTimestamp reads a text of the usual form; ok is false of all else.
func (r *reader) plainTimestamp(n *node, i int) (micros int64, end int, ok bool) {
	if i+25 > r.end || r.data[i] != '"' {
		return 0, 0, false
	}
	b := r.data[i+1:]
	b = b[:24:24]
	sep := byte(' ')
	if r.set.ISO8601 {
		sep = 'T'
	}
	last, size := byte('"'), 23
	if n.local {
		last = 'Z'
	}
	if b[23] != last {
		if size = 19; b[19] != last {
			return 0, 0, false
		}
	}
	end = i + 1 + size + 1
	if n.local {
		if end >= r.end || r.data[end] != '"' {
			return 0, 0, false
		}
		end++
	}
	micros, ok = javatext.UsualTimestamp(b, size, sep)
	return micros, end, ok
}

// date converts to a DATE.
func (r *reader) date(n *node, i, row int) int {
	tok, end := r.value(i)
	if end < 0 {
		return end
	}
	if tok > tokenEscaped {
		return r.bad(n, i, end, row, "expected a date in quotes")
	}
	days, ok := javatext.Date(r.content(tok, i, end))
	if !ok {
		return r.bad(n, i, end, row, "the text is no date; expected one such as '2026-01-31'")
	}
	n.vec.Int32s()[row] = days
	return end
}

// time converts to a TIME.
func (r *reader) time(n *node, i, row int) int {
	tok, end := r.value(i)
	if end < 0 {
		return end
	}
	if tok > tokenEscaped {
		return r.bad(n, i, end, row, "expected a time in quotes")
	}
	millis, ok := javatext.Time(r.content(tok, i, end))
	if !ok {
		return r.bad(n, i, end, row, "the text is no time; expected one such as '23:59:59'")
	}
	n.vec.Int32s()[row] = millis
	return end
}
