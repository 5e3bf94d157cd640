package twin

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"tidemark.dev/types"
)

// Timestamps are handled as time.Time in UTC: of a TIMESTAMP it is the local time
// written as if it were UTC, of a TIMESTAMP_LTZ the instant.

func moment(v types.Value) time.Time { return time.UnixMicro(v.I).UTC().Add(time.Duration(v.Hi)) }

func momentValue(t time.Time) types.Value {
	return types.Value{I: t.UnixMicro(), Hi: int64(t.Nanosecond() % 1000)}
}

func millis(v types.Value) int64 { return moment(v).UnixMilli() }

func ofMillis(ms int64) types.Value { return momentValue(time.UnixMilli(ms)) }

// local is what clocks in the zone show at an instant, as if it were UTC.
func local(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.Add(time.Duration(offset) * time.Second)
}

// instant is when clocks in the zone show a local time. Where they show it twice it
// is the first time; where they skip it, clocks are taken to have gone on as before.
// (java.time.LocalDateTime.atZone.)
func instant(t time.Time, zone *time.Location) time.Time {
	at := func(u time.Time) time.Duration {
		_, offset := u.In(zone).Zone()
		return time.Duration(offset) * time.Second
	}
	before, after := at(t.Add(-36*time.Hour)), at(t.Add(36*time.Hour))
	early, late := t.Add(-before), t.Add(-after)
	if at(early) == before {
		return early
	}
	if at(late) == after {
		return late
	}
	return early
}

// loadZone finds the zone of a session: a name, or an offset with or without GMT or UTC.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "default" {
		return time.UTC, nil
	}
	if m := fixedZone.FindStringSubmatch(name); m != nil {
		var h, min int
		fmt.Sscanf(m[2], "%d", &h)
		fmt.Sscanf(m[3], "%d", &min)
		seconds := h*3600 + min*60
		if m[1] == "-" {
			seconds = -seconds
		}
		return time.FixedZone(name, seconds), nil
	}
	return time.LoadLocation(name)
}

var fixedZone = regexp.MustCompile(`^(?:GMT|UTC|UT)?([+-])(\d{1,2})(?::?(\d\d))?$`)

// cut drops digits of the second beyond a precision, towards zero (so, before 1970,
// up to the millisecond, towards the future), as Flink's casts do.
func cut(t time.Time, precision int32) time.Time {
	if precision >= 9 {
		return t
	}
	ms := t.UnixMilli()
	if precision <= 3 {
		unit := []int64{1000, 100, 10, 1}[precision]
		return time.UnixMilli(ms / unit * unit).UTC()
	}
	unit := tenTo(int(9 - precision)).Int64()
	nanos := t.Sub(time.UnixMilli(ms)).Nanoseconds()
	return time.UnixMilli(ms).UTC().Add(time.Duration(nanos / unit * unit))
}

// momentText is CAST(... AS STRING).
func momentText(t time.Time, precision int32) string {
	text := t.Format("2006-01-02 15:04:05.000000000")
	if precision == 0 {
		return text[:19]
	}
	return text[:len(text)-9+int(precision)]
}

// civil checks and assembles a date and a time of day as java.time does in its SMART
// mode: a day 29 to 31 beyond its month becomes the month's last, 24:00:00 the next
// day's midnight.
func civil(year, month, day, hour, minute, second, nano int) (time.Time, bool) {
	if year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	if hour == 24 && (minute > 0 || second > 0 || nano > 0) || hour > 24 {
		return time.Time{}, false
	}
	last := time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(year, time.Month(month), min(day, last), hour, minute, second, nano, time.UTC), true
}

var timestampText = regexp.MustCompile(`^(\d{4})-(\d\d?)-(\d\d?)(?: (\d\d?):(\d\d?):(\d\d?)(?:\.(\d{0,9}))?)?$`)

// parseMoment reads what CAST(text AS TIMESTAMP) takes: yyyy-M-d[ H:m:s[.fraction]].
func parseMoment(s string) (time.Time, bool) {
	m := timestampText.FindStringSubmatch(s)
	if m == nil || m[1] == "0000" {
		return time.Time{}, false
	}
	n := func(i int) (v int) {
		fmt.Sscanf(m[i], "%d", &v)
		return v
	}
	nano := 0
	fmt.Sscanf((m[7] + "000000000")[:9], "%d", &nano)
	return civil(n(1), n(2), n(3), n(4), n(5), n(6), nano)
}

// parseJDBC reads what java.sql.Timestamp.valueOf (with a time) or java.sql.Date.valueOf
// takes: the fallback of TO_TIMESTAMP with a format that does not fit. A time may
// overflow into the next day or month.
func parseJDBC(s string) (time.Time, bool) {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	m := jdbcText.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	n := func(i int) (v int) {
		fmt.Sscanf(m[i], "%d", &v)
		return v
	}
	if n(2) < 1 || n(2) > 12 || n(3) < 1 || n(3) > 31 {
		return time.Time{}, false
	}
	nano := 0
	fmt.Sscanf((m[7] + "000000000")[:9], "%d", &nano)
	if m[4] == "" {
		return time.Date(n(1), time.Month(n(2)), n(3), 0, 0, 0, 0, time.UTC), true
	}
	return time.Date(n(1), time.Month(n(2)), n(3), n(4), n(5), n(6), nano, time.UTC), true
}

var jdbcText = regexp.MustCompile(`^(\d{4})-(\d\d?)-(\d\d?)(?: (\d+):(\d+):(\d+)(?:\.(\d{1,9}))?)?$`)

// addMonths keeps the day of the month, or takes the month's last.
func addMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// extract is EXTRACT(unit FROM t) of a local time. Flink divides milliseconds since 1970
// towards zero, so that the day before 1970 counts as its first, and times of day
// before 1970 are negative.
func extract(unit string, t time.Time) (int64, error) {
	const day = 86400000
	ms := t.UnixMilli()
	date := time.UnixMilli(ms / day * day).UTC()
	year, week := date.ISOWeek()
	y := int64(date.Year())
	upTo := func(n int64) int64 { // century and the like, counted from 1
		if y > 0 {
			return (y + n - 1) / n
		}
		return (y - n + 1) / n
	}
	sub := t.Sub(time.UnixMilli(ms)).Nanoseconds() // below the millisecond
	switch unit {
	case "MILLENNIUM":
		return upTo(1000), nil
	case "CENTURY":
		return upTo(100), nil
	case "DECADE":
		return y / 10, nil
	case "YEAR":
		return y, nil
	case "ISOYEAR":
		return int64(year), nil
	case "QUARTER":
		return int64(date.Month()+2) / 3, nil
	case "MONTH":
		return int64(date.Month()), nil
	case "WEEK":
		return int64(week), nil
	case "DAY":
		return int64(date.Day()), nil
	case "DOY":
		return int64(date.YearDay()), nil
	case "DOW":
		return int64(date.Weekday()) + 1, nil
	case "ISODOW":
		return int64(date.Weekday()+6)%7 + 1, nil
	case "HOUR":
		return ms % day / 3600000, nil
	case "MINUTE":
		return ms % 3600000 / 60000, nil
	case "SECOND":
		return ms % 60000 / 1000, nil
	case "MILLISECOND":
		return ms % 1000, nil
	case "MICROSECOND":
		return ms%1000*1000 + sub/1000, nil
	case "NANOSECOND":
		return ms%1000*1000000 + sub, nil
	case "EPOCH":
		return ms / 1000, nil
	}
	return 0, fmt.Errorf("EXTRACT of %s is not known to the twin", unit)
}

// floorFraction drops digits of the second beyond a precision, towards the past: what
// reading text does, unlike a cast between timestamps.
func floorFraction(t time.Time, precision int32) time.Time {
	unit := time.Duration(tenTo(int(9 - precision)).Int64())
	return t.Add(-time.Duration(t.Nanosecond()) % unit)
}
