package javatext

import (
	"bytes"
	"encoding/binary"

	"tidemark.dev/types"
)

// Dates and times are read as Java's formatters read them, in the forms that Flink's
// formats use.
//
//	Date       uuuu-MM-dd, only days that exist
//	SQLDate    the same, of java.sql.Date: [M]M and [d]d, a day up to 31 rolls into the next month
//	Time       HH:mm:ss with a fraction of up to nine digits, of which milliseconds are kept
//	LocalTime  the same, seconds optional, of java.time.LocalTime
//	Timestamp  SQL: date, a space, HH:mm:ss and the fraction
//	           ISO-8601: date, T, HH:mm, seconds and fraction optional
//	           local: the same with a Z at the end
//
// In a timestamp a day beyond the end of a month of 28 to 30 days is the month's last
// (30 February), and 24:00:00 is midnight of the next day: Java's SMART resolver. Only
// an ISO-8601 timestamp that is not local is STRICT.

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

// Timestamp reads a TIMESTAMP, or where local a TIMESTAMP_LTZ, in one of the two
// standards.
func Timestamp(b []byte, iso, local bool) (micros int64, nanos int32, ok bool) {
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

// Date reads a date as days since 1970.
func Date(b []byte) (days int32, ok bool) {
	c := clock{b, true, true}
	d := c.date()
	return int32(d), c.ok && len(c.b) == 0 && int64(int32(d)) == d
}

// SQLDate reads a date as java.sql.Date.valueOf does. Days that do not exist are
// refused before 1583, where Java's calendar is the Julian one.
func SQLDate(b []byte) (days int32, ok bool) {
	first := bytes.IndexByte(b, '-')
	second := bytes.LastIndexByte(b, '-')
	if first != 4 || second < 6 || second > 7 || len(b) < second+2 || len(b) > second+3 {
		return 0, false
	}
	year, ok1 := Integer(b[:first], 0, 9999)
	month, ok2 := Integer(b[first+1:second], 1, 12)
	day, ok3 := Integer(b[second+1:], 1, 31)
	if !ok1 || !ok2 || !ok3 || month == 0 || day == 0 || year < 1583 && (year == 0 || int(day) > types.DaysIn(int(year), int(month))) {
		return 0, false
	}
	return int32(types.DateOf(int(year), int(month), 1) + day - 1), true
}

// Time reads a time of the day in milliseconds.
func Time(b []byte) (millis int32, ok bool) {
	c := clock{b, false, true}
	nanos := c.time(false)
	return int32(nanos / 1e6 % 86400e3), c.ok && len(c.b) == 0
}

// LocalTime reads a time of the day in milliseconds as java.time.LocalTime.parse does.
func LocalTime(b []byte) (millis int32, ok bool) {
	c := clock{b, true, true}
	nanos := c.time(true)
	return int32(nanos / 1e6), c.ok && len(c.b) == 0
}

// LooseTimestamp reads a timestamp as Flink's DateTimeUtils.parseTimestampData does:
// yyyy-[M]M-[d]d, then nothing or a space and [H]H:[m]m:[s]s and a fraction, of which
// milliseconds are kept; where iso, yyyy-MM-ddTHH:mm:ss.SSSSSS is another form.
func LooseTimestamp(b []byte, iso bool) (micros int64, ok bool) {
	if iso && len(b) == 26 && b[10] == 'T' && b[19] == '.' {
		micros, _, ok = Timestamp(b, true, false)
		return floorMillis(micros), ok
	}
	c := clock{b, false, true}
	year := c.year()
	c.take('-')
	month := c.oneOrTwo()
	c.take('-')
	day := c.oneOrTwo()
	if !c.ok || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	micros = types.DateOf(year, month, min(day, types.DaysIn(year, month))) * 86400e6
	if len(c.b) == 0 {
		return micros, true
	}
	c.take(' ')
	hour := c.oneOrTwo()
	c.take(':')
	minute := c.oneOrTwo()
	c.take(':')
	second := c.oneOrTwo()
	nanos := c.fraction()
	if hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	micros += int64(hour*3600+minute*60+second)*1e6 + nanos/1000
	return floorMillis(micros), c.ok && len(c.b) == 0
}

func floorMillis(micros int64) int64 { return micros - (micros%1000+1000)%1000 }

// oneOrTwo reads one digit or two.
func (c *clock) oneOrTwo() int {
	if len(c.b) > 1 && c.b[1]-'0' <= 9 {
		return c.two()
	}
	if len(c.b) == 0 || c.b[0]-'0' > 9 {
		c.ok = false
		return 0
	}
	v := int(c.b[0] - '0')
	c.b = c.b[1:]
	return v
}

// The usual form, 2026-01-31 23:59:59.123, as words of eight bytes: what stands
// between the digits, and where digits are.
const (
	date0 = 0x2d30302d30303030 // "0000-00-"
	date1 = 0x30303a3030003030 // "00?00:00", the separator left out
	date2 = 0x003030302e30303a // ":00.000?", the last left out

	digits0 = 0x000f0f000f0f0f0f
	digits1 = 0x0f0f000f0f000f0f
	digits2 = 0x000f0f0f000f0f00
)

// UsualTimestamp reads the first size bytes of b, 23 or 19, as a timestamp with three
// fractional digits or none and sep between date and time. b holds at least 24 bytes. ok
// is false of what Timestamp must look at.
func UsualTimestamp(b []byte, size int, sep byte) (micros int64, ok bool) {
	b = b[:24:24]
	w0 := binary.LittleEndian.Uint64(b) ^ date0
	w1 := binary.LittleEndian.Uint64(b[8:]) ^ (date1 | uint64(sep)<<16)
	w2 := binary.LittleEndian.Uint64(b[16:]) ^ date2
	if size == 19 {
		w2 &= 1<<24 - 1
	} else {
		w2 &= 1<<56 - 1
	}
	// A byte above nine overflows its half when six is added.
	over := (w0 + 6*(digits0/15)) | (w1 + 6*(digits1/15)) | (w2 + 6*(digits2/15))
	if (w0&^digits0|w1&^digits1|w2&^digits2)|over&0xf0f0f0f0f0f0f0f0 != 0 {
		return 0, false
	}
	// Each byte now holds a digit; each pair is the byte times ten and its neighbour.
	p0, p1, p2 := w0*10+w0>>8, w1*10+w1>>8, w2*10+w2>>8
	year := int(p0&0xff)*100 + int(p0>>16&0xff)
	month, day := int(p0>>40&0xff), int(p1&0xff)
	hour, minute, second := int64(p1>>24&0xff), int64(p1>>48&0xff), int64(p2>>8&0xff)
	millis := int64(p2>>32&0xff)*10 + int64(w2>>48&0xff)
	if month-1 > 11 || month == 0 || day == 0 || day > 28 && day > types.DaysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	seconds := types.DateOf(year, month, day)*86400 + hour*3600 + minute*60 + second
	return seconds*1000000 + millis*1000, true
}
