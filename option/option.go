// Package option declares the WITH options of connectors and formats: once, and
// from the declaration come parsing, messages, help and the manual.
package option

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Type says what texts an option takes.
type Type uint8

const (
	String   Type = iota
	Bool          // true or false, in any case
	Int           // a decimal integer
	Float         // a decimal number
	Duration      // Flink's durations: "5 s", "200ms", "1 min", "3 d"; a bare number is milliseconds
	Memory        // Flink's sizes: "128mb", "1 gb", "64 kb"; a bare number is bytes
	Enum          // one of Choices
)

// Option is one declared option.
type Option struct {
	Name     string
	Type     Type
	Default  string // its text; "" with Required false: no default
	Required bool
	Choices  []string // of an Enum
	Summary  string   // one sentence for help and the manual
	// Prefix makes Name a prefix ("properties."): any key that begins with it is taken as it is.
	Prefix bool
	// Check may refuse a value that parses; its error says what would be right.
	Check func(text string) error
	// Connection marks what says how to reach a system, not what is read or written:
	// a change of it does not make another plan.
	Connection bool
	// Secret marks what is masked wherever options are shown.
	Secret bool
}

// Values are the options a user gave, checked against their declarations, with
// defaults for the rest. Reading an undeclared name is a programming error and panics.
type Values struct {
	declared map[string]*Option
	given    map[string]string
}

// Problem is what is wrong with one given option, or with the lack of one.
type Problem struct {
	Key  string // the option; its position in the text is the caller's to know
	Text string
	Hint string // the nearest name, or the choices
}

func (p *Problem) Error() string {
	if p.Hint != "" {
		return p.Text + "; " + p.Hint
	}
	return p.Text
}

// Parse checks the given options against the declared ones. All problems are
// returned, in order of key; values are usable only when there are none.
func Parse(declared []Option, given map[string]string) (*Values, []*Problem) {
	v := &Values{declared: map[string]*Option{}, given: map[string]string{}}
	for i := range declared {
		v.declared[declared[i].Name] = &declared[i]
	}
	var problems []*Problem
	keys := make([]string, 0, len(given))
	for k := range given {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		o := v.find(k)
		if o == nil {
			problems = append(problems, &Problem{Key: k, Text: fmt.Sprintf("unknown option '%s'", k), Hint: Nearest(k, v.names())})
			continue
		}
		if err := o.check(given[k]); err != nil {
			problems = append(problems, &Problem{Key: k, Text: fmt.Sprintf("option '%s' = '%s': %v", k, given[k], err), Hint: Nearest(given[k], o.Choices)})
			continue
		}
		v.given[k] = given[k]
	}
	for i := range declared {
		if o := &declared[i]; o.Required && !o.Prefix {
			if _, ok := given[o.Name]; !ok {
				problems = append(problems, &Problem{Key: o.Name, Text: fmt.Sprintf("option '%s' is required: %s", o.Name, o.Summary)})
			}
		}
	}
	return v, problems
}

func (v *Values) names() []string {
	names := make([]string, 0, len(v.declared))
	for n := range v.declared {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func (v *Values) find(key string) *Option {
	if o := v.declared[key]; o != nil && !o.Prefix {
		return o
	}
	var best *Option
	for n, o := range v.declared {
		if o.Prefix && strings.HasPrefix(key, n) && len(key) > len(n) && (best == nil || len(n) > len(best.Name)) {
			best = o
		}
	}
	return best
}

func (o *Option) check(text string) (err error) {
	switch o.Type {
	case Bool:
		_, err = parseBool(text)
	case Int:
		_, err = strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			err = fmt.Errorf("expected a whole number")
		}
	case Float:
		_, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			err = fmt.Errorf("expected a number")
		}
	case Duration:
		_, err = ParseDuration(text)
	case Memory:
		_, err = ParseMemory(text)
	case Enum:
		for _, c := range o.Choices {
			if strings.EqualFold(c, text) {
				return nil
			}
		}
		err = fmt.Errorf("expected one of '%s'", strings.Join(o.Choices, "', '"))
	}
	if err == nil && o.Check != nil {
		err = o.Check(text)
	}
	return err
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("expected true or false")
}

func (v *Values) text(name string) string {
	if s, ok := v.given[name]; ok {
		return s
	}
	o := v.find(name)
	if o == nil {
		panic("option: undeclared " + name)
	}
	return o.Default
}

// Given tells whether the user gave the option.
func (v *Values) Given(name string) bool { _, ok := v.given[name]; return ok }

// String returns the option's text, or its default.
func (v *Values) String(name string) string { return v.text(name) }

// Choice returns an Enum as its declaration spells it.
func (v *Values) Choice(name string) string {
	s := v.text(name)
	for _, c := range v.find(name).Choices {
		if strings.EqualFold(c, s) {
			return c
		}
	}
	return s
}

// Bool returns a Bool option; one without a default is false.
func (v *Values) Bool(name string) bool { b, _ := parseBool(v.text(name)); return b }

// Int returns an Int option; one without a default is 0.
func (v *Values) Int(name string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(v.text(name)), 10, 64)
	return n
}

// Float returns a Float option; one without a default is 0.
func (v *Values) Float(name string) float64 {
	f, _ := strconv.ParseFloat(strings.TrimSpace(v.text(name)), 64)
	return f
}

// Duration returns a Duration option; one without a default is 0.
func (v *Values) Duration(name string) time.Duration { d, _ := ParseDuration(v.text(name)); return d }

// Memory returns a Memory option in bytes; one without a default is 0.
func (v *Values) Memory(name string) int64 { n, _ := ParseMemory(v.text(name)); return n }

// WithPrefix returns the given options that begin with prefix, without it.
func (v *Values) WithPrefix(prefix string) map[string]string {
	m := map[string]string{}
	for k, s := range v.given {
		if rest, ok := strings.CutPrefix(k, prefix); ok && rest != "" {
			m[rest] = s
		}
	}
	return m
}

// Identity lists the given options that make the plan what it is (not the
// connection, not secrets), as sorted key=value lines.
func (v *Values) Identity() []string {
	var lines []string
	for k, s := range v.given {
		if o := v.find(k); !o.Connection && !o.Secret {
			lines = append(lines, k+"="+s)
		}
	}
	sort.Strings(lines)
	return lines
}

var durationUnits = map[string]time.Duration{
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"": time.Millisecond, "ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond,
	"millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"µs": time.Microsecond, "us": time.Microsecond, "micro": time.Microsecond, "micros": time.Microsecond,
	"microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"ns": 1, "nano": 1, "nanos": 1, "nanosecond": 1, "nanoseconds": 1,
}

var memoryUnits = map[string]int64{
	"": 1, "b": 1, "bytes": 1,
	"k": 1 << 10, "kb": 1 << 10, "kibibytes": 1 << 10,
	"m": 1 << 20, "mb": 1 << 20, "mebibytes": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gibibytes": 1 << 30,
	"t": 1 << 40, "tb": 1 << 40, "tebibytes": 1 << 40,
}

// ParseDuration reads a duration as Flink's TimeUtils does.
func ParseDuration(text string) (time.Duration, error) {
	n, unit, ok := splitUnit(text)
	u, known := durationUnits[unit]
	if !ok || !known || n > int64(1<<63-1)/int64(u) {
		return 0, fmt.Errorf("expected a duration such as '200 ms', '5 s', '1 min', '2 h' or '1 d'")
	}
	return time.Duration(n) * u, nil
}

// ParseMemory reads a size as Flink's MemorySize does.
func ParseMemory(text string) (int64, error) {
	n, unit, ok := splitUnit(text)
	u, known := memoryUnits[unit]
	if !ok || !known || n > (1<<63-1)/u {
		return 0, fmt.Errorf("expected a size such as '64 kb', '128 mb' or '1 gb'")
	}
	return n * u, nil
}

func splitUnit(text string) (int64, string, bool) {
	s := strings.TrimSpace(text)
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	return n, strings.ToLower(strings.TrimSpace(s[i:])), err == nil
}

// Nearest answers "did you mean 'x'?" for the candidate that is near enough to a
// mistyped name, or "". Near enough is one edit in three characters; a name of one or two
// is near to nothing but itself in another case.
func Nearest(name string, candidates []string) string {
	best, at := "", len(name)/3+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < at {
			best, at = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean '%s'?", best)
}

// distance is the number of edits between two names: a character put in, left out or
// replaced, or two neighbours exchanged (the optimal string alignment distance).
func distance(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
