package functions

// Reading a date and time by a pattern.
//
//  1. The fields are read from left to right; a number whose width varies leaves the
//     digits that the numbers right behind it need.
//  2. modern: all of the text must be read. The fields are resolved as java.time's
//     SMART style does: a day beyond the end of its month becomes the last, 24:00 is
//     the next midnight, AM/PM and the hour make the hour of the day, a wrong day of
//     the week is refused. What is missing is taken from 1970-01-01 00:00:00.
//  3. simple: what stands behind the last field is not looked at, and a field beyond
//     its range carries over: month 13 is January of the next year.

import (
	"strings"

	"tidemark.dev/types"
)

// fields are what was read; -1: nothing.
type fields struct {
	year, month, day, dayOfYear, weekday int
	hour, clock24, hour12, clock12, half int
	minute, second, nano, milliOfDay     int
	nanoOfDay                            int64
	weekYear, week, weekOfMonth, ordinal int // Y, w, W, F
	period                               int // B: a part of the day
	julian                               int // g
	offset                               int // of the zone, in seconds
	zoned                                bool
	beforeChrist                         bool
}

func noFields() fields {
	return fields{
		year: -1, month: -1, day: -1, dayOfYear: -1, weekday: -1, hour: -1, clock24: -1, hour12: -1, clock12: -1, half: -1,
		minute: -1, second: -1, nano: -1, milliOfDay: -1, nanoOfDay: -1,
		weekYear: -1, week: -1, weekOfMonth: -1, ordinal: -1, period: -1, julian: -1,
	}
}

// parse reads s as microseconds since 1970-01-01 and nanoseconds, local time.
func (p *pattern) parse(s string) (micros, nanos int64, ok bool) {
	f := noFields()
	rest, ok := readFields(s, p.items, &f, p.dialect)
	if !ok || p.dialect == modern && rest != "" {
		return 0, 0, false
	}
	if p.dialect == simple {
		return f.lenient(), 0, true
	}
	return f.resolve()
}

// parseInstant reads s by a simple pattern: the instant, if the text says its zone, or
// else the local time.
func (p *pattern) parseInstant(s string) (micros int64, zoned, ok bool) {
	f := noFields()
	if _, ok := readFields(s, p.items, &f, p.dialect); !ok {
		return 0, false, false
	}
	return f.lenient() - int64(f.offset)*types.MicrosPerSecond, f.zoned, true
}

func readFields(s string, items []item, f *fields, d dialect) (rest string, ok bool) {
	for i := range items {
		it := &items[i]
		switch {
		case it.optional != nil:
			saved := *f
			if after, ok := readFields(s, it.optional, f, d); ok {
				s = after
			} else {
				*f = saved
			}
		case it.letter == 0:
			if !strings.HasPrefix(s, it.literal) {
				return s, false
			}
			s = s[len(it.literal):]
		default:
			if it.pad > 0 || d == simple {
				s = strings.TrimLeft(s, " \t")
			}
			if s, ok = readField(s, it, f, d); !ok {
				return s, false
			}
		}
	}
	return s, true
}

func readField(s string, it *item, f *fields, d dialect) (rest string, ok bool) {
	if !it.isNumber() || d == simple && (it.letter == 'M' || it.letter == 'L') && it.width >= 3 {
		return readName(s, it, f, d)
	}
	n, digits, rest, ok := readNumber(s, it, d)
	if !ok {
		return s, false
	}
	return rest, f.set(it, n, digits, d)
}

// readNumber reads the digits of a field.
func readNumber(s string, it *item, d dialect) (n int64, digits int, rest string, ok bool) {
	least, most := it.widths()
	year := it.letter == 'y' || it.letter == 'u' || it.letter == 'Y'
	signed, negative := false, false
	if d == simple {
		least, most = 1, 18
		if it.fixed {
			most = it.width
		}
	} else if s != "" && (s[0] == '-' && least != most || s[0] == '+' && year && it.width >= 4) {
		signed, negative, s = true, s[0] == '-', s[1:]
	}
	for digits < len(s) && digits < most+it.reserved*b2i(d == modern) && s[digits]-'0' <= 9 {
		digits++
	}
	if it.reserved > 0 && d == modern {
		digits = max(least, digits-it.reserved)
	}
	if digits < least || digits > len(s) || digits > 18 {
		return 0, 0, s, false
	}
	for _, c := range []byte(s[:digits]) {
		n = n*10 + int64(c-'0')
	}
	if d == modern && year && it.width >= 4 && !negative && (digits > it.width) != signed {
		return 0, 0, s, false // a longer year has a sign
	}
	if negative {
		return 0, 0, s, false // no field is negative in the years 1 to 9999
	}
	return n, digits, s[digits:], true
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// set enters a number; false if it is beyond any range.
func (f *fields) set(it *item, n int64, digits int, d dialect) bool {
	const tooMany = 1 << 31
	if it.letter == 'N' {
		f.nanoOfDay = n
		return true
	}
	if n >= tooMany {
		return false
	}
	v := int(n)
	switch it.letter {
	case 'Y':
		if it.width == 2 && digits == 2 {
			v = twoDigitYear(v, d)
		}
		f.weekYear = v
	case 'w':
		f.week = v
	case 'W':
		f.weekOfMonth = v
	case 'F':
		f.ordinal = v
	case 'e', 'c': // 1 is Sunday
		f.weekday = (v+5)%7 + 1
		return v >= 1 && v <= 7
	case 'g':
		f.julian = v
	case 'y', 'u':
		if d == simple && it.letter == 'u' {
			f.weekday = v
			return true
		}
		if it.width == 2 && digits == 2 {
			v = twoDigitYear(v, d)
		}
		f.year = v
	case 'M', 'L':
		f.month = v
	case 'd':
		f.day = v
	case 'D':
		f.dayOfYear = v
	case 'H':
		f.hour = v
	case 'k':
		f.clock24 = v
	case 'K':
		f.hour12 = v
	case 'h':
		f.clock12 = v
	case 'm':
		f.minute = v
	case 's':
		f.second = v
	case 'S':
		if d == simple {
			f.nano = v * 1e6
		} else {
			f.nano = v * int(types.Pow10(9-digits))
		}
	case 'n':
		f.nano = v
	case 'A':
		f.milliOfDay = v
	}
	return true
}

// twoDigitYear is in 2000..2099 (modern) or up to 20 years ahead (simple).
func twoDigitYear(v int, d dialect) int {
	const horizon = 46 // SimpleDateFormat's window begins 80 years ago: 1946 in 2026
	if d == simple && v >= horizon {
		return 1900 + v
	}
	return 2000 + v
}

// readName reads a field of letters, or a zone.
func readName(s string, it *item, f *fields, d dialect) (rest string, ok bool) {
	if isZoneLetter(it.letter) {
		if d == modern {
			return readModernZone(s, it)
		}
		rest, f.offset, ok = readSimpleZone(s, it)
		f.zoned = ok
		return rest, ok
	}
	switch it.letter {
	case 'M', 'L':
		n, rest := findName(s, monthNames[:], it.width)
		f.month = n + 1
		return rest, n >= 0
	case 'E', 'e', 'c':
		n, rest := findName(s, dayNames[:], it.width)
		f.weekday = n + 1
		return rest, n >= 0
	case 'a':
		if len(s) < 2 || s[1] != 'M' || s[0] != 'A' && s[0] != 'P' {
			return s, false
		}
		f.half = b2i(s[0] == 'P')
		return s[2:], true
	case 'G':
		if rest, ok := strings.CutPrefix(s, "BC"); ok && d == simple {
			f.beforeChrist = true
			return rest, true
		}
		name := eraNames[min(max(it.width-3, 0), 2)]
		return strings.TrimPrefix(s, name), strings.HasPrefix(s, name)
	case 'B':
		f.period, rest = readDayPeriod(s, it.width)
		return rest, f.period >= 0
	case 'Q', 'q':
		for _, name := range quarterNames { // read, but of no use beside a month
			if it.width != 4 {
				name = "Q" + name[:1]
			}
			if strings.HasPrefix(s, name) {
				return s[len(name):], true
			}
		}
	}
	return s, false
}

// findName finds the name that s begins with: short (three letters) or in full.
func findName(s string, names []string, width int) (n int, rest string) {
	for i, name := range names {
		if width <= 3 {
			name = name[:3]
		}
		if strings.HasPrefix(s, name) {
			return i, s[len(name):]
		}
	}
	return -1, s
}

// readOffset reads Z (for X), +hh, +hhmm or +hh:mm by the length of the field.
func readOffset(s string, it *item) (rest string, ok bool) {
	if it.letter == 'X' && strings.HasPrefix(s, "Z") {
		return s[1:], true
	}
	shape := "+00:00"
	switch {
	case it.letter == 'Z' && it.width <= 3 || it.width == 2:
		shape = "+0000"
	case it.letter != 'Z' && it.width == 1:
		shape = "+00"
	}
	if len(s) < len(shape) {
		return s, false
	}
	for i, c := range []byte(shape) {
		switch {
		case c == '+' && s[i] != '+' && s[i] != '-', c == ':' && s[i] != ':', c == '0' && s[i]-'0' > 9:
			return s, false
		}
	}
	return s[len(shape):], true
}

func orElse(v, missing int) int {
	if v < 0 {
		return missing
	}
	return v
}

// within tells that a field was not read or lies in a range.
func within(v, low, high int) bool { return v < 0 || v >= low && v <= high }

// resolve makes a timestamp by java.time's SMART rules.
func (f *fields) resolve() (micros, nanos int64, ok bool) {
	if !within(f.year, 1, 9999) || !within(f.month, 1, 12) || !within(f.day, 1, 31) || !within(f.dayOfYear, 1, 366) ||
		!within(f.hour, 0, 24) || !within(f.clock24, 1, 24) || !within(f.hour12, 0, 11) || !within(f.clock12, 1, 12) ||
		!within(f.minute, 0, 59) || !within(f.second, 0, 59) || f.nano > 999_999_999 || f.milliOfDay >= types.MillisPerDay ||
		f.nanoOfDay >= types.MicrosPerDay*1000 {
		return 0, 0, false
	}
	year, month, day := orElse(f.year, 1970), orElse(f.month, 1), orElse(f.day, 1)
	days := types.DateOf(year, month, min(day, types.DaysIn(year, month)))
	if f.dayOfYear > 0 && f.month < 0 && f.year > 0 {
		if f.dayOfYear > 365 && !types.IsLeap(year) {
			return 0, 0, false
		}
		days = types.DateOf(year, 1, 1) + int64(f.dayOfYear) - 1
	}
	complete := f.year > 0 && f.month > 0 && f.day > 0
	if f.weekday > 0 && complete && types.Weekday(days) != f.weekday {
		return 0, 0, false
	}
	if f.weekOfMonth > 0 && complete && weekOf(day, sundayFirst(days)) != f.weekOfMonth {
		return 0, 0, false
	}
	switch {
	case f.julian >= 0:
		days = int64(f.julian) - modifiedJulian
	case f.weekYear > 0 && f.week > 0 && f.weekday > 0:
		if f.weekYear > 9999 || f.week > 54 {
			return 0, 0, false
		}
		days = dayOfWeek(f.weekYear, f.week, f.weekday)
	}
	if days < types.MinMicros/types.MicrosPerDay || days > types.MaxMicros/types.MicrosPerDay {
		return 0, 0, false
	}
	if f.period >= 0 && !f.resolvePeriod() {
		return 0, 0, false
	}
	ofDay := f.nanosOfDay()
	if f.hour == 24 && ofDay > types.MicrosPerDay*1000 {
		return 0, 0, false
	}
	return days*types.MicrosPerDay + ofDay/1000, ofDay % 1000, true
}

// dayOfWeek is a day of the week (1 is Monday) of a week of a year, by the calendar of the
// United States: weeks begin on Sunday, the first has January 1.
func dayOfWeek(year, week, weekday int) int64 {
	newYear := types.DateOf(year, 1, 1)
	return newYear - int64(sundayFirst(newYear)-1) + int64(week-1)*7 + int64(weekday%7)
}

// resolvePeriod makes an hour of the half day, or nothing, one of the day by the part of
// the day that was read.
func (f *fields) resolvePeriod() bool {
	p := dayPeriods[f.period]
	hour12 := f.hour12
	if f.clock12 >= 0 {
		hour12 = f.clock12 % 12
	}
	switch {
	case f.hour >= 0 || f.clock24 >= 0 || f.milliOfDay >= 0 || f.nanoOfDay >= 0:
		return true
	case hour12 < 0: // the middle of it
		middle := (p.from + p.to) / 2 % 1440
		f.hour, f.minute = middle/60, middle%60
		return true
	}
	var ok bool
	f.hour, ok = inPeriod(f.period, hour12)
	return ok
}

// nanosOfDay puts the time of day together.
func (f *fields) nanosOfDay() int64 {
	if f.nanoOfDay >= 0 {
		return f.nanoOfDay
	}
	if f.milliOfDay >= 0 {
		return int64(f.milliOfDay)*1e6 + int64(max(f.nano, 0)%1e6)
	}
	hour := max(f.hour, 0)
	switch {
	case f.clock24 >= 0:
		hour = f.clock24 % 24
	case f.half >= 0 && f.clock12 >= 0:
		hour = f.clock12%12 + 12*f.half
	case f.half >= 0 && f.hour12 >= 0:
		hour = f.hour12 + 12*f.half
	}
	return int64(hour*3600+max(f.minute, 0)*60+max(f.second, 0))*1e9 + int64(max(f.nano, 0))
}

// lenient makes a timestamp of fields of any size.
func (f *fields) lenient() int64 {
	year, month := orElse(f.year, 1970), orElse(f.month, 1)-1
	if f.beforeChrist {
		year = 1 - year
	}
	carry := month / 12
	if month < 0 {
		carry--
	}
	first := types.DateOf(year+carry, month-carry*12+1, 1)
	days := first + int64(orElse(f.day, 1)) - 1
	switch {
	case f.day >= 0:
	case f.dayOfYear >= 0 && f.month < 0:
		days = types.DateOf(year, 1, 1) + int64(f.dayOfYear) - 1
	case f.weekOfMonth >= 0:
		days = first - int64(sundayFirst(first)-1) + int64(f.weekOfMonth-1)*7 + int64(orElse(f.weekday, 7)%7)
	case f.week >= 0:
		days = dayOfWeek(orElse(f.weekYear, year), f.week, orElse(f.weekday, 7))
	case f.ordinal >= 0 || f.weekday >= 0:
		ahead := (orElse(f.weekday, 7) - types.Weekday(first) + 7) % 7
		days = first + int64(ahead) + int64(orElse(f.ordinal, 1)-1)*7
	}
	hour := max(f.hour, 0)
	switch {
	case f.clock24 >= 0:
		hour = f.clock24 % 24
	case f.clock12 >= 0:
		hour = f.clock12%12 + 12*max(f.half, 0)
	case f.hour12 >= 0:
		hour = f.hour12 + 12*max(f.half, 0)
	}
	seconds := int64(hour)*3600 + int64(max(f.minute, 0))*60 + int64(max(f.second, 0))
	return days*types.MicrosPerDay + seconds*types.MicrosPerSecond + int64(max(f.nano, 0)/1000)
}
