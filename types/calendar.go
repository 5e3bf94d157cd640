package types

// The proleptic Gregorian calendar, as java.time has it: days since 1970-01-01
// to year, month and day and back, in eras of 400 years that begin on 1 March, so
// that the leap day is the last of its year (Howard Hinnant, "chrono-Compatible
// Low-Level Date Algorithms", 2013).

// Units of the values of DATE, TIME and TIMESTAMP.
const (
	MillisPerDay    = 86_400_000
	MicrosPerSecond = 1_000_000
	MicrosPerDay    = 86_400 * MicrosPerSecond
)

// The range of years that values of DATE and TIMESTAMP may have, as the days and
// the microseconds of its ends: 0001-01-01 and 9999-12-31.
const (
	MinDate   = -719162
	MaxDate   = 2932896
	MinMicros = MinDate * MicrosPerDay
	MaxMicros = (MaxDate+1)*MicrosPerDay - 1
)

// DateOf is the days since 1970-01-01 of a date; the day may lie outside of the
// month, the month is 1..12.
func DateOf(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
		month += 12
	}
	era := floorDiv(y, 400)
	ofEra := y - era*400
	dayOfYear := int64((153*(month-3)+2)/5 + day - 1)
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + dayOfYear - 719468
}

// CivilOf is the year, month and day of a DATE.
func CivilOf(days int64) (year, month, day int) {
	days += 719468
	era := floorDiv(days, 146097)
	dayOfEra := days - era*146097
	ofEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*ofEra + ofEra/4 - ofEra/100)
	m := (5*dayOfYear + 2) / 153
	day = int(dayOfYear - (153*m+2)/5 + 1)
	year = int(ofEra + era*400)
	if m < 10 {
		return year, int(m + 3), day
	}
	return year + 1, int(m - 9), day
}

// IsLeap says whether a year has 366 days.
func IsLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysIn is the number of days of a month, 1..12.
func DaysIn(year, month int) int {
	switch {
	case month == 2 && IsLeap(year):
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

// Weekday is the ISO day of the week of a DATE: 1 is Monday, 7 Sunday.
func Weekday(days int64) int { return int(floorMod(days+3, 7)) + 1 }

// DayOfYear is 1 for 1 January.
func DayOfYear(days int64) int {
	year, _, _ := CivilOf(days)
	return int(days-DateOf(year, 1, 1)) + 1
}

// ISOWeek is the ISO 8601 week of a DATE and the year that week belongs to.
func ISOWeek(days int64) (year, week int) {
	thursday := days - int64(Weekday(days)) + 4
	year, _, _ = CivilOf(thursday)
	return year, int(thursday-DateOf(year, 1, 1))/7 + 1
}

// AddMonths moves a DATE by months; a day beyond the end of the month becomes
// its last.
func AddMonths(days int64, months int64) int64 {
	year, month, day := CivilOf(days)
	total := int64(year)*12 + int64(month-1) + months
	year, month = int(floorDiv(total, 12)), int(floorMod(total, 12))+1
	return DateOf(year, month, min(day, DaysIn(year, month)))
}

// AddMonthsMicros is AddMonths for a TIMESTAMP, whose time of day stays.
func AddMonthsMicros(micros, months int64) int64 {
	days := floorDiv(micros, MicrosPerDay)
	return AddMonths(days, months)*MicrosPerDay + micros - days*MicrosPerDay
}

// MonthsBetween is how many whole months lie from date b to date a, negative
// where a is earlier.
func MonthsBetween(a, b int64) int64 {
	if a < b {
		return -MonthsBetween(b, a)
	}
	ya, ma, _ := CivilOf(a)
	yb, mb, _ := CivilOf(b)
	m := int64(ya-yb)*12 + int64(ma-mb)
	if AddMonths(b, m) > a {
		m--
	}
	return m
}

// SplitMicros is the DATE of a TIMESTAMP and the microseconds of its day.
func SplitMicros(micros int64) (days, ofDay int64) {
	days = floorDiv(micros, MicrosPerDay)
	return days, micros - days*MicrosPerDay
}

// floorDiv rounds toward negative infinity; d > 0.
func floorDiv(n, d int64) int64 {
	q := n / d
	if n%d < 0 {
		q--
	}
	return q
}

// floorMod is in 0..d-1; d > 0.
func floorMod(n, d int64) int64 {
	r := n % d
	if r < 0 {
		r += d
	}
	return r
}

// TruncateMicros cuts a TIMESTAMP(p) or TIMESTAMP_LTZ(p) to p fractional digits,
// toward the past, as CAST does. For p > 6 it changes nothing: see TruncateNanos.
func TruncateMicros(micros int64, p int) int64 {
	if p >= 6 {
		return micros
	}
	return micros - floorMod(micros, pow10Int64[6-p])
}

// TruncateNanos cuts the nanoseconds (0..999) beside the microseconds to a
// precision of p.
func TruncateNanos(nanos int64, p int) int64 {
	switch {
	case p >= 9:
		return nanos
	case p <= 6:
		return 0
	}
	return nanos - nanos%pow10Int64[9-p]
}
