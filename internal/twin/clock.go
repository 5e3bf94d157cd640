package twin

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/types"
)

// Dates and times of day.

const millisPerDay = 86400000

// pointIn is a point in time of any type: a date at midnight, a time on 1970-01-01.
func pointIn(t types.Type, v types.Value) time.Time {
	switch t.Kind {
	case types.Date:
		return time.Unix(v.I*86400, 0).UTC()
	case types.Time:
		return time.UnixMilli(v.I).UTC()
	}
	return moment(v)
}

// dateValue is the day of a local time.
func dateValue(t time.Time) types.Value {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return types.Int64(day.Unix() / 86400)
}

// castTime casts where a DATE or a TIME is on one side.
func (e *evaluator) castTime(from, to types.Type, v types.Value) (types.Value, error) {
	at := pointIn(from, v)
	if from.Kind == types.TimestampLTZ {
		at = local(at, e.zone)
	}
	switch to.Kind {
	case types.Date:
		return dateValue(at), nil
	case types.Time:
		clock := at.Sub(time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)).Milliseconds()
		return types.Int64(cutMillis(clock, to.Precision)), nil
	case types.Timestamp:
		return momentValue(floorFraction(at, to.Precision)), nil
	case types.TimestampLTZ:
		return momentValue(instant(floorFraction(at, to.Precision), e.zone)), nil
	}
	return null, fmt.Errorf("the twin knows no cast from %s to %s", from, to)
}

// cutMillis drops digits of the second.
func cutMillis(ms int64, precision int32) int64 {
	unit := []int64{1000, 100, 10, 1}[min(precision, 3)]
	return ms / unit * unit
}

// timeWidth is how many characters HH:mm:ss.fffffffff keeps.
func timeWidth(precision int32) int {
	if precision == 0 {
		return len("HH:mm:ss")
	}
	return len("HH:mm:ss.") + int(precision)
}

// parseDate reads numbers for year, month and day, of which the last ones may be missing, with spaces
// around each; behind a space that has something before it nothing is looked at.
func parseDate(s string) (days int64, ok bool) {
	if i := strings.Index(strings.TrimLeft(s, " "), " "); i >= 0 && !strings.HasPrefix(s, " ") {
		s = s[:i]
	}
	parts := strings.Split(s, "-")
	n := []int{0, 1, 1}
	if len(parts) > len(n) {
		return 0, false
	}
	for i, p := range parts {
		p = strings.TrimFunc(p, func(r rune) bool { return r <= ' ' })
		if !dateDigits.MatchString(p) {
			return 0, false
		}
		n[i], _ = strconv.Atoi(p)
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if n[0] < 1 || n[0] > 9999 || int(t.Month()) != n[1] || t.Day() != n[2] {
		return 0, false
	}
	return t.Unix() / 86400, true
}

var dateDigits = regexp.MustCompile(`^\d{1,9}$`)

var clockText = regexp.MustCompile(`^ *(\d+) *(?:: *(\d+) *(?:: *(\d+)(?:\.(\d*))? *)?)?$`)

// parseClock reads H, H:m and H:m:s[.fraction], of which the fourth digit rounds.
func parseClock(s string, precision int32) (int64, bool) {
	m := clockText.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n := func(i int) int64 {
		v, err := strconv.ParseInt("0"+m[i], 10, 64)
		if err != nil {
			return math.MaxInt32
		}
		return v
	}
	if n(1) > 23 || n(2) > 59 || n(3) > 59 {
		return 0, false
	}
	f := (m[4] + "0000")[:4]
	ms, _ := strconv.ParseInt(f[:3], 10, 64)
	if f[3] >= '5' {
		ms++
	}
	return cutMillis(n(1)*3600000+n(2)*60000+n(3)*1000+ms, precision), true
}

// fitBytes cuts to VARBINARY(n), and cuts or fills to BINARY(n).
func fitBytes(s string, t types.Type) string {
	n := int(t.Precision)
	if len(s) > n {
		return s[:n]
	}
	if t.Kind == types.Binary {
		s += strings.Repeat("\x00", n-len(s))
	}
	return s
}

// parseFloat32 is Float.parseFloat: rounded once.
func parseFloat32(s string) (float32, bool) {
	f, ok := parseFloat(s)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return float32(f), ok
	}
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	g, _ := strconv.ParseFloat(strings.TrimRight(s, "fFdD"), 32)
	return float32(g), true
}
