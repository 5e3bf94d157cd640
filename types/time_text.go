package types

// Text of DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ and the intervals, in the two
// ways Flink writes them:
//
//   - as a row is printed, which is java.time's toString: 2024-01-01T00:00,
//     2024-01-01T00:00:01.500, 2024-01-01T00:00:00Z, PT24H, P1M;
//   - as CAST to STRING writes them: 2024-01-01 00:00:00.000, +1 00:00:00.000,
//     +1-02, with as many fractional digits as the type has.

import "strconv"

// appendTwo writes 0..99 in two digits.
func appendTwo(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// AppendDate writes a DATE: 2024-01-01.
func AppendDate(dst []byte, days int64) []byte {
	year, month, day := CivilOf(days)
	dst = appendYear(dst, year)
	dst = append(dst, '-')
	dst = appendTwo(dst, month)
	dst = append(dst, '-')
	return appendTwo(dst, day)
}

// appendYear writes at least four digits; one outside of 0..9999 has a sign, as
// java.time writes it.
func appendYear(dst []byte, year int) []byte {
	switch {
	case year < 0:
		dst = append(dst, '-')
		year = -year
	case year > 9999:
		dst = append(dst, '+')
		return strconv.AppendInt(dst, int64(year), 10)
	}
	if year > 9999 {
		return strconv.AppendInt(dst, int64(year), 10)
	}
	dst = appendTwo(dst, year/100)
	return appendTwo(dst, year%100)
}

// appendClock writes hh:mm:ss.
func appendClock(dst []byte, seconds int) []byte {
	dst = appendTwo(dst, seconds/3600)
	dst = append(dst, ':')
	dst = appendTwo(dst, seconds/60%60)
	dst = append(dst, ':')
	return appendTwo(dst, seconds%60)
}

// appendFraction writes the first n digits of nanos, a point before them.
func appendFraction(dst []byte, nanos int64, n int) []byte {
	if n <= 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(100_000_000); n > 0; n-- {
		dst = append(dst, byte('0'+nanos/unit%10))
		unit /= 10
	}
	return dst
}

// groupsOfThree is how many fractional digits java.time prints: 0, 3, 6 or 9.
func groupsOfThree(nanos int64) int {
	switch {
	case nanos == 0:
		return 0
	case nanos%1_000_000 == 0:
		return 3
	case nanos%1000 == 0:
		return 6
	}
	return 9
}

// AppendTime writes a TIME as LocalTime.toString does: 12:34, 12:34:56.700.
func AppendTime(dst []byte, millis int64) []byte {
	return appendLocalTime(dst, floorMod(millis, MillisPerDay)*1_000_000)
}

// appendLocalTime leaves the seconds out where they are zero with all below.
func appendLocalTime(dst []byte, nanosOfDay int64) []byte {
	seconds := int(nanosOfDay / 1_000_000_000)
	nanos := nanosOfDay % 1_000_000_000
	dst = appendClock(dst, seconds)
	if seconds%60 == 0 && nanos == 0 {
		return dst[:len(dst)-3]
	}
	return appendFraction(dst, nanos, groupsOfThree(nanos))
}

// AppendTimestamp writes a TIMESTAMP as LocalDateTime.toString does:
// 2024-01-01T00:00, 2024-01-01T00:00:01.500.
func AppendTimestamp(dst []byte, micros, nanos int64) []byte {
	days, ofDay := SplitMicros(micros)
	dst = AppendDate(dst, days)
	dst = append(dst, 'T')
	return appendLocalTime(dst, ofDay*1000+nanos)
}

// AppendInstant writes a TIMESTAMP_LTZ as Instant.toString does:
// 2024-01-01T00:00:00Z.
func AppendInstant(dst []byte, micros, nanos int64) []byte {
	days, ofDay := SplitMicros(micros)
	dst = AppendDate(dst, days)
	dst = append(dst, 'T')
	dst = appendClock(dst, int(ofDay/MicrosPerSecond))
	nanos += ofDay % MicrosPerSecond * 1000
	dst = appendFraction(dst, nanos, groupsOfThree(nanos))
	return append(dst, 'Z')
}

// AppendTimestampSQL writes a TIMESTAMP(p) as CAST to STRING does:
// 2024-01-01 00:00:00.000. Digits beyond p are written where they are not zero.
// A TIMESTAMP_LTZ is first brought to the session's zone (Zone.Local).
func AppendTimestampSQL(dst []byte, micros, nanos int64, p int) []byte {
	days, ofDay := SplitMicros(micros)
	dst = AppendDate(dst, days)
	dst = append(dst, ' ')
	dst = appendClock(dst, int(ofDay/MicrosPerSecond))
	nanos += ofDay % MicrosPerSecond * 1000
	n := 9
	for rest := nanos; n > p && rest%10 == 0; n-- {
		rest /= 10
	}
	return appendFraction(dst, nanos, n)
}

// AppendTimeSQL writes a TIME(p) as CAST to STRING does: 12:34:56, 12:34:56.7,
// 12:34:56.0. Trailing zeros after the first digit are left out.
func AppendTimeSQL(dst []byte, millis int64, p int) []byte {
	millis = floorMod(millis, MillisPerDay)
	dst = appendClock(dst, int(millis/1000))
	rest := millis % 1000
	if p <= 0 {
		return dst
	}
	dst = append(dst, '.')
	for ; p > 0; p-- {
		dst = append(dst, byte('0'+rest/100))
		if rest = rest % 100 * 10; rest == 0 {
			break
		}
	}
	return dst
}

// AppendDuration writes a day-time interval as Duration.toString does: PT24H,
// PT26H3M4.567S, PT-0.5S.
func AppendDuration(dst []byte, millis int64) []byte {
	if millis == 0 {
		return append(dst, "PT0S"...)
	}
	dst = append(dst, "PT"...)
	if h := millis / 3_600_000; h != 0 {
		dst = append(strconv.AppendInt(dst, h, 10), 'H')
	}
	if m := millis / 60_000 % 60; m != 0 {
		dst = append(strconv.AppendInt(dst, m, 10), 'M')
	}
	rest := millis % 60_000
	if rest == 0 {
		return dst
	}
	if rest < 0 {
		dst = append(dst, '-')
		rest = -rest
	}
	dst = strconv.AppendInt(dst, rest/1000, 10)
	if rest %= 1000; rest != 0 {
		dst = appendFraction(dst, rest*1_000_000, 3)
		dst = trimZeros(dst)
	}
	return append(dst, 'S')
}

// AppendPeriod writes a year-month interval as Period.toString does, all of it in
// months: P14M, P0D.
func AppendPeriod(dst []byte, months int64) []byte {
	if months == 0 {
		return append(dst, "P0D"...)
	}
	dst = append(dst, 'P')
	return append(strconv.AppendInt(dst, months, 10), 'M')
}

// AppendDurationSQL writes a day-time interval as CAST to STRING does:
// +1 02:03:04.567.
func AppendDurationSQL(dst []byte, millis int64) []byte {
	dst, u := appendSign(dst, millis)
	dst = strconv.AppendUint(dst, u/MillisPerDay, 10)
	dst = append(dst, ' ')
	u %= MillisPerDay
	dst = appendClock(dst, int(u/1000))
	return appendFraction(dst, int64(u%1000)*1_000_000, 3)
}

// AppendPeriodSQL writes a year-month interval as CAST to STRING does: +1-02.
func AppendPeriodSQL(dst []byte, months int64) []byte {
	dst, u := appendSign(dst, months)
	dst = strconv.AppendUint(dst, u/12, 10)
	dst = append(dst, '-')
	return appendTwo(dst, int(u%12))
}

func appendSign(dst []byte, n int64) ([]byte, uint64) {
	if n < 0 {
		return append(dst, '-'), uint64(-n)
	}
	return append(dst, '+'), uint64(n)
}
