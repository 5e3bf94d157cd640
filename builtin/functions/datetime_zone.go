package functions

// Zones in patterns of dates and times.
//
//   - modern reads V (an id), z (a name or an id), O (GMT+8) and the offsets X, x, Z, and
//     leaves them aside: what is read is a local time. It prints none: a local time has none.
//   - simple reads X (an offset), z and Z (an offset, GMT+08:00, or a name), which say what
//     instant the rest is, and prints them of the session's zone.

import (
	"errors"
	"strings"
	"time"

	"tidemark.dev/types"
)

// zoneNames are names of zones with their offsets in hours, as Java knows them in
// English: of names that several zones have the one that it finds first.
var zoneNames = []struct {
	short, long string
	hours       float64
}{
	{"UTC", "Coordinated Universal Time", 0}, {"GMT", "Greenwich Mean Time", 0},
	{"PST", "Pacific Standard Time", -8}, {"PDT", "Pacific Daylight Time", -7},
	{"MST", "Mountain Standard Time", -7}, {"MDT", "Mountain Daylight Time", -6},
	{"CST", "Central Standard Time", -6}, {"CDT", "Central Daylight Time", -5},
	{"EST", "Eastern Standard Time", -5}, {"EDT", "Eastern Daylight Time", -4},
	{"HST", "Hawaii-Aleutian Standard Time", -10},
	{"CET", "Central European Standard Time", 1}, {"CEST", "Central European Summer Time", 2},
	{"IST", "Israel Standard Time", 2}, {"JST", "Japan Standard Time", 9},
}

// isZoneLetter tells the letters that stand for zones.
func isZoneLetter(c byte) bool { return strings.IndexByte("zZxXVvO", c) >= 0 }

// hasZone tells that one of the items is a zone.
func hasZone(items []item) bool {
	for i := range items {
		if isZoneLetter(items[i].letter) || hasZone(items[i].optional) {
			return true
		}
	}
	return false
}

// cutFold cuts a prefix off in any case.
func cutFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// readZoneName reads a name of the table; the longest that fits.
func readZoneName(s string) (rest string, seconds int, ok bool) {
	rest = s
	for _, z := range zoneNames {
		for _, name := range []string{z.long, z.short} {
			if after, found := cutFold(s, name); found && (!ok || len(after) < len(rest)) {
				rest, seconds, ok = after, int(z.hours*3600), true
			}
		}
	}
	return rest, seconds, ok
}

// readZoneID reads an id, such as Europe/Paris, UTC, Z or +02:00; what it is does not
// matter.
func readZoneID(s string) (rest string, ok bool) {
	n := 0
	for n < len(s) && (isLetter(s[n]) || s[n]-'0' < 10 || strings.IndexByte("/_+-:", s[n]) >= 0) {
		n++
	}
	for ; n > 0; n-- {
		id := s[:n]
		if rest, ok := strings.CutPrefix(id, "GMT"); ok && len(rest) == 2 {
			continue // GMT+2 is no id here
		}
		if id == "Z" || (id[0] == '+' || id[0] == '-') && validOffset(id) {
			return s[n:], true
		}
		if _, err := zones.get([]byte(id)); err == nil {
			return s[n:], true
		}
	}
	return s, false
}

// validOffset tells +h, +hh, +hh:mm and +hhmm.
func validOffset(s string) bool {
	digits := strings.Replace(s[1:], ":", "", 1)
	if len(digits) != 1 && len(digits) != 2 && len(digits) != 4 || len(digits) < 4 && len(digits) != len(s)-1 {
		return false
	}
	_, ok := smallNumber(digits, 4)
	return ok
}

// readModernZone reads the field of a zone.
func readModernZone(s string, it *item) (rest string, ok bool) {
	switch it.letter {
	case 'V':
		return readZoneID(s)
	case 'z':
		if rest, _, ok := readZoneName(s); ok && (rest == "" || !isLetter(rest[0]) && rest[0] != '/') {
			return rest, true
		}
		return readZoneID(s)
	case 'O':
		rest, ok := strings.CutPrefix(s, "GMT")
		if !ok || rest == "" || rest[0] != '+' && rest[0] != '-' {
			return rest, ok
		}
		n := 1
		for n < len(rest) && (rest[n]-'0' < 10 || rest[n] == ':') {
			n++
		}
		full := n == 6 && rest[3] == ':'
		return rest[n:], full || it.width == 1 && n <= 3 && n > 1
	}
	return readOffset(s, it)
}

// readSimpleZone reads a zone and its offset in seconds.
func readSimpleZone(s string, it *item) (rest string, seconds int, ok bool) {
	if it.letter == 'X' {
		if strings.HasPrefix(s, "Z") {
			return s[1:], 0, true
		}
		rest, ok = readOffset(s, it)
		return rest, offsetSeconds(s[:len(s)-len(rest)]), ok
	}
	if rest, found := cutFold(s, "GMT"); found && rest != "" && (rest[0] == '+' || rest[0] == '-') {
		n := 1
		for n < len(rest) && n < 3 && rest[n]-'0' < 10 {
			n++
		}
		if n < 2 || len(rest) < n+3 || rest[n] != ':' || rest[n+1]-'0' > 5 || rest[n+2]-'0' > 9 {
			return s, 0, false
		}
		return rest[n+3:], offsetSeconds(rest[:n+3]), true
	}
	if s != "" && (s[0] == '+' || s[0] == '-') {
		rest, ok = readOffset(s, &item{letter: 'Z', width: 1})
		return rest, offsetSeconds(s[:len(s)-len(rest)]), ok
	}
	return readZoneName(s)
}

// offsetSeconds is +h, +hh, +hhmm or +hh:mm in seconds.
func offsetSeconds(s string) int {
	if len(s) < 2 {
		return 0
	}
	hours, minutes, found := strings.Cut(s[1:], ":")
	if !found && len(hours) == 4 {
		hours, minutes = hours[:2], hours[2:]
	}
	h, _ := smallNumber(hours, 2)
	m, _ := smallNumber(minutes, 2)
	if s[0] == '-' {
		return -(h*3600 + m*60)
	}
	return h*3600 + m*60
}

// appendOffset writes an offset in seconds as SimpleDateFormat does: Z as +0200, X as
// +02, twice as +0200, three times as +02:00, and Z for none.
func appendOffset(dst []byte, it *item, seconds int) []byte {
	if it.letter == 'X' && seconds == 0 {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	dst = appendNumber(append(dst, sign), int64(seconds/3600), 2)
	switch {
	case it.letter == 'X' && it.width == 1:
		return dst
	case it.letter == 'X' && it.width == 3:
		dst = append(dst, ':')
	}
	return appendNumber(dst, int64(seconds/60%60), 2)
}

var errZoneName = errors.New("the name of this time zone is not known: write its offset with Z or X")

// appendZoneName writes the name of the zone at an instant: short, or in full.
func appendZoneName(dst []byte, it *item, zone *types.Zone, instant int64) ([]byte, error) {
	short := zone.String()
	if location, err := time.LoadLocation(short); err == nil {
		short, _ = time.UnixMicro(instant).In(location).Zone()
	}
	if short == "" || !isLetter(short[0]) {
		return dst, errZoneName
	}
	if it.width < 4 {
		return append(dst, short...), nil
	}
	offset := float64(zone.Offset(instant)) / 3600 / types.MicrosPerSecond
	for _, z := range zoneNames {
		if z.short == short && z.hours == offset {
			return append(dst, z.long...), nil
		}
	}
	return dst, errZoneName
}

// --- parts of the day ---------------------------------------------------------------

// dayPeriods are the parts of the day in English, with the minutes at which they begin
// and end. Those of one minute come first.
var dayPeriods = []struct {
	name, narrow string
	from, to     int
}{
	{"midnight", "mi", 0, 1}, {"noon", "n", 720, 721},
	{"in the morning", "", 360, 720}, {"in the afternoon", "", 720, 1080}, {"in the evening", "", 1080, 1260}, {"at night", "", 1260, 1800},
}

func appendDayPeriod(dst []byte, second, width int) []byte {
	minute := second / 60
	for _, p := range dayPeriods {
		if minute >= p.from && minute < p.to || minute+1440 < p.to {
			if width == 5 && p.narrow != "" {
				return append(dst, p.narrow...)
			}
			return append(dst, p.name...)
		}
	}
	return dst
}

// readDayPeriod reads a part of the day: its number in dayPeriods.
func readDayPeriod(s string, width int) (n int, rest string) {
	for i, p := range dayPeriods {
		name := p.name
		if width == 5 && p.narrow != "" {
			name = p.narrow
		}
		if after, ok := strings.CutPrefix(s, name); ok {
			return i, after
		}
	}
	return -1, s
}

// inPeriod is the hour that an hour of the half day, 0 to 11, is in a part of the day;
// false if it does not lie in it.
func inPeriod(n, hour12 int) (hour int, ok bool) {
	p := dayPeriods[n]
	for _, h := range []int{hour12, hour12 + 12} {
		for _, minute := range []int{h * 60, h*60 + 1440} {
			if minute >= p.from && minute < p.to {
				return h, true
			}
		}
	}
	return 0, false
}
