package types

// Time zones: TIMESTAMP_LTZ to TIMESTAMP and back.
//
//  1. A Zone is a list of spans of one offset each, built once from the zone
//     database (embedded, so that a bare container has it) up to the year 2500.
//     From then on the calendar and the rules repeat every 400 years.
//  2. Local time of an instant: the offset of its span.
//  3. Instant of a local time, as java.time resolves it: where clocks went back
//     (overlap) the earlier of the two, where they went forward (gap) the local
//     time is read with the offset before the gap, so it moves by the gap's length.

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // zones without an installed database
)

// Zone is a time zone. It is immutable and safe for concurrent use; a
// conversion near the previous one costs a few nanoseconds.
type Zone struct {
	name  string
	spans []span // in order, without gaps, the first from the beginning of time
	last  atomic.Int32
}

// span is the time from start (microseconds since 1970-01-01 UTC) to the start
// of the next span.
type span struct{ start, offset int64 }

// UTC is the zone of offset zero.
var UTC = &Zone{name: "UTC", spans: []span{{start: -1 << 63}}}

// LoadZone finds a zone by what table.local-time-zone takes: UTC, a region of the
// zone database (Europe/Berlin), or GMT with an offset (GMT-08:00, GMT+8).
func LoadZone(name string) (*Zone, error) {
	const hint = "give a region such as Europe/Berlin, an offset such as GMT-08:00, or UTC"
	if name == "UTC" || name == "GMT" {
		return &Zone{name: name, spans: UTC.spans}, nil
	}
	if text, found := strings.CutPrefix(name, "GMT"); found && (text[0] == '+' || text[0] == '-') {
		offset, ok := parseOffset(text)
		if !ok {
			return nil, fmt.Errorf("unknown time zone %q: %s", name, hint)
		}
		return &Zone{name: name, spans: []span{{-1 << 63, offset * MicrosPerSecond}}}, nil
	}
	if spans, ok := regions.Load(name); ok {
		return &Zone{name: name, spans: spans.([]span)}, nil
	}
	location, err := time.LoadLocation(name)
	switch name { // what Go or its database knows and Java does not
	case "", "Local", "EST", "MST", "HST", "Factory":
		err = errors.ErrUnsupported
	}
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q: %s", name, hint)
	}
	z := newZone(name, location)
	regions.Store(name, z.spans)
	return z, nil
}

// regions are the spans of the zones of the database that have been loaded: a script asks for its own
// with each statement, and there are only so many.
var regions sync.Map

// parseOffset reads +h, +hh, +hh:mm, +hmm or +hhmm, up to 18 hours, as seconds.
func parseOffset(s string) (seconds int64, ok bool) {
	hours, minutes, split := strings.Cut(s[1:], ":")
	if n := len(hours); !split && n > 2 {
		hours, minutes = hours[:n-2], hours[n-2:]
	} else if split && len(minutes) != 2 || len(hours) > 2 {
		return 0, false
	}
	h, okh := digits(hours)
	m, okm := digits(minutes)
	if !okh || !okm && minutes != "" || m > 59 || h*60+m > 18*60 {
		return 0, false
	}
	seconds = int64(h*60+m) * 60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

const (
	// spansEnd is 2500-01-01, the end of the list of spans.
	spansEnd = 193_579 * MicrosPerDay
	// cycle is the length of 400 Gregorian years.
	cycle = 146_097 * MicrosPerDay
)

// intoSpans is how many whole cycles must be taken from micros, as microseconds,
// for it to lie where spans are listed.
func intoSpans(micros int64) int64 {
	if micros < spansEnd {
		return 0
	}
	return (micros-spansEnd)/cycle*cycle + cycle
}

// newZone lists the spans of a location.
func newZone(name string, location *time.Location) *Zone {
	z := &Zone{name: name}
	t := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).In(location)
	_, offset := t.Zone()
	z.spans = append(z.spans, span{-1 << 63, int64(offset) * MicrosPerSecond})
	for {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.Unix() >= spansEnd/MicrosPerSecond {
			return z
		}
		if !end.After(t) {
			// Where rules go on without a list, time cuts its spans at the end of
			// the year, and of a leap year one day early.
			end = t.Add(24 * time.Hour)
		}
		t = end
		_, offset := t.Zone()
		if at := int64(offset) * MicrosPerSecond; at != z.spans[len(z.spans)-1].offset {
			z.spans = append(z.spans, span{end.Unix() * MicrosPerSecond, at})
		}
	}
}

// String is the name the zone was loaded by.
func (z *Zone) String() string { return z.name }

// find is the index of the span that an instant lies in.
func (z *Zone) find(micros int64) int {
	i := int(z.last.Load())
	if z.spans[i].start <= micros && (i+1 == len(z.spans) || micros < z.spans[i+1].start) {
		return i
	}
	i = sort.Search(len(z.spans), func(i int) bool { return z.spans[i].start > micros }) - 1
	z.last.Store(int32(i))
	return i
}

// Offset is what local time is ahead of UTC at an instant, in microseconds.
func (z *Zone) Offset(micros int64) int64 {
	if len(z.spans) == 1 {
		return z.spans[0].offset
	}
	return z.spans[z.find(micros-intoSpans(micros))].offset
}

// Local is the TIMESTAMP that clocks of the zone show at an instant: CAST
// (TIMESTAMP_LTZ AS TIMESTAMP).
func (z *Zone) Local(micros int64) int64 { return micros + z.Offset(micros) }

// Instant is the TIMESTAMP_LTZ at which clocks of the zone show a local time:
// CAST(TIMESTAMP AS TIMESTAMP_LTZ).
func (z *Zone) Instant(local int64) int64 {
	if len(z.spans) == 1 {
		return local - z.spans[0].offset
	}
	shift := intoSpans(local)
	return z.instant(local-shift) + shift
}

// instant is Instant for a local time before the end of the spans.
func (z *Zone) instant(local int64) int64 {
	i := max(0, z.find(local)-1)
	for i > 0 && local-z.spans[i].offset < z.spans[i].start {
		i--
	}
	for {
		at := local - z.spans[i].offset
		if i+1 == len(z.spans) || at < z.spans[i+1].start {
			return at
		}
		next := z.spans[i+1]
		if local-next.offset < next.start {
			return at // in the gap between the two
		}
		i++
	}
}
