package datagen

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// fields reads the options of columns, 'fields.NAME.OPTION', while generators are made
// of them, and remembers which were read: one that no generator asked for is an error, as
// it is in Flink.
type fields struct {
	given map[string]string // without "fields."
	used  map[string]bool
	asked []string // every option that a column takes
	now   func() time.Time
}

func (f *fields) get(name, key string) (string, bool) {
	full := name + "." + key
	f.asked = append(f.asked, "fields."+full)
	text, ok := f.given[full]
	if ok {
		f.used[full] = true
	}
	return strings.TrimSpace(text), ok
}

func wrong(name, key, text, expected string) error {
	return fmt.Errorf("option 'fields.%s.%s' = '%s': expected %s", name, key, text, expected)
}

// unused names the first option that nothing has asked for.
func (f *fields) unused() error {
	var names []string
	for n := range f.given {
		if !f.used[n] {
			names = append(names, "fields."+n)
		}
	}
	if len(names) == 0 {
		return nil
	}
	sort.Strings(names)
	text := fmt.Sprintf("unknown option '%s' for this schema", names[0])
	if hint := option.Nearest(names[0], f.asked); hint != "" {
		text += "; " + hint
	}
	return fmt.Errorf("%s", text)
}

func (f *fields) number(name, key string, fallback float64) (float64, error) {
	text, ok := f.get(name, key)
	if !ok {
		return fallback, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, wrong(name, key, text, "a number")
	}
	return x, nil
}

func (f *fields) integer(name, key string, fallback int64, bits int) (int64, error) {
	text, ok := f.get(name, key)
	if !ok {
		return fallback, nil
	}
	x, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		return 0, wrong(name, key, text, "a whole number of the column's type")
	}
	return x, nil
}

// column makes the generator of a column.
func (f *fields) column(name string, t types.Type, seed uint64) (generator, error) {
	switch kind, ok := f.get(name, "kind"); {
	case ok && kind == "sequence":
		return f.sequence(name, t)
	case ok && kind != "random":
		return nil, wrong(name, "kind", kind, "'random' or 'sequence'")
	}
	return f.generator(name, t, seed)
}

// generator makes the generator of random values of a column or of a part of one.
func (f *fields) generator(name string, t types.Type, seed uint64) (generator, error) {
	g, err := f.random(name, t, seed)
	if err != nil {
		return nil, err
	}
	if t.IsBytes() {
		return g, nil // as in Flink, which makes no NULLs of them
	}
	rate, err := f.number(name, "null-rate", 0)
	switch {
	case err != nil:
		return nil, err
	case rate < 0 || rate > 1:
		return nil, fmt.Errorf("option 'fields.%s.null-rate' = '%g': expected a number from 0 to 1", name, rate)
	case rate > 0 && t.NotNull:
		return nil, fmt.Errorf("option 'fields.%s.null-rate': the column is NOT NULL", name)
	case rate > 0:
		return nulls{of: g, seed: mix(seed, 1), rate: rate}, nil
	}
	return g, nil
}

// bits is the width of an integer type.
func bits(t types.Type) int {
	switch t.Kind {
	case types.TinyInt:
		return 8
	case types.SmallInt:
		return 16
	case types.BigInt, types.IntervalDay:
		return 64
	}
	return 32
}

func (f *fields) random(name string, t types.Type, seed uint64) (generator, error) {
	switch t.Kind {
	case types.Boolean:
		return booleans{seed}, nil
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.IntervalMonth, types.IntervalDay:
		return f.integers(name, t, seed)
	case types.Float, types.Double:
		return f.floats(name, t, seed)
	case types.Decimal:
		return f.decimals(name, t, seed)
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		return f.texts(name, t, seed)
	case types.Date, types.Time:
		return clock{now: f.now, kind: t.Kind}, nil
	case types.Timestamp, types.TimestampLTZ:
		text, ok := f.get(name, "max-past")
		past, err := time.Duration(0), error(nil)
		if ok {
			if past, err = option.ParseDuration(text); err != nil {
				return nil, wrong(name, "max-past", text, "a duration such as '5 s'")
			}
		}
		whole := int64(1) // milliseconds that the type can tell apart
		for range 3 - int(t.Precision) {
			whole *= 10
		}
		return instants{seed: seed, now: f.now, past: past.Milliseconds(), whole: whole}, nil
	case types.Row:
		var g row
		for _, field := range t.Fields {
			kid, err := f.generator(name+"."+field.Name, field.Type, seedOf(field.Name)^mix(seed, 2))
			if err != nil {
				return nil, err
			}
			g.fields = append(g.fields, kid)
		}
		return g, nil
	case types.Array, types.Map, types.Multiset:
		return f.lists(name, t, seed)
	}
	return nil, fmt.Errorf("column '%s': no values can be generated for its type %s", name, t)
}

func (f *fields) integers(name string, t types.Type, seed uint64) (generator, error) {
	width := bits(t)
	low, high := int64(-1)<<(width-1), int64(1)<<(width-1)-1
	if t.Kind == types.IntervalMonth {
		low, high = 0, 120_000
	}
	from, err := f.integer(name, "min", low, width)
	if err != nil {
		return nil, err
	}
	to, err := f.integer(name, "max", high, width)
	if err != nil {
		return nil, err
	}
	if from >= to {
		return nil, less(name)
	}
	return integers{seed: seed, from: from, span: uint64(to-from) + 1}, nil
}

func less(name string) error {
	return fmt.Errorf("option 'fields.%s.min' has to be less than 'fields.%s.max'", name, name)
}

func (f *fields) floats(name string, t types.Type, seed uint64) (generator, error) {
	high := math.MaxFloat64
	if t.Kind == types.Float {
		high = math.MaxFloat32
	}
	from, err := f.number(name, "min", 0)
	if err != nil {
		return nil, err
	}
	to, err := f.number(name, "max", high)
	if err != nil {
		return nil, err
	}
	if math.Abs(from) > high || math.Abs(to) > high {
		return nil, fmt.Errorf("column '%s': 'min' and 'max' have to be numbers of its type", name)
	}
	if from >= to {
		return nil, less(name)
	}
	return floats{seed: seed, from: from, to: to}, nil
}

// decimals are uniform over all numbers of the type from min, 0 by default, to max.
func (f *fields) decimals(name string, t types.Type, seed uint64) (generator, error) {
	p, s := int(t.Precision), int(t.Scale)
	bound := func(key string, fallback types.Int128) (types.Int128, error) {
		text, ok := f.get(name, key)
		if !ok {
			return fallback, nil
		}
		x, err := types.ParseDecimal(text, p, s)
		if err != nil {
			return x, wrong(name, key, text, "a number of the column's type")
		}
		return x, nil
	}
	greatest := types.Int128Of(1)
	for range p {
		greatest = greatest.Mul(types.Int128Of(10))
	}
	from, err := bound("min", types.Int128{})
	if err != nil {
		return nil, err
	}
	to, err := bound("max", greatest.Sub(types.Int128Of(1)))
	if err != nil {
		return nil, err
	}
	if from.Cmp(to) >= 0 {
		return nil, less(name)
	}
	return decimals{seed: seed, from: from, span: to.Sub(from).Add(types.Int128Of(1)), wide: vector.LayoutOf(t) == vector.Int128s}, nil
}

// texts are hexadecimal digits, and random bytes for binary types.
func (f *fields) texts(name string, t types.Type, seed uint64) (generator, error) {
	g := texts{seed: seed, length: int(t.Precision), bytes: t.IsBytes()}
	if t.Kind == types.Char || t.Kind == types.Binary {
		return g, nil
	}
	if g.length == types.MaxLength {
		g.length = 100
	}
	length, err := f.integer(name, "length", int64(g.length), 32)
	if err != nil {
		return nil, err
	}
	if length < 1 || length > int64(t.Precision) || length > maxText {
		return nil, fmt.Errorf("option 'fields.%s.length' = '%d': expected a number from 1 to %d", name, length, min(int64(t.Precision), maxText))
	}
	g.length = int(length)
	if text, ok := f.get(name, "var-len"); ok {
		switch strings.ToLower(text) {
		case "true":
			g.varying = true
		case "false":
		default:
			return nil, wrong(name, "var-len", text, "true or false")
		}
	}
	return g, nil
}

// maxText and maxElements bound what one generated value may take.
const (
	maxText     = 1 << 20
	maxElements = 1 << 16
)

func (f *fields) lists(name string, t types.Type, seed uint64) (generator, error) {
	length, err := f.integer(name, "length", 3, 32)
	if err != nil {
		return nil, err
	}
	if length < 0 || length > maxElements {
		return nil, fmt.Errorf("option 'fields.%s.length' = '%d': expected a number from 0 to %d", name, length, maxElements)
	}
	g := list{length: int(length)}
	parts, kinds := []string{"element"}, []types.Type{*t.Elem}
	if t.Kind == types.Map {
		parts, kinds = []string{"key", "value"}, []types.Type{*t.Key, *t.Elem}
	}
	for i, part := range parts {
		kid, err := f.generator(name+"."+part, kinds[i], mix(seed, uint64(3+i)))
		if err != nil {
			return nil, err
		}
		g.parts = append(g.parts, kid)
	}
	if t.Kind == types.Multiset { // how often each element is in it
		g.parts = append(g.parts, integers{seed: mix(seed, 5), from: 1, span: 10})
	}
	g.distinct = t.Kind != types.Array
	return g, nil
}

// sequence counts from start to end. Flink's generators of DECIMAL fail when they run.
func (f *fields) sequence(name string, t types.Type) (generator, error) {
	width := 64
	if t.IsInteger() {
		width = bits(t)
	} else if !t.IsText() && t.Kind != types.Float && t.Kind != types.Double {
		return nil, fmt.Errorf("option 'fields.%s.kind' = 'sequence': not supported for type %s", name, t)
	}
	var ends [2]int64
	for i, key := range []string{"start", "end"} {
		if _, ok := f.given[name+"."+key]; !ok {
			return nil, fmt.Errorf("option 'fields.%s.%s' is required for a sequence", name, key)
		}
		var err error
		if ends[i], err = f.integer(name, key, 0, width); err != nil {
			return nil, err
		}
	}
	if ends[0] > ends[1] {
		return nil, fmt.Errorf("option 'fields.%s.end' is less than 'fields.%s.start'", name, name)
	}
	if span := uint64(ends[1]) - uint64(ends[0]); span >= math.MaxInt64 {
		return nil, fmt.Errorf("column '%s': the sequence is too long", name)
	}
	return sequence{start: ends[0], count: uint64(ends[1]-ends[0]) + 1, typ: t}, nil
}
