package main

// How what was written is held against what is expected:
//
//  1. Values are compared as values of the column's type, never as text: doubles bit for bit (NaN is NaN),
//     timestamps with all their digits, maps and multisets in any order.
//  2. Where a case gives its rows as text only, the text is read as the column's type. A text with commas in it
//     makes that ambiguous, so every way to cut the line into columns is tried.
//  3. Rows are compared as a multiset: each expected row takes one row away.
//  4. Folded: a changelog is first reduced to the rows that are left.

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// row is a change that a sink, or a SELECT, was given.
type row struct {
	Kind   vector.Kind
	Values []types.Value
}

// rows are changes with their columns.
type rows struct {
	Columns []types.Field
	Rows    []row
	// Loose lets doubles differ in their last digits: sums in another order.
	Loose bool
}

func (r *rows) text(x row, kind bool) string {
	if kind {
		return string(types.AppendRow(nil, x.Kind.String(), x.Values, r.Columns))
	}
	return string(types.AppendRow(nil, "", x.Values, r.Columns))
}

func (r *rows) texts(kind bool) string {
	var lines []string
	for _, x := range r.Rows {
		lines = append(lines, r.text(x, kind))
	}
	sort.Strings(lines)
	return "  " + strings.Join(lines, "\n  ")
}

// equal compares two values of one type.
func equal(a, b types.Value, t types.Type, loose bool) bool {
	if a.Null || b.Null {
		return a.Null && b.Null
	}
	switch t.Kind {
	case types.Float, types.Double:
		return equalFloat(a.F, b.F, loose)
	case types.Char, types.VarChar, types.Binary, types.VarBinary:
		return a.S == b.S
	case types.Decimal, types.Timestamp, types.TimestampLTZ:
		return a.I == b.I && a.Hi == b.Hi
	case types.Array:
		return equalList(a.Elems, b.Elems, func(int) types.Type { return *t.Elem }, loose)
	case types.Row:
		return equalList(a.Elems, b.Elems, func(i int) types.Type { return t.Fields[i].Type }, loose)
	case types.Map:
		return equalEntries(a.Elems, b.Elems, *t.Key, *t.Elem, loose)
	case types.Multiset:
		return equalEntries(a.Elems, b.Elems, *t.Elem, types.TInt, loose)
	}
	return a.I == b.I
}

func equalFloat(a, b float64, loose bool) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	if loose && math.Abs(a-b) <= 1e-12*math.Max(math.Abs(a), math.Abs(b)) {
		return true
	}
	return math.Float64bits(a) == math.Float64bits(b)
}

func equalList(a, b []types.Value, of func(int) types.Type, loose bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i], of(i), loose) {
			return false
		}
	}
	return true
}

func equalEntries(a, b []types.Value, key, value types.Type, loose bool) bool {
	if len(a) != len(b) {
		return false
	}
	used := make([]bool, len(b)/2)
next:
	for i := 0; i+1 < len(a); i += 2 {
		for j := range used {
			if !used[j] && equal(a[i], b[2*j], key, loose) && equal(a[i+1], b[2*j+1], value, loose) {
				used[j] = true
				continue next
			}
		}
		return false
	}
	return true
}

func equalRow(a, b row, columns []types.Field, loose bool) bool {
	return a.Kind == b.Kind && len(a.Values) == len(b.Values) && len(a.Values) == len(columns) &&
		equalList(a.Values, b.Values, func(i int) types.Type { return columns[i].Type }, loose)
}

var kindOf = map[string]vector.Kind{"+I": vector.Insert, "-U": vector.UpdateBefore, "+U": vector.UpdateAfter, "-D": vector.Delete, "": vector.Insert}

// fold reduces a changelog to the rows that are left, all as inserts. With a key it is an upsert changelog: the last
// row of each key counts. A row that is taken back and was not there is left as -D.
func (r *rows) fold(key []int) *rows {
	out := &rows{Columns: r.Columns, Loose: r.Loose}
	same := func(a, b row) bool {
		if len(key) == 0 {
			return equalRow(a, b, r.Columns, r.Loose)
		}
		for _, k := range key {
			if !equal(a.Values[k], b.Values[k], r.Columns[k].Type, false) {
				return false
			}
		}
		return true
	}
	for _, x := range r.Rows {
		taken := x.Kind.Retracts()
		x.Kind = vector.Insert
		at := -1
		for i := range out.Rows {
			y := out.Rows[i]
			y.Kind = vector.Insert
			if (out.Rows[i].Kind == vector.Delete) != taken && same(x, y) {
				at = i
				break
			}
		}
		switch {
		case len(key) > 0 && taken && at >= 0, len(key) == 0 && at >= 0:
			out.Rows = append(out.Rows[:at], out.Rows[at+1:]...)
		case len(key) > 0 && !taken:
			if at = indexOf(out.Rows, func(y row) bool { return same(x, y) }); at >= 0 {
				out.Rows[at] = x
			} else {
				out.Rows = append(out.Rows, x)
			}
		case taken && len(key) == 0:
			x.Kind = vector.Delete
			out.Rows = append(out.Rows, x)
		case !taken:
			out.Rows = append(out.Rows, x)
		}
	}
	return out
}

func indexOf(list []row, is func(row) bool) int {
	for i := range list {
		if is(list[i]) {
			return i
		}
	}
	return -1
}

// expectRows holds the rows against typed ones, as a multiset.
func (r *rows) expectRows(want []change) error {
	var list []row
	for _, c := range want {
		if len(c.Values) != len(r.Columns) {
			return fmt.Errorf("expected rows have %d columns, the query %d", len(c.Values), len(r.Columns))
		}
		x := row{Kind: kindOf[c.Kind]}
		for i, raw := range c.Values {
			v, err := valueOf(raw, r.Columns[i].Type, false)
			if err != nil {
				return fmt.Errorf("expected value: %w", err)
			}
			x.Values = append(x.Values, v)
		}
		list = append(list, x)
	}
	return r.take(len(list), func(i int, x row) bool { return equalRow(x, list[i], r.Columns, r.Loose) },
		func() string {
			return (&rows{Columns: r.Columns, Rows: list}).texts(true)
		})
}

// expectLines holds the rows against lines of text, as a multiset; see readsAs for their form.
func (r *rows) expectLines(want []string, kinds bool) error {
	return r.take(len(want), func(i int, x row) bool { return r.readsAs(want[i], x, kinds) },
		func() string {
			sorted := append([]string(nil), want...)
			sort.Strings(sorted)
			return "  " + strings.Join(sorted, "\n  ")
		})
}

func (r *rows) take(n int, is func(int, row) bool, want func() string) error {
	left := append([]row(nil), r.Rows...)
	missing := 0
	for i := 0; i < n; i++ {
		at := indexOf(left, func(x row) bool { return is(i, x) })
		if at < 0 {
			missing++
			continue
		}
		left = append(left[:at], left[at+1:]...)
	}
	if missing == 0 && len(left) == 0 {
		return nil
	}
	return fmt.Errorf("%d rows are missing, %d are too many; got\n%s\nexpected\n%s", missing, len(left), r.texts(true), want())
}

// readsAs tells whether a line is a row: "+I[a, 1]", "(true,a,1)" or "a,1".
func (r *rows) readsAs(line string, x row, kinds bool) bool {
	kind, body, separator := vector.Insert, line, ","
	switch {
	case len(line) > 3 && hasKind(line) && line[2] == '[' && strings.HasSuffix(line, "]"):
		kind, body, separator = kindOf[line[:2]], line[3:len(line)-1], ", "
	case len(line) > 3 && hasKind(line) && line[2] == '(' && strings.HasSuffix(line, ")"):
		kind, body = kindOf[line[:2]], line[3:len(line)-1]
	case strings.HasPrefix(line, "(true,") && strings.HasSuffix(line, ")"):
		body = line[6 : len(line)-1]
	case strings.HasPrefix(line, "(false,") && strings.HasSuffix(line, ")"):
		kind, body = vector.Delete, line[7:len(line)-1]
	}
	if kinds {
		if strings.HasPrefix(line, "(") {
			if x.Kind.Retracts() != kind.Retracts() {
				return false
			}
		} else if x.Kind != kind {
			return false
		}
	}
	return cut(body, separator, x.Values, r.Columns, r.Loose)
}

// hasKind tells whether a text begins with the short name of a kind.
func hasKind(line string) bool {
	if len(line) < 2 {
		return false
	}
	_, ok := kindOf[line[:2]]
	return ok
}

// cut tells whether a text can be cut into the given values at some of its separators.
func cut(text, separator string, values []types.Value, fields []types.Field, loose bool) bool {
	if len(values) == 0 {
		return text == ""
	}
	if len(values) == 1 {
		return textIs(text, values[0], fields[0].Type, loose)
	}
	for at := 0; ; {
		n := strings.Index(text[at:], separator)
		if n < 0 {
			return false
		}
		if textIs(text[:at+n], values[0], fields[0].Type, loose) &&
			cut(text[at+n+len(separator):], separator, values[1:], fields[1:], loose) {
			return true
		}
		at += n + 1
	}
}

// textIs tells whether a text is a value, as Row.toString prints values of its type.
func textIs(text string, v types.Value, t types.Type, loose bool) bool {
	if v.Null {
		return text == "null"
	}
	switch t.Kind {
	case types.Char, types.VarChar:
		return text == v.S
	case types.Boolean:
		return strings.EqualFold(text, strconv.FormatBool(v.I != 0))
	case types.Float:
		f, err := strconv.ParseFloat(text, 32)
		return err == nil && equalFloat(float64(float32(f)), v.F, loose)
	case types.Double:
		f, err := strconv.ParseFloat(text, 64)
		return err == nil && equalFloat(f, v.F, loose)
	case types.Binary, types.VarBinary:
		return text == string(types.AppendSignedBytes(nil, v.S)) || text == v.S || strings.EqualFold(text, hex.EncodeToString([]byte(v.S)))
	case types.Array:
		fields := make([]types.Field, len(v.Elems))
		for i := range fields {
			fields[i].Type = *t.Elem
		}
		body, ok := within(text, "[", "]")
		return ok && cut(body, ", ", v.Elems, fields, loose)
	case types.Row:
		if len(text) > 2 && hasKind(text) {
			text = text[2:]
		}
		if body, ok := within(text, "[", "]"); ok {
			return cut(body, ", ", v.Elems, t.Fields, loose)
		}
		return cut(text, ",", v.Elems, t.Fields, loose)
	case types.Map, types.Multiset:
		body, ok := within(text, "{", "}")
		key, value := t.Elem, &types.TInt
		if t.Kind == types.Map {
			key, value = t.Key, t.Elem
		}
		return ok && entriesAre(body, v.Elems, *key, *value, loose)
	}
	b, _ := json.Marshal(text)
	want, err := valueOf(b, t, false)
	return err == nil && !want.Null && equal(want, v, t, loose)
}

func within(text, open, shut string) (string, bool) {
	if strings.HasPrefix(text, open) && strings.HasSuffix(text, shut) && len(text) >= len(open)+len(shut) {
		return text[len(open) : len(text)-len(shut)], true
	}
	return "", false
}

// entriesAre tells whether "k=v, k=v" are the entries of a map, in any order.
func entriesAre(text string, entries []types.Value, key, value types.Type, loose bool) bool {
	if len(entries) == 0 {
		return text == ""
	}
	for at := 0; at <= len(text); {
		n := strings.Index(text[at:], ", ")
		end := len(text)
		if n >= 0 {
			end = at + n
		}
		for eq := strings.IndexByte(text[:end], '='); eq >= 0 && eq < end; {
			for i := 0; i+1 < len(entries); i += 2 {
				if !textIs(text[:eq], entries[i], key, loose) || !textIs(text[eq+1:end], entries[i+1], value, loose) {
					continue
				}
				rest := append(append([]types.Value(nil), entries[:i]...), entries[i+2:]...)
				if end == len(text) && len(rest) == 0 || end < len(text) && entriesAre(text[end+2:], rest, key, value, loose) {
					return true
				}
			}
			next := strings.IndexByte(text[eq+1:end], '=')
			if next < 0 {
				break
			}
			eq += 1 + next
		}
		if n < 0 {
			return false
		}
		at = end + 2
	}
	return false
}

// readValues reads ", "-separated values of the given columns: the first way to cut them
// that every column can be read in.
func readValues(text string, fields []types.Field) ([]types.Value, bool) {
	if len(fields) == 0 {
		return nil, text == ""
	}
	if len(fields) == 1 {
		v, ok := readText(text, fields[0].Type)
		return []types.Value{v}, ok
	}
	for at := 0; ; {
		n := strings.Index(text[at:], ", ")
		if n < 0 {
			return nil, false
		}
		if v, ok := readText(text[:at+n], fields[0].Type); ok {
			if rest, ok := readValues(text[at+n+2:], fields[1:]); ok {
				return append([]types.Value{v}, rest...), true
			}
		}
		at += n + 2
	}
}

// readText reads a value that Row.toString printed.
func readText(text string, t types.Type) (types.Value, bool) {
	if text == "null" {
		return types.NullValue, true
	}
	switch t.Kind {
	case types.Char, types.VarChar:
		return types.Text(text), true
	case types.Array:
		body, ok := within(text, "[", "]")
		if !ok {
			return types.Value{}, false
		}
		for n := 0; n <= strings.Count(body, ", ")+1; n++ {
			fields := make([]types.Field, n)
			for i := range fields {
				fields[i].Type = *t.Elem
			}
			if values, ok := readValues(body, fields); ok {
				return types.Value{Elems: values}, true
			}
		}
		return types.Value{}, false
	case types.Row:
		if len(text) > 2 && hasKind(text) {
			text = text[2:]
		}
		body, ok := within(text, "[", "]")
		if !ok {
			return types.Value{}, false
		}
		values, ok := readValues(body, t.Fields)
		return types.Value{Elems: values}, ok
	case types.Binary, types.VarBinary:
		body, ok := within(text, "[", "]")
		if !ok {
			return types.Value{}, false
		}
		var b []byte
		for _, x := range strings.Split(body, ", ") {
			n, err := strconv.ParseInt(x, 10, 8)
			if err != nil {
				return types.Value{}, body == ""
			}
			b = append(b, byte(n))
		}
		return types.Text(string(b)), true
	case types.Map, types.Multiset:
		body, ok := within(text, "{", "}")
		if !ok {
			return types.Value{}, false
		}
		key, value := t.Elem, &types.TInt
		if t.Kind == types.Map {
			key, value = t.Key, t.Elem
		}
		var v types.Value
		if body == "" {
			return v, true
		}
		for _, entry := range strings.Split(body, ", ") {
			k, x, ok := strings.Cut(entry, "=")
			a, ok1 := readText(k, *key)
			b, ok2 := readText(x, *value)
			if !ok || !ok1 || !ok2 {
				return v, false
			}
			v.Elems = append(v.Elems, a, b)
		}
		return v, true
	}
	b, _ := json.Marshal(text)
	v, err := valueOf(b, t, false)
	return v, err == nil
}
