package functions

import (
	"bytes"
	"errors"
	"slices"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Functions that take a text apart into many, or one of many.
var splitFunctions = []*function.Function{
	{
		Name: "SPLIT", Family: "collection", BareNull: true,
		Summary:  "the parts of the text between the delimiters, or its characters if the delimiter is empty",
		Syntax:   []string{"SPLIT(text, delimiter)"},
		Examples: examples("SPLIT('a,b,,c', ',')", "[a, b, , c]", "SPLIT('abc', '')", "[a, b, c]", "CARDINALITY(SPLIT('', ','))", "0"),
		Bind: binding(0, func(ps []types.Type, _ []function.Arg) (function.Signature, error) {
			return strict(ps, arrayOf(types.TString), split)
		}, anyText, anyText),
	},
	{
		Name: "STR_TO_MAP", Family: "collection",
		Summary:  "the text as a map: pairs of key and value, delimited by regular expressions, a comma and = by default; NULL for a value that is missing",
		Syntax:   []string{"STR_TO_MAP(text [, pair delimiter, value delimiter])"},
		Examples: examples("STR_TO_MAP('k1=v1,k2=v2')['k2']", "v2", "STR_TO_MAP('a:1;b', ';', ':')['b']", "NULL"),
		Bind:     bindStrToMap,
	},
	{
		Name: "ELT", Family: "string", BareNull: true,
		Summary:  "the value numbered index, from 1, of those that follow; NULL where there is none",
		Syntax:   []string{"ELT(index, value, ...)"},
		Examples: examples("ELT(2, 'a', 'b')", "b", "ELT(3, 'a', 'b')", "NULL"),
		Bind:     bindElt,
	},
}

// arrayOf is ARRAY<t>.
func arrayOf(t types.Type) types.Type { return types.Type{Kind: types.Array, Elem: &t} }

func split(c *function.Call) error {
	return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
		b, delimiter, parts := text(c, 0, i), text(c, 1, i), out.Child(0)
		if len(delimiter) == 0 {
			for len(b) > 0 {
				_, n := utf8.DecodeRune(b)
				parts.AppendBytes(b[:n])
				b = b[n:]
			}
		}
		for more := len(b) > 0; more; {
			var part []byte
			part, b, more = bytes.Cut(b, delimiter)
			parts.AppendBytes(part)
		}
		return true, nil
	})
}

func bindStrToMap(args []function.Arg) (function.Signature, error) {
	if len(args) == 2 {
		return function.Signature{}, errors.New("takes 1 or 3 arguments, not 2")
	}
	if err := arity(args, 1, 3); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText)
	if err != nil {
		return function.Signature{}, err
	}
	find := [2]func([]byte) (*javaRegexp, error){}
	for k, usual := range []string{",", "="} {
		pattern, ok := usual, true
		if len(args) > 1 {
			pattern, ok = literalText(args[k+1])
		}
		if !ok {
			cache := new(memo[*javaRegexp])
			find[k] = func(b []byte) (*javaRegexp, error) { return cache.get(b, compileRegexp) }
			continue
		}
		re, err := compileRegexp(pattern)
		if err != nil && err != errPattern {
			return function.Signature{}, err
		}
		find[k] = func([]byte) (*javaRegexp, error) { return re, err }
	}
	text0 := types.TString
	result := types.Type{Kind: types.Map, Key: &text0, Elem: &text0}
	return partial(ps, result, func(c *function.Call) error {
		var m textMap
		return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
			var by [2]*javaRegexp
			for k := range by {
				var delimiter []byte
				if len(c.Args) > 1 {
					delimiter = text(c, k+1, i)
				}
				var err error
				if by[k], err = find[k](delimiter); err != nil {
					return false, function.Failf(i, "'%s': %v", delimiter, err)
				}
			}
			for _, re := range by {
				if err := re.sees(text(c, 0, i)); err != nil {
					return false, function.Failf(i, "%v", err)
				}
			}
			m.read(text(c, 0, i), by[0], by[1])
			m.append(out)
			return true, nil
		})
	})
}

// textMap is a map of texts that are parts of one text, in the order in which Java's
// HashMap keeps them, which is that of Flink's result.
type textMap struct{ entries []textEntry }

type textEntry struct {
	key, value []byte
	null       bool
	hash       uint32
}

// read splits b as Java's String.split does: empty parts at the end are dropped, but a
// text without a delimiter is one part.
func (m *textMap) read(b []byte, pairs, values *javaRegexp) {
	m.entries = m.entries[:0]
	if len(b) == 0 {
		return
	}
	for _, pair := range javaSplit(b, pairs) {
		e := textEntry{key: pair, null: true}
		// At most two parts: the value keeps further delimiters.
		if at := firstSplit(pair, values); at != nil {
			e.key, e.value, e.null = pair[:at[0]], pair[at[1]:], false
		}
		e.hash = javaHash(e.key)
		m.put(e)
	}
}

func (m *textMap) put(e textEntry) {
	for i := range m.entries {
		if bytes.Equal(m.entries[i].key, e.key) {
			m.entries[i].value, m.entries[i].null = e.value, e.null
			return
		}
	}
	m.entries = append(m.entries, e)
}

func (m *textMap) append(out *vector.Vector) {
	size := uint32(16)
	for len(m.entries)*4 > int(size)*3 {
		size *= 2
	}
	slices.SortStableFunc(m.entries, func(a, b textEntry) int { return int(a.hash&(size-1)) - int(b.hash&(size-1)) })
	for _, e := range m.entries {
		out.Child(0).AppendBytes(e.key)
		if e.null {
			out.Child(1).AppendNull()
		} else {
			out.Child(1).AppendBytes(e.value)
		}
	}
}

// javaHash is the hash of a text that HashMap uses.
func javaHash(b []byte) uint32 {
	h := stringHash(b)
	return h ^ h>>16
}

// javaSplit is String.split(pattern): an empty match at the beginning splits nothing.
func javaSplit(b []byte, re *javaRegexp) [][]byte {
	var parts [][]byte
	from := 0
	for _, at := range re.all(b) {
		if at[1] == 0 { // an empty match at the beginning splits nothing
			continue
		}
		parts = append(parts, b[from:at[0]])
		from = at[1]
	}
	if from == 0 && len(parts) == 0 {
		return [][]byte{b}
	}
	parts = append(parts, b[from:])
	for len(parts) > 0 && len(parts[len(parts)-1]) == 0 {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// firstSplit is the first match that splits, or nil.
func firstSplit(b []byte, re *javaRegexp) []int {
	for _, at := range re.all(b) {
		if at[1] > 0 {
			return at
		}
	}
	return nil
}

func bindElt(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 2, many); err != nil {
		return function.Signature{}, err
	}
	if t := args[0].Type; !t.IsInteger() && !isNull(t) {
		return function.Signature{}, errors.New("argument 1 must be an integer, not " + t.Nullable().String())
	}
	if l := args[0].Literal; l != nil && !l.Null && l.I < 0 {
		return function.Signature{}, errors.New("the index must not be negative")
	}
	t, ok := commonOf(args[1:])
	if isNull(t) {
		t = types.Type{Kind: types.VarChar, Precision: 1}
	}
	if !ok || !t.IsText() && !t.IsBytes() {
		return function.Signature{}, errors.New("all values must be texts, or all bytes")
	}
	ps := []types.Type{types.TBigInt.WithNull(!args[0].Type.NotNull)}
	for _, a := range args[1:] {
		ps = append(ps, t.WithNull(!a.Type.NotNull))
	}
	kernel := func(c *function.Call) error {
		return c.Rows(func(i int) error {
			n := int64(0)
			if !c.Args[0].IsNull(i) {
				n = int64At(c, 0, i)
			}
			if n < 1 || n >= int64(len(c.Args)) || c.Args[n].IsNull(i) {
				c.Out.SetNull(i)
				return nil
			}
			c.Out.SetBytes(i, text(c, int(n), i))
			return nil
		})
	}
	return function.Signature{Params: ps, Result: t.Nullable(), Kernel: kernel, NullIn: true}, nil
}
