package functions

import (
	"errors"
	"strconv"

	"tidemark.dev/types"
)

// moment is a local date and time taken apart.
type moment struct {
	days             int64 // since 1970-01-01
	year, month, day int
	second           int // of the day
	nano             int
	// The zone of a local time, if it has one, and the offset in it in microseconds.
	zone   *types.Zone
	offset int64
}

// momentOf takes a TIMESTAMP apart.
func momentOf(micros, nanos int64) moment {
	days, ofDay := types.SplitMicros(micros)
	m := moment{days: days, second: int(ofDay / types.MicrosPerSecond), nano: int(ofDay%types.MicrosPerSecond)*1000 + int(nanos)}
	m.year, m.month, m.day = types.CivilOf(days)
	return m
}

var monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
var dayNames = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
var quarterNames = [...]string{"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"}
var eraNames = [...]string{"AD", "Anno Domini", "A"}

// modifiedJulian is the modified Julian day of 1970-01-01.
const modifiedJulian = 40587

// errNoZone says that a local time has no zone to print.
var errNoZone = errors.New("a pattern for a time without zone has a letter for zones (X, x, Z, z, V, O)")

// append writes m.
func (p *pattern) append(dst []byte, m *moment) ([]byte, error) {
	return appendItems(dst, p.items, m, p.dialect)
}

func appendItems(dst []byte, items []item, m *moment, d dialect) ([]byte, error) {
	var err error
	for i := range items {
		it := &items[i]
		switch {
		case it.optional != nil:
			from := len(dst)
			if dst, err = appendItems(dst, it.optional, m, d); err != nil {
				dst = dst[:from] // what cannot be printed is left out
			}
			continue
		case it.letter == 0:
			dst = append(dst, it.literal...)
			continue
		}
		from := len(dst)
		if d == simple {
			dst, err = appendSimple(dst, it, m)
		} else {
			dst, err = appendField(dst, it, m)
		}
		if err != nil {
			return dst, err
		}
		for n := it.pad - (len(dst) - from); n > 0; n-- {
			dst = append(dst, ' ')
			copy(dst[from+1:], dst[from:])
			dst[from] = ' '
		}
	}
	return dst, nil
}

// appendNumber writes n with at least width digits.
func appendNumber(dst []byte, n int64, width int) []byte {
	var buf [20]byte
	digits := strconv.AppendInt(buf[:0], n, 10)
	for k := len(digits); k < width; k++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// appendName writes a name in its short form (three letters), in full, or its first
// letter.
func appendName(dst []byte, name string, width int) []byte {
	switch {
	case width <= 3:
		name = name[:3]
	case width == 5:
		name = name[:1]
	}
	return append(dst, name...)
}

// appendField writes a field of the modern dialect.
func appendField(dst []byte, it *item, m *moment) ([]byte, error) {
	number := func(n int) ([]byte, error) { return appendNumber(dst, int64(n), it.width), nil }
	switch it.letter {
	case 'y', 'u':
		return appendYear(dst, m.year, it.width), nil
	case 'Y':
		return appendYear(dst, weekYear(m), it.width), nil
	case 'G':
		return append(dst, eraNames[max(it.width-3, 0)]...), nil
	case 'M', 'L':
		if it.width >= 3 {
			return appendName(dst, monthNames[m.month-1], it.width), nil
		}
		return number(m.month)
	case 'Q', 'q':
		return appendQuarter(dst, (m.month+2)/3, it.width), nil
	case 'E', 'e', 'c':
		if it.letter == 'E' || it.width >= 3 {
			return appendName(dst, dayNames[types.Weekday(m.days)-1], it.width), nil
		}
		return number(sundayFirst(m.days))
	case 'a':
		return append(dst, "AP"[m.second/43200], 'M'), nil
	case 'S':
		return appendFraction(dst, m.nano, it.width), nil
	case 'N':
		return appendNumber(dst, int64(m.second)*1e9+int64(m.nano), it.width), nil
	case 'A':
		return number(m.second*1000 + m.nano/1e6)
	case 'n':
		return number(m.nano)
	case 'g':
		return number(int(m.days) + modifiedJulian)
	case 'F':
		return number((m.day-1)%7 + 1)
	case 'B':
		return appendDayPeriod(dst, m.second, it.width), nil
	case 'x', 'X', 'Z', 'z', 'V', 'O':
		return dst, errNoZone
	}
	return number(plainField(it.letter, m))
}

// plainField is a field that both dialects write as a number.
func plainField(letter byte, m *moment) int {
	hour := m.second / 3600
	switch letter {
	case 'd':
		return m.day
	case 'D':
		return types.DayOfYear(m.days)
	case 'H':
		return hour
	case 'k':
		return (hour+23)%24 + 1
	case 'K':
		return hour % 12
	case 'h':
		return (hour+11)%12 + 1
	case 'm':
		return m.second / 60 % 60
	case 's':
		return m.second % 60
	case 'w':
		return weekOfYear(m)
	}
	return weekOf(m.day, sundayFirst(m.days)) // W
}

func appendYear(dst []byte, year, width int) []byte {
	if width == 2 {
		year %= 100
	}
	return appendNumber(dst, int64(year), width)
}

func appendQuarter(dst []byte, q, width int) []byte {
	switch width {
	case 3:
		return append(dst, 'Q', byte('0'+q))
	case 4:
		return append(dst, quarterNames[q-1]...)
	case 5:
		width = 1
	}
	return appendNumber(dst, int64(q), width)
}

// appendFraction writes the first width digits of the nanoseconds.
func appendFraction(dst []byte, nano, width int) []byte {
	return appendNumber(dst, int64(nano)/types.Pow10(9-width), width)
}

// sundayFirst is the day of the week as in the United States: 1 is Sunday.
func sundayFirst(days int64) int { return types.Weekday(days)%7 + 1 }

// weekOf is the week of a month or year that its day n lies in, which is the given day
// of the week; weeks begin on Sunday, the first has at least one day.
func weekOf(n, weekday int) int { return (n-weekday+6)/7 + 1 }

// weekYear is the year that the week of m belongs to.
func weekYear(m *moment) int {
	if m.month == 12 && m.day-sundayFirst(m.days)+7 > 31 {
		return m.year + 1
	}
	return m.year
}

func weekOfYear(m *moment) int {
	if weekYear(m) > m.year {
		return 1
	}
	return weekOf(types.DayOfYear(m.days), sundayFirst(m.days))
}

// appendSimple writes a field of SimpleDateFormat.
func appendSimple(dst []byte, it *item, m *moment) ([]byte, error) {
	number := func(n int) ([]byte, error) { return appendNumber(dst, int64(n), it.width), nil }
	switch it.letter {
	case 'y':
		return appendYear(dst, m.year, it.width), nil
	case 'Y':
		return appendYear(dst, weekYear(m), it.width), nil
	case 'G':
		return append(dst, "AD"...), nil
	case 'M', 'L':
		if it.width >= 3 {
			return appendName(dst, monthNames[m.month-1], min(it.width, 4)), nil
		}
		return number(m.month)
	case 'E':
		return appendName(dst, dayNames[types.Weekday(m.days)-1], min(it.width, 4)), nil
	case 'u':
		return number(types.Weekday(m.days))
	case 'a':
		return append(dst, "AP"[m.second/43200], 'M'), nil
	case 'S':
		return number(m.nano / 1e6)
	case 'F':
		return number((m.day-1)/7 + 1)
	case 'X', 'Z', 'z':
		if m.zone == nil {
			return dst, errNoZone
		}
		if it.letter == 'z' {
			return appendZoneName(dst, it, m.zone, m.days*types.MicrosPerDay+int64(m.second)*types.MicrosPerSecond-m.offset)
		}
		return appendOffset(dst, it, int(m.offset/types.MicrosPerSecond)), nil
	}
	return number(plainField(it.letter, m))
}
