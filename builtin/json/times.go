package json

import (
	"encoding/binary"
	"math"

	"tidemark.dev/types"
)

// Dates and times are read as Flink's reader does with Java's formatters.
//
//	DATE           uuuu-MM-dd, only days that exist
//	TIME           HH:mm:ss with a fraction of up to nine digits, of which milliseconds are kept
//	TIMESTAMP      SQL: date, a space, HH:mm:ss and the fraction
//	               ISO-8601: date, T, HH:mm, seconds and fraction optional
//	TIMESTAMP_LTZ  the same with a Z at the end
//
// In a timestamp a day beyond the end of a month of 28 to 30 days is the month's last
// (30 February), and 24:00:00 is midnight of the next day: Java's SMART resolver. Only
// an ISO-8601 TIMESTAMP is STRICT. A type of at most three fractional digits keeps
// milliseconds, as Flink's rows do.

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
	micros, nanos, ok := parseTimestamp(r.content(tok, i, end), r.set.ISO8601, n.local)
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

// millis converts milliseconds since 1970 to a timestamp.
func (r *reader) millis(n *node, i, row int) int {
	v, end, ok := r.plainInteger(i)
	if !ok {
		if v, end, ok = r.slowInteger(n, i, row, math.MinInt64, math.MaxInt64); !ok {
			return end
		}
	}
	if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
		return r.bad(n, i, end, row, "the time is out of range")
	}
	n.vec.Int64s()[row] = v * 1000
	return end
}

// The usual form, 2026-01-31 23:59:59.123, as words of eight bytes: what stands
// between the digits, and where digits are.
const (
	date0 = 0x2d30302d30303030 // "0000-00-"
	date1 = 0x30303a3030003030 // "00?00:00", the separator left out
	date2 = 0x003030302e30303a // ":00.000?", the quote left out

	digits0 = 0x000f0f000f0f0f0f
	digits1 = 0x0f0f000f0f000f0f
	digits2 = 0x000f0f0f000f0f00
)

// plainTimestamp reads a text of the usual form with three fractional digits or
// none; ok is false of all else.
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
	w0 := binary.LittleEndian.Uint64(b) ^ date0
	w1 := binary.LittleEndian.Uint64(b[8:]) ^ (date1 | uint64(sep)<<16)
	w2 := binary.LittleEndian.Uint64(b[16:]) ^ date2
	last := byte(w2 >> 56)
	w2 &= 1<<56 - 1
	end = i + 25
	if n.local {
		if last != 'Z' || end >= r.end || r.data[end] != '"' {
			return 0, 0, false
		}
		end++
	} else if last != '"' {
		return 0, 0, false
	}
	// A byte above nine overflows its half when six is added.
	over := (w0 + 6*(digits0/15)) | (w1 + 6*(digits1/15)) | (w2 + 6*(digits2/15))
	if (w0&^digits0|w1&^digits1|w2&^digits2)|over&0xf0f0f0f0f0f0f0f0 != 0 {
		return 0, 0, false
	}
	// Each byte now holds a digit; each pair is the byte times ten and its neighbour.
	p0, p1, p2 := w0*10+w0>>8, w1*10+w1>>8, w2*10+w2>>8
	year := int(p0&0xff)*100 + int(p0>>16&0xff)
	month, day := int(p0>>40&0xff), int(p1&0xff)
	hour, minute, second := int64(p1>>24&0xff), int64(p1>>48&0xff), int64(p2>>8&0xff)
	millis := int64(p2>>32&0xff)*10 + int64(w2>>48&0xff)
	if month-1 > 11 || month == 0 || day == 0 || day > 28 && day > types.DaysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, 0, false
	}
	seconds := types.DateOf(year, month, day)*86400 + hour*3600 + minute*60 + second
	return seconds*1000000 + millis*1000, end, true
}

// clock reads numbers of fixed width out of a text.
type clock struct {
	b      []byte
	strict bool // a day or an hour that does not exist is refused
	ok     bool
}

// two reads two digits.
func (c *clock) two() int {
	if len(c.b) < 2 || c.b[0]-'0' > 9 || c.b[1]-'0' > 9 {
		c.ok = false
		return 0
	}
	v := int(c.b[0]-'0')*10 + int(c.b[1]-'0')
	c.b = c.b[2:]
	return v
}

// take reads the byte x.
func (c *clock) take(x byte) {
	if len(c.b) == 0 || c.b[0] != x {
		c.ok = false
		return
	}
	c.b = c.b[1:]
}

// year reads four digits, or after a sign up to ten: a plus sign where there are
// more than four, a minus sign before any.
func (c *clock) year() int {
	sign := byte(0)
	if len(c.b) > 0 && (c.b[0] == '-' || c.b[0] == '+') {
		sign = c.b[0]
		c.b = c.b[1:]
	}
	v, k := 0, 0
	for k < len(c.b) && k < 10 && c.b[k]-'0' <= 9 {
		v = v*10 + int(c.b[k]-'0')
		k++
	}
	if k < 4 || k > 4 && sign == 0 || k == 4 && sign == '+' || v > 999999999 {
		c.ok = false
	}
	c.b = c.b[k:]
	if sign == '-' {
		if v == 0 {
			c.ok = false
		}
		return -v
	}
	return v
}

// date reads a date as days since 1970.
func (c *clock) date() int64 {
	year := c.year()
	c.take('-')
	month := c.two()
	c.take('-')
	day := c.two()
	if month < 1 || month > 12 || day < 1 || day > 31 {
		c.ok = false
		return 0
	}
	if last := types.DaysIn(year, month); day > last {
		if c.strict {
			c.ok = false
		}
		day = last
	}
	return types.DateOf(year, month, day)
}

// time reads a time of the day in nanoseconds; 24:00:00 is a whole day. Seconds may
// be absent only where they are optional.
func (c *clock) time(optional bool) int64 {
	hour := c.two()
	c.take(':')
	minute := c.two()
	second := 0
	var nanos int64
	if !optional || len(c.b) > 0 && c.b[0] == ':' {
		c.take(':')
		second = c.two()
		nanos = c.fraction()
	}
	if hour == 24 && minute == 0 && second == 0 && nanos == 0 && !c.strict {
		return 86400e9
	}
	if hour > 23 || minute > 59 || second > 59 {
		c.ok = false
	}
	return int64(hour*3600+minute*60+second)*1e9 + nanos
}

// fraction reads a point and up to nine digits, or nothing.
func (c *clock) fraction() int64 {
	if len(c.b) == 0 || c.b[0] != '.' {
		return 0
	}
	c.b = c.b[1:]
	var v int64
	k := 0
	for k < len(c.b) && k < 9 && c.b[k]-'0' <= 9 {
		v = v*10 + int64(c.b[k]-'0')
		k++
	}
	c.b = c.b[k:]
	for ; k < 9; k++ {
		v *= 10
	}
	return v
}

// parseTimestamp reads a TIMESTAMP, or where local a TIMESTAMP_LTZ, in one of the two
// standards.
func parseTimestamp(b []byte, iso, local bool) (micros int64, nanos int32, ok bool) {
	c := clock{b, iso && !local, true}
	days := c.date()
	if iso {
		c.take('T')
	} else {
		c.take(' ')
	}
	time := c.time(iso)
	if local {
		c.take('Z')
	}
	const most = (1<<63 - 1) / 86400000000 // days that fit in microseconds
	if !c.ok || len(c.b) > 0 || days >= most || days <= -most {
		return 0, 0, false
	}
	return days*86400e6 + time/1000, int32(time % 1000), true
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
	c := clock{r.content(tok, i, end), true, true}
	days := c.date()
	if !c.ok || len(c.b) > 0 || int64(int32(days)) != days {
		return r.bad(n, i, end, row, "the text is no date; expected one such as '2026-01-31'")
	}
	n.vec.Int32s()[row] = int32(days)
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
	c := clock{r.content(tok, i, end), false, true}
	nanos := c.time(false)
	if !c.ok || len(c.b) > 0 {
		return r.bad(n, i, end, row, "the text is no time; expected one such as '23:59:59'")
	}
	n.vec.Int32s()[row] = int32(nanos / 1e6 % 86400e3)
	return end
}
