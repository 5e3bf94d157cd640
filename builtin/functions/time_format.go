package functions

import (
	"math"
	"strings"
	"sync"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions between times and text, and between times and numbers.
var formatFunctions = []*function.Function{
	{
		Name: "DATE_FORMAT", Family: "temporal",
		Summary: "a time as text by a pattern of java.time's DateTimeFormatter; of a text, which is read as yyyy-MM-dd HH:mm:ss, by one of SimpleDateFormat",
		Syntax:  []string{"DATE_FORMAT(time, pattern)", "DATE_FORMAT(text, pattern)"},
		Examples: examples(
			"DATE_FORMAT(TIMESTAMP '2020-01-31 10:20:30.123', 'yyyy-MM-dd HH:mm:ss.SSS')", "2020-01-31 10:20:30.123",
			"DATE_FORMAT(TIMESTAMP '2020-01-31 10:20:30', 'EEE, d MMM yyyy')", "Fri, 31 Jan 2020",
			"DATE_FORMAT(TIMESTAMP '2020-01-31 10:20:30', 'yyyy''T''HH')", "2020T10",
			"DATE_FORMAT('2020-01-01 00:00:00', 'yyyy')", "2020",
		),
		Bind: bindDateFormat,
	},
	{
		Name: "TO_TIMESTAMP", Family: "temporal",
		Summary: "the TIMESTAMP(3) that a text says by a pattern (default yyyy-MM-dd HH:mm:ss); NULL where it says none",
		Syntax:  []string{"TO_TIMESTAMP(text [, pattern])"},
		Examples: examples(
			"TO_TIMESTAMP('2020-01-01 00:00:00.123456')", "2020-01-01 00:00:00.123", "TO_TIMESTAMP('20200131', 'yyyyMMdd')", "2020-01-31 00:00:00.000",
			"TO_TIMESTAMP('2020-02-30', 'yyyy-MM-dd')", "2020-02-29 00:00:00.000", "TO_TIMESTAMP('x')", "NULL",
		),
		Bind: binding(1, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
			return bindToTimestamp(ps, args, types.TTimestamp(3))
		}, anyText, anyText),
	},
	{
		Name: "TO_TIMESTAMP_LTZ", Family: "temporal",
		Summary: "the TIMESTAMP_LTZ of a number of seconds (precision 0), milliseconds (3, the default) and so on since 1970, or of a text by a pattern in a zone (default UTC); NULL beyond the years 1 to 9999",
		Syntax:  []string{"TO_TIMESTAMP_LTZ(number [, precision])", "TO_TIMESTAMP_LTZ(text [, pattern [, zone]])"},
		Examples: examples(
			"TO_TIMESTAMP_LTZ(4001, 3)", "1970-01-01 00:00:04.001", "TO_TIMESTAMP_LTZ(100, 0)", "1970-01-01 00:01:40.000",
			"TO_TIMESTAMP_LTZ('2020-01-01 00:00:00', 'yyyy-MM-dd HH:mm:ss', 'Asia/Tokyo')", "2019-12-31 15:00:00.000",
		),
		Bind: bindToTimestampLTZ,
	},
	{
		Name: "TO_DATE", Family: "temporal",
		Summary:  "the DATE that a text says by a pattern (default yyyy-MM-dd); NULL where it says none",
		Syntax:   []string{"TO_DATE(text [, pattern])"},
		Examples: examples("TO_DATE('2020/01/31', 'yyyy/MM/dd')", "2020-01-31", "TO_DATE('2020-1-1')", "2020-01-01", "TO_DATE('x')", "NULL"),
		Bind: binding(1, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
			return bindToDate(ps, args)
		}, anyText, anyText),
	},
	{
		Name: "UNIX_TIMESTAMP", Family: "temporal", Varies: true,
		Summary:  "the seconds since 1970 of the present moment, or of a text by a pattern of SimpleDateFormat (default yyyy-MM-dd HH:mm:ss) in the session's zone; the least BIGINT where the text says none",
		Syntax:   []string{"UNIX_TIMESTAMP()", "UNIX_TIMESTAMP(text [, pattern])"},
		Examples: examples("UNIX_TIMESTAMP('2020-01-01 00:00:00')", "1577836800", "UNIX_TIMESTAMP('2020', 'yyyy')", "1577836800"),
		Bind:     bindUnixTimestamp,
	},
	{
		Name: "FROM_UNIXTIME", Family: "temporal",
		Summary:  "seconds since 1970 as text in the session's zone, by a pattern of SimpleDateFormat (default yyyy-MM-dd HH:mm:ss)",
		Syntax:   []string{"FROM_UNIXTIME(seconds [, pattern])"},
		Examples: examples("FROM_UNIXTIME(4)", "1970-01-01 00:00:04", "FROM_UNIXTIME(0, 'yyyy')", "1970"),
		Bind: binding(1, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
			find, err := patternOf(args, 1, simple, standard)
			if err != nil {
				return function.Signature{}, err
			}
			return partial(ps, types.TString, printing(find, 1, func(c *function.Call, i int) (int64, int64, bool) {
				seconds := int64At(c, 0, i)
				if seconds > math.MaxInt64/types.MicrosPerSecond-1e6 || seconds < types.MinMicros/types.MicrosPerSecond {
					return 0, 0, false
				}
				return c.Env.Zone.Local(seconds * types.MicrosPerSecond), 0, true
			}, func(c *function.Call, i int, local int64) int64 {
				return local - int64At(c, 0, i)*types.MicrosPerSecond
			}))
		}, bigInt, anyText),
	},
	{
		Name: "CONVERT_TZ", Family: "temporal",
		Summary:  "a text yyyy-MM-dd HH:mm:ss, which is local time in one zone, as local time in another; NULL where it is none",
		Syntax:   []string{"CONVERT_TZ(text, from, to)"},
		Examples: examples("CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')", "1969-12-31 16:00:00"),
		Bind:     loose(types.TString, convertZone, 0, anyText, anyText, anyText),
	},
}

// standard is the pattern that most functions use without one.
const standard = "yyyy-MM-dd HH:mm:ss"

// finder finds the pattern for row i.
type finder func(c *function.Call, i int) (*pattern, error)

// patternOf finds the pattern in argument k, or the standard one without it. A literal
// is compiled now.
func patternOf(args []function.Arg, k int, d dialect, missing string) (finder, error) {
	text_ := missing
	if k < len(args) {
		var ok bool
		if text_, ok = literalText(args[k]); !ok {
			cache := &patterns{}
			return func(c *function.Call, i int) (*pattern, error) {
				p, err := cache.get(text(c, k, i), d)
				if err != nil {
					return nil, function.Failf(i, "%v", err)
				}
				return p, nil
			}, nil
		}
	}
	p, err := compilePattern(text_, d)
	if err != nil {
		return nil, err
	}
	return func(*function.Call, int) (*pattern, error) { return p, nil }, nil
}

// patterns keeps compiled patterns that are not literals.
type patterns struct {
	sync.Mutex
	byText map[string]*pattern
}

// maxPatterns is how many are kept; beyond it all are dropped.
const maxPatterns = 256

func (ps *patterns) get(s []byte, d dialect) (*pattern, error) {
	ps.Lock()
	defer ps.Unlock()
	if p := ps.byText[string(s)]; p != nil {
		return p, nil
	}
	p, err := compilePattern(string(s), d)
	if err != nil {
		return nil, err
	}
	if ps.byText == nil || len(ps.byText) >= maxPatterns {
		ps.byText = map[string]*pattern{}
	}
	ps.byText[string(s)] = p
	return p, nil
}

// printing makes the kernel that writes the local time of each row by its pattern. Rows
// that follow each other often fall into the same unit of the pattern's finest field: they
// get the text of the row before.
// offset answers how far local time is ahead of the instant, in microseconds; nil for times without
// a zone.
func printing(find finder, k int, local func(c *function.Call, i int) (micros, nanos int64, ok bool), offset func(c *function.Call, i int, local int64) int64) function.Kernel {
	return func(c *function.Call) error {
		buf := make([]byte, 0, scratch)
		var of *pattern // of the row last, whose text all times from..to-1 have
		var from, to int64
		last := 0
		return c.Rows(func(i int) error {
			p, err := find(c, i)
			if err != nil {
				return err
			}
			micros, nanos, ok := local(c, i)
			if !ok {
				c.Out.SetNull(i)
				return nil
			}
			if p == of && micros >= from && micros < to {
				views := c.Out.Views()
				views[i] = views[last]
				return nil
			}
			m := momentOf(micros, nanos)
			if p.zoned && offset != nil {
				m.zone, m.offset = c.Env.Zone, offset(c, i, micros)
			}
			if buf, err = p.append(buf[:0], &m); err != nil {
				return function.Failf(i, "%v", err)
			}
			c.Out.SetBytes(i, buf)
			if unit := p.unit(); unit > 0 {
				from = micros - ((micros%unit)+unit)%unit
				of, to, last = p, from+unit, i
			}
			return nil
		})
	}
}

func bindDateFormat(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 2, 2); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, class{"a TIMESTAMP or a text", func(t types.Type) bool { return t.IsTimestamp() || t.IsText() }, nil}, anyText)
	if err != nil {
		return function.Signature{}, err
	}
	if ps[0].IsText() {
		find, err := patternOf(args, 1, simple, "")
		if err != nil {
			return function.Signature{}, err
		}
		from, _ := compilePattern(standard, simple)
		return partial(ps, types.TString, printing(find, 1, func(c *function.Call, i int) (int64, int64, bool) {
			return from.parse(types.View(text(c, 0, i)))
		}, func(c *function.Call, _ int, local int64) int64 { return local - laterInstant(c.Env.Zone, local) }))
	}
	find, err := patternOf(args, 1, modern, "")
	if err != nil {
		return function.Signature{}, err
	}
	zoned := ps[0].Kind == types.TimestampLTZ
	return partial(ps, types.TString, printing(find, 1, func(c *function.Call, i int) (int64, int64, bool) {
		micros, nanos := timestampAt(c.Args[0], i)
		if zoned {
			micros = c.Env.Zone.Local(micros)
		}
		return micros, nanos, true
	}, nil))
}

// timestampAt is row i of a flat or constant timestamp vector.
func timestampAt(v *vector.Vector, i int) (micros, nanos int64) {
	i &= v.Mask()
	if v.Layout() == vector.Fine {
		nanos = int64(v.Int32s()[i])
	}
	return v.Int64s()[i], nanos
}

// setTimestamp sets row i, cut to the digits of its type.
func setTimestamp(out *vector.Vector, i int, micros, nanos int64) {
	p := int(out.Type.Precision)
	if out.Layout() == vector.Fine {
		out.Int64s()[i], out.Int32s()[i] = micros, int32(types.TruncateNanos(nanos, p))
		return
	}
	out.Int64s()[i] = types.TruncateMicros(micros, p)
}

// readTimestamp reads a text by a pattern, and if that does not fit as java.sql's
// Timestamp.valueOf and Date.valueOf do, which Flink tries then.
func readTimestamp(s string, p *pattern) (micros, nanos int64, ok bool) {
	if micros, nanos, ok = p.parse(s); ok {
		return micros, nanos, true
	}
	return readJDBC(strings.Trim(s, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f "))
}

// readJDBC reads yyyy-[m]m-[d]d, and h:m:s with an optional fraction behind a space.
// Days beyond the month and hours beyond the day carry over.
func readJDBC(s string) (micros, nanos int64, ok bool) {
	date, clock, hasClock := strings.Cut(s, " ")
	year, rest, ok1 := strings.Cut(date, "-")
	month, day, ok2 := strings.Cut(rest, "-")
	y, oky := smallNumber(year, 4)
	m, okm := smallNumber(month, 2)
	d, okd := smallNumber(day, 2)
	if !ok1 || !ok2 || !oky || !okm || !okd || len(year) != 4 || y < 1 || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, 0, false
	}
	micros = types.DateOf(y, m, d) * types.MicrosPerDay
	if !hasClock {
		return micros, 0, true
	}
	hour, rest, ok1 := strings.Cut(strings.TrimSpace(clock), ":")
	minute, second, ok2 := strings.Cut(rest, ":")
	second, fraction, hasFraction := strings.Cut(second, ".")
	h, okh := smallNumber(hour, 9)
	n, okn := smallNumber(minute, 9)
	sec, oks := smallNumber(second, 9)
	if !ok1 || !ok2 || !okh || !okn || !oks {
		return 0, 0, false
	}
	micros += (int64(h)*3600 + int64(n)*60 + int64(sec)) * types.MicrosPerSecond
	if hasFraction {
		f, okf := smallNumber(fraction, 9)
		if !okf {
			return 0, 0, false
		}
		ns := int64(f) * types.Pow10(9-len(fraction))
		micros, nanos = micros+ns/1000, ns%1000
	}
	return micros, nanos, micros >= types.MinMicros && micros <= types.MaxMicros
}

// smallNumber reads 1 to most digits.
func smallNumber(s string, most int) (n int, ok bool) {
	if s == "" || len(s) > most {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// parsing makes the kernel that reads argument 0 by a pattern in argument 1, without
// one as CAST reads a TIMESTAMP. A pattern that is none gives NULL.
func parsing(args []function.Arg, set func(c *function.Call, i int, micros, nanos int64) error) (function.Kernel, error) {
	var find finder
	if len(args) > 1 {
		var err error
		if find, err = patternOf(args, 1, modern, ""); err != nil {
			find = func(*function.Call, int) (*pattern, error) { return nil, nil }
		}
	}
	return func(c *function.Call) error {
		return c.Rows(func(i int) error {
			s := types.View(text(c, 0, i))
			var micros, nanos int64
			ok := false
			if find == nil {
				var err error
				micros, nanos, err = types.ParseTimestamp(s, 9)
				ok = err == nil
			} else if p, err := find(c, i); err == nil && p != nil {
				micros, nanos, ok = readTimestamp(s, p)
			}
			if !ok {
				c.Out.SetNull(i)
				return nil
			}
			return set(c, i, micros, nanos)
		})
	}, nil
}

func bindToTimestamp(ps []types.Type, args []function.Arg, result types.Type) (function.Signature, error) {
	k, err := parsing(args, func(c *function.Call, i int, micros, nanos int64) error {
		setTimestamp(c.Out, i, micros, nanos)
		return nil
	})
	if err != nil {
		return function.Signature{}, err
	}
	return partial(ps, result, k)
}

func bindToDate(ps []types.Type, args []function.Arg) (function.Signature, error) {
	if len(args) == 1 {
		return partial(ps, types.Type{Kind: types.Date}, func(c *function.Call) error {
			out := c.Out.Int32s()
			return c.Rows(func(i int) error {
				days, err := types.ParseDate(types.View(text(c, 0, i)))
				if err != nil {
					c.Out.SetNull(i)
				}
				out[i] = int32(days)
				return nil
			})
		})
	}
	if p, ok := literalText(args[1]); ok {
		if _, err := compilePattern(p, modern); err != nil {
			return function.Signature{}, err
		}
	}
	k, err := parsing(args, func(c *function.Call, i int, micros, _ int64) error {
		days, _ := types.SplitMicros(micros)
		c.Out.Int32s()[i] = int32(days)
		return nil
	})
	if err != nil {
		return function.Signature{}, err
	}
	return partial(ps, types.Type{Kind: types.Date}, k)
}

func bindToTimestampLTZ(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 1, 3); err != nil {
		return function.Signature{}, err
	}
	if args[0].Type.IsText() || isNull(args[0].Type) && len(args) == 3 {
		return binding(2, bindTextToLTZ, anyText, anyText, anyText)(args)
	}
	return binding(1, func(ps []types.Type, args []function.Arg) (function.Signature, error) {
		p := int32(3)
		if len(args) > 1 && args[1].Literal != nil && !args[1].Literal.Null {
			p = int32(args[1].Literal.I)
			if p < 0 || p > 9 {
				return function.Signature{}, errPrecision
			}
		}
		k := epochKernel
		switch ps[0].Kind {
		case types.Float, types.Double:
			ps[0] = types.TDouble.WithNull(!ps[0].NotNull)
		default:
			ps[0] = types.TBigInt.WithNull(!ps[0].NotNull)
		}
		return partial(ps, types.TTimestampLTZ(int(max(p, 3))), k)
	}, anyNumber, wholeInt)(args)
}

// lastSecond is the last second of the year 9999.
const lastSecond = 253402300799

// epochKernel reads a number of 10^-precision seconds since 1970.
func epochKernel(c *function.Call) error {
	return c.Rows(func(i int) error {
		p := int32(3)
		if len(c.Args) > 1 {
			p = int32At(c, 1, i)
		}
		if p < 0 || p > 9 {
			return function.Failf(i, "%v", errPrecision)
		}
		var n int64
		if v := c.Args[0]; v.Layout() == vector.Float64s {
			// Down to milliseconds a fraction counts as far as milliseconds go.
			x := v.Float64s()[i&v.Mask()]
			if p == 0 && x > lastSecond {
				c.Out.SetNull(i)
				return nil
			}
			if p < 3 {
				x *= float64(types.Pow10(int(3 - p)))
				p = 3
			} else {
				x = math.Floor(x)
			}
			n = types.FloatToInt64(x)
		} else {
			n = v.Int64s()[i&v.Mask()]
		}
		micros, nanos, ok := scaleEpoch(n, int(p))
		if !ok {
			c.Out.SetNull(i)
			return nil
		}
		setTimestamp(c.Out, i, micros, nanos)
		return nil
	})
}

// scaleEpoch is n * 10^-p seconds in microseconds and nanoseconds; false beyond the
// years 1 to 9999.
func scaleEpoch(n int64, p int) (micros, nanos int64, ok bool) {
	if p > 6 {
		unit := types.Pow10(p - 6)
		micros, nanos = n/unit, n%unit
		if nanos < 0 {
			micros, nanos = micros-1, nanos+unit
		}
		nanos *= types.Pow10(9 - p)
	} else {
		unit := types.Pow10(6 - p)
		if n > math.MaxInt64/unit || n < math.MinInt64/unit {
			return 0, 0, false
		}
		micros = n * unit
	}
	const yearZero = types.MinMicros - 366*types.MicrosPerDay // Flink's least here
	return micros, nanos, micros >= yearZero && micros <= types.MaxMicros
}

// bindTextToLTZ reads a text in the zone of argument 2. Without a pattern a text that
// says no time fails, unlike with one, as in Flink.
func bindTextToLTZ(ps []types.Type, args []function.Arg) (function.Signature, error) {
	if len(args) == 1 {
		return partial(ps, types.TTimestampLTZ(3), func(c *function.Call) error {
			return c.Rows(func(i int) error {
				micros, nanos, err := types.ParseTimestamp(types.View(text(c, 0, i)), 9)
				if err != nil {
					return function.Failf(i, "'%s' is no timestamp", text(c, 0, i))
				}
				setTimestamp(c.Out, i, micros, nanos)
				return nil
			})
		})
	}
	if p, ok := literalText(args[1]); ok {
		if _, err := compilePattern(p, modern); err != nil {
			return function.Signature{}, err
		}
	}
	if len(args) > 2 {
		if z, ok := literalText(args[2]); ok {
			if _, err := zones.get([]byte(z)); err != nil {
				return function.Signature{}, err
			}
		}
	}
	zone := func(*function.Call, int) (*types.Zone, error) { return types.UTC, nil }
	if len(args) > 2 {
		zone = func(c *function.Call, i int) (*types.Zone, error) { return zones.get(text(c, 2, i)) }
	}
	k, err := parsing(args, func(c *function.Call, i int, micros, nanos int64) error {
		z, err := zone(c, i)
		if err != nil {
			return function.Failf(i, "%v", err)
		}
		setTimestamp(c.Out, i, z.Instant(micros), nanos)
		return nil
	})
	if err != nil {
		return function.Signature{}, err
	}
	return partial(ps, types.TTimestampLTZ(3), k)
}
