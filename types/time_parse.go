package types

// DATE, TIME and TIMESTAMP from text, as CAST reads them.
//
//   - TIMESTAMP: yyyy-M-d, and after one space H:m:s with an optional fraction of
//     0 to 9 digits. Nothing else may stand around it. A number after a separator
//     may be missing (2024-02- is 2024-02-01). A day beyond the end of its month
//     becomes the last (2023-02-30 is 2023-02-28), 24:00:00 the next midnight.
//   - DATE: y, y-m or y-m-d with spaces around each number; from the first space
//     that has something before it on, the text is not looked at. Days must exist.
//   - TIME: H, H:m or H:m:s with spaces around each number, a fraction of which the
//     fourth digit rounds, and an offset +h or +h:m that is added.

// ParseTimestamp reads a TIMESTAMP(p) as CAST does: microseconds since 1970-01-01
// and 0..999 nanoseconds, truncated to p digits.
func ParseTimestamp(s string, p int) (micros, nanos int64, err error) {
	year, rest, ok := leadingYear(s)
	if !ok {
		return 0, 0, ErrSyntax
	}
	month, afterMonth, okm := field(rest, '-', 1)
	day, rest, okd := field(afterMonth, '-', 1)
	if len(afterMonth) > 1 && s[5] == '-' && isDigit(afterMonth[1]) {
		return 0, 0, ErrSyntax // a missing month makes that a negative one
	}
	if !okm || !okd || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, 0, ErrSyntax
	}
	day = min(day, DaysIn(year, month))
	micros = DateOf(year, month, day) * MicrosPerDay
	if rest == "" {
		return micros, 0, nil
	}
	ofDay, ok := clock(rest)
	if !ok {
		return 0, 0, ErrSyntax
	}
	micros += ofDay / 1000
	if micros > MaxMicros {
		return 0, 0, ErrOverflow
	}
	return TruncateMicros(micros, p), TruncateNanos(ofDay%1000, p), nil
}

// leadingYear takes four digits, not all of them zero.
func leadingYear(s string) (year int, rest string, ok bool) {
	if len(s) < 5 {
		return 0, s, false
	}
	for i := range 4 {
		if !isDigit(s[i]) {
			return 0, s, false
		}
		year = year*10 + int(s[i]-'0')
	}
	return year, s[4:], year > 0
}

// field takes the separator and a number of one digit or two, which may be
// missing. Flink's formatter tries two digits and then any number of digits that
// come to the same, so 01 may stand as 011 or 0101.
func field(s string, separator byte, missing int) (n int, rest string, ok bool) {
	switch {
	case s == "" || s[0] != separator:
		return 0, s, false
	case len(s) == 1 || !isDigit(s[1]):
		return missing, s[1:], true
	}
	n, s = int(s[1]-'0'), s[2:]
	if s == "" || !isDigit(s[0]) {
		return n, s, true
	}
	n, s = n*10+int(s[0]-'0'), s[1:]
	again, i := 0, 0
	for ; i < len(s) && isDigit(s[i]) && again <= n; i++ {
		again = again*10 + int(s[i]-'0')
	}
	if i > 0 && again == n {
		s = s[i:]
	}
	return n, s, true
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// clock takes all of " H:m:s[.fraction]" as nanoseconds of the day.
func clock(s string) (nanos int64, ok bool) {
	hour, s, okh := field(s, ' ', 0)
	minute, s, okm := field(s, ':', 0)
	second, s, oks := field(s, ':', 0)
	if !okh || !okm || !oks || hour > 24 || minute > 59 || second > 59 {
		return 0, false
	}
	if s != "" {
		if s[0] != '.' || len(s) > 10 {
			return 0, false
		}
		unit := int64(100_000_000)
		for i := 1; i < len(s); i++ {
			if !isDigit(s[i]) {
				return 0, false
			}
			nanos += int64(s[i]-'0') * unit
			unit /= 10
		}
	}
	nanos += int64(hour*3600+minute*60+second) * 1_000_000_000
	return nanos, nanos <= MicrosPerDay*1000
}

// ParseDate reads a DATE as CAST does: days since 1970-01-01.
func ParseDate(s string) (days int64, err error) {
	for i := 1; i < len(s); i++ {
		if s[i] == ' ' && s[0] != ' ' {
			s = s[:i]
			break
		}
	}
	parts, n := [3]int{0, 1, 1}, 0
	for more := true; more; n++ {
		if n == len(parts) {
			return 0, ErrSyntax
		}
		var part string
		part, s, more = cut(s, '-')
		var ok bool
		if parts[n], ok = digits(trimJava(part)); !ok {
			return 0, ErrSyntax
		}
	}
	year, month, day := parts[0], parts[1], parts[2]
	if month < 1 || month > 12 || day < 1 || day > DaysIn(year, month) {
		return 0, ErrSyntax
	}
	if year < 1 || year > 9999 {
		return 0, ErrOverflow
	}
	return DateOf(year, month, day), nil
}

// ParseTime reads a TIME(p) as CAST does: milliseconds of the day, truncated.
func ParseTime(s string, p int) (millis int64, err error) {
	clock, shift, exact, ok := cutOffset(s)
	if !ok {
		return 0, ErrSyntax
	}
	parts := [3]int{}
	n, fraction := 0, int64(0)
	for more := true; more; n++ {
		part := clock
		if n == 2 { // the rest, and what stands after its point is no part
			var places string
			part, places, _ = cut(clock, '.')
			fraction, more = roundedMillis(trimJava(places)), false
		} else {
			part, clock, more = cut(clock, ':')
		}
		if parts[n], ok = digits(trimJava(part)); !ok {
			return 0, ErrSyntax
		}
	}
	if exact && n < len(parts) || parts[0] > 23 || parts[1] > 59 || parts[2] > 59 {
		return 0, ErrSyntax
	}
	millis = int64(parts[0]*3600+parts[1]*60+parts[2])*1000 + fraction + shift
	if millis < 0 || millis >= MillisPerDay {
		return 0, ErrOverflow
	}
	return TruncateTime(millis, p), nil
}

// TruncateTime cuts a TIME to p fractional digits.
func TruncateTime(millis int64, p int) int64 {
	if p >= 3 {
		return millis
	}
	return millis - floorMod(millis, pow10Int64[3-p])
}

// cutOffset takes +h or +h:m off the end of s, as milliseconds. An offset with
// minutes (exact) can only stand after seconds.
func cutOffset(s string) (rest string, millis int64, exact, ok bool) {
	rest, offset, found := cut(s, '-')
	sign := int64(-60_000)
	if !found {
		rest, offset, found = cut(s, '+')
		sign = 60_000
	}
	if !found {
		return s, 0, false, true
	}
	hours, minutes, exact := cut(offset, ':')
	h, ok := digits(trimJava(hours))
	m := 0
	if ok && exact {
		m, ok = digits(trimJava(minutes))
	}
	return rest, sign * int64(h*60+m), exact, ok
}

// roundedMillis is the fraction of a second, its fourth digit rounding; what is
// not a digit counts as zero.
func roundedMillis(s string) (millis int64) {
	unit := int64(100)
	for i := 0; i < len(s) && i < 3; i++ {
		if isDigit(s[i]) {
			millis += unit * int64(s[i]-'0')
		}
		unit /= 10
	}
	if len(s) > 3 && s[3] >= '5' {
		millis++
	}
	return millis
}

// cut splits s at the first separator.
func cut(s string, separator byte) (before, after string, found bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == separator {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// trimJava is String.trim: it drops spaces and control characters.
func trimJava(s string) string {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// digits reads a number of decimal digits alone, below a billion.
func digits(s string) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, false
		}
		if n = n*10 + int(s[i]-'0'); n > 999_999_999 {
			return 0, false
		}
	}
	return n, s != ""
}
