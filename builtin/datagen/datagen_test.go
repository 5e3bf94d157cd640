package datagen

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

var start = time.Date(2024, 5, 6, 7, 8, 9, 123_000_000, time.UTC)

func col(name string, t types.Type) connector.Column { return connector.Column{Name: name, Type: t} }

// open makes a table's source from "key=value;key=value".
func open(options string, cols ...connector.Column) (connector.Source, error) {
	given := map[string]string{"rows-per-second": "1000000000"}
	for _, o := range strings.Split(options, ";") {
		if k, v, ok := strings.Cut(o, "="); ok {
			given[k] = v
		}
	}
	values, problems := option.Parse(declared, given)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	c := NewWithClock(func() time.Time { return start })
	return c.NewSource(&connector.Table{Name: "t", Options: values, Schema: cols, Columns: cols})
}

// rows reads up to limit rows of each split, in batches of max, opening the split anew
// at its position after each batch.
func rows(t testing.TB, s connector.Source, cols []connector.Column, limit, max int) (all []string) {
	t.Helper()
	ctx := context.Background()
	splits, err := s.Splits(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, split := range splits {
		var at []byte
		woken := make(chan struct{}, 1)
		for n := 0; n < limit; {
			r, err := s.OpenSplit(ctx, split, at, connector.Env{Wake: func() { woken <- struct{}{} }})
			if err != nil {
				t.Fatal(err)
			}
			b := vector.NewBatch(0)
			for _, c := range cols {
				b.Cols = append(b.Cols, vector.NewBuilder(c.Type, 0))
			}
			status, err := r.Read(b, min(max, limit-n))
			if err != nil || b.Len() > max || len(b.Pos) != b.Len() {
				t.Fatalf("%v: %d rows, %d positions", err, b.Len(), len(b.Pos))
			}
			for i := range b.Len() {
				row := fmt.Sprintf("%06d:", b.Pos[i])
				for k, c := range b.Cols {
					if c.Len() != b.Len() {
						t.Fatalf("column %d has %d rows of %d", k, c.Len(), b.Len())
					}
					row += " " + string(types.AppendText(nil, c.Value(i), cols[k].Type))
				}
				all = append(all, row)
			}
			n += b.Len()
			at = r.Position()
			if status == connector.Ended {
				break
			}
			if status == connector.Waiting {
				<-woken
			}
		}
	}
	sort.Strings(all)
	return all
}

// The values of a column, without positions, in order.
func values(t testing.TB, options string, typ types.Type, n int) []string {
	t.Helper()
	cols := []connector.Column{col("a", typ)}
	s, err := open(options, cols...)
	if err != nil {
		t.Fatalf("%s: %v", options, err)
	}
	all := rows(t, s, cols, n, n)
	for i := range all {
		all[i] = all[i][8:]
	}
	return all
}

var everything = []connector.Column{
	col("i", types.TInt), col("s", types.TString), col("d", types.TDecimal(10, 2)), col("w", types.TDecimal(38, 5)), col("f", types.TDouble),
	col("r", types.TRow(types.Field{Name: "x", Type: types.TInt}, types.Field{Name: "y", Type: types.TBoolean})),
	col("l", types.Type{Kind: types.Array, Elem: &types.TBigInt}),
	col("m", types.Type{Kind: types.Map, Key: &types.TString, Elem: &types.TInt}),
	col("n", types.Type{Kind: types.Multiset, Elem: &types.TInt}),
	col("b", types.Type{Kind: types.VarBinary, Precision: types.MaxLength}),
}

func TestRowsDependOnlyOnTheirNumber(t *testing.T) {
	options := "number-of-rows=500;fields.s.length=5;fields.i.null-rate=0.3;fields.r.null-rate=0.3;fields.m.key.length=1;fields.b.length=3;fields.l.length=2"
	read := func(options string, max int) string {
		s, err := open(options, everything...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(rows(t, s, everything, 1000, max), "\n")
	}
	want := read(options, 1000)
	if n := strings.Count(want, "\n") + 1; n != 500 {
		t.Fatalf("%d rows", n)
	}
	for _, c := range []struct {
		options string
		max     int
	}{{"", 1}, {"", 7}, {";scan.parallelism=3", 100}, {";scan.parallelism=501", 100}} {
		if got := read(options+c.options, c.max); got != want {
			t.Errorf("%s in batches of %d: other rows", c.options, c.max)
		}
	}
}

// One kind of value after the other: all lie where they should, and reach its ends.
func TestRandomValues(t *testing.T) {
	for _, c := range []struct {
		options string
		typ     types.Type
		want    string // the set of values, sorted
	}{
		{"fields.a.min=-1;fields.a.max=2", types.TInt, "-1 0 1 2"},
		{"fields.a.min=9223372036854775806", types.TBigInt, "9223372036854775806 9223372036854775807"},
		{"fields.a.max=-127", types.Type{Kind: types.TinyInt}, "-127 -128"},
		{"fields.a.min=0.1;fields.a.max=0.3", types.TDecimal(5, 1), "0.1 0.2 0.3"},
		{"", types.TDecimal(1, 0), "0 1 2 3 4 5 6 7 8 9"},
		{"fields.a.min=-1e-19;fields.a.max=1e-19", types.TDecimal(38, 19), "-1E-19 0E-19 1E-19"},
		{"fields.a.null-rate=0.5", types.TBoolean, "false null true"},
		{"fields.a.null-rate=1", types.TString, "null"},
		{"fields.a.length=1", types.TString, "0 1 2 3 4 5 6 7 8 9 a b c d e f"},
		{"", types.TTimestamp(3), "2024-05-06T07:08:09.123"},
		{"", types.TTimestamp(0), "2024-05-06T07:08:09"},
		{"", types.TTimestamp(9), "2024-05-06T07:08:09.123"},
		{"", types.TTimestampLTZ(3), "2024-05-06T07:08:09.123Z"},
		{"fields.a.max-past=3", types.TTimestamp(3), "2024-05-06T07:08:09.121 2024-05-06T07:08:09.122 2024-05-06T07:08:09.123"},
		{"", types.Type{Kind: types.Date}, "2024-05-06"},
		{"", types.Type{Kind: types.Time}, "07:08:09.123"},
		{"fields.a.length=2;fields.a.element.min=1;fields.a.element.max=2", types.Type{Kind: types.Array, Elem: &types.TInt}, "[1, 1] [1, 2] [2, 1] [2, 2]"},
		{"fields.a.length=1;fields.a.key.min=1;fields.a.key.max=2;fields.a.value.null-rate=1", types.Type{Kind: types.Map, Key: &types.TInt, Elem: &types.TInt}, "{1=null} {2=null}"},
		{"fields.a.x.min=1;fields.a.x.max=2", types.TRow(types.Field{Name: "x", Type: types.TInt}), "+I[1] +I[2]"},
	} {
		set := map[string]bool{}
		for _, v := range values(t, c.options, c.typ, 500) {
			set[v] = true
		}
		var got []string
		for v := range set {
			got = append(got, v)
		}
		sort.Strings(got)
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s of %s: %s, want %s", c.typ, c.options, text, c.want)
		}
	}
}

func TestTextLengths(t *testing.T) {
	for _, c := range []struct {
		options     string
		typ         types.Type
		least, most int
	}{
		{"", types.TString, 100, 100},
		{"", types.Type{Kind: types.VarChar, Precision: 7}, 7, 7},
		{"", types.Type{Kind: types.Char, Precision: 3}, 3, 3},
		{"fields.a.length=20", types.TString, 20, 20},
		{"fields.a.length=6;fields.a.var-len=true", types.TString, 1, 5}, // as Flink: the length itself does not occur
	} {
		least, most := 1<<30, 0
		for _, v := range values(t, c.options, c.typ, 500) {
			least, most = min(least, len(v)), max(most, len(v))
		}
		if least != c.least || most != c.most {
			t.Errorf("%s %s: %d to %d, want %d to %d", c.typ, c.options, least, most, c.least, c.most)
		}
	}
	if got := values(t, "fields.a.length=3", types.Type{Kind: types.VarBinary, Precision: types.MaxLength}, 1)[0]; strings.Count(got, ",") != 2 {
		t.Errorf("bytes %s", got)
	}
}

func TestWideDecimalsAndFloatsFillTheirRange(t *testing.T) {
	for _, c := range []struct {
		options string
		typ     types.Type
	}{
		{"", types.TDecimal(38, 0)}, {"fields.a.min=-99999999999999999999999999999999999999", types.TDecimal(38, 0)},
		{"", types.TDouble}, {"fields.a.min=-1;fields.a.max=1", types.Type{Kind: types.Float}},
	} {
		distinct, negative := map[string]bool{}, 0
		for _, v := range values(t, c.options, c.typ, 1000) {
			distinct[v] = true
			if v[0] == '-' {
				negative++
			}
		}
		signed := strings.Contains(c.options, "=-")
		if len(distinct) < 999 || signed && (negative < 400 || negative > 600) || !signed && negative > 0 {
			t.Errorf("%s %s: %d distinct, %d negative", c.typ, c.options, len(distinct), negative)
		}
	}
}

// A sequence bounds the table; rows are dealt out to the splits in turn.
func TestSequences(t *testing.T) {
	sequence := "fields.a.kind=sequence;fields.a.start=-1;fields.a.end=2"
	for _, typ := range []types.Type{types.TInt, types.TBigInt, {Kind: types.SmallInt}, types.TString} {
		if got := strings.Join(values(t, sequence, typ, 100), " "); got != "-1 0 1 2" {
			t.Errorf("%s: %s", typ, got)
		}
	}
	if got := strings.Join(values(t, sequence, types.TDouble, 100), " "); got != "-1.0 0.0 1.0 2.0" {
		t.Errorf("DOUBLE: %s", got)
	}
	if got := strings.Join(values(t, sequence+";number-of-rows=2", types.TInt, 100), " "); got != "-1 0" {
		t.Errorf("number-of-rows: %s", got)
	}
	cols := []connector.Column{col("a", types.TInt), col("x", types.TInt)}
	s, err := open(sequence+";fields.x.kind=sequence;fields.x.start=5;fields.x.end=7;scan.parallelism=2", cols...)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows(t, s, cols, 100, 1), ";"); got != "000000: -1 5;000001: 0 6;000002: 1 7" || !s.Bounded() {
		t.Errorf("the shorter of two: %s, bounded %v", got, s.Bounded())
	}
	for options, bounded := range map[string]bool{"": false, "number-of-rows=5": true, sequence: true} {
		s, err := open(options, cols[0])
		if err != nil || s.Bounded() != bounded {
			t.Errorf("%s: %v, bounded %v", options, err, s.Bounded())
		}
	}
}

func TestRate(t *testing.T) {
	s, err := open("rows-per-second=1", col("a", types.TInt))
	if err != nil {
		t.Fatal(err)
	}
	r, _ := s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{Wake: func() {}})
	b := vector.NewBatch(0, vector.NewBuilder(types.TInt, 0))
	r.Read(b, 100)
	if status, _ := r.Read(b, 100); b.Len() != 1 || status != connector.Waiting {
		t.Errorf("%d rows at once, then %v", b.Len(), status)
	}
	s, err = open("rows-per-second=1000000000", col("a", types.TInt)) // each nanosecond one
	if err != nil {
		t.Fatal(err)
	}
	r, _ = s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{Wake: func() {}})
	b = vector.NewBatch(0, vector.NewBuilder(types.TInt, 0))
	for range 20 {
		if status, _ := r.Read(b, 100); status != connector.Ready {
			t.Fatalf("%d rows, then %v", b.Len(), status)
		}
	}
}

func TestRefusals(t *testing.T) {
	i, s := col("a", types.TInt), col("a", types.TString)
	for _, c := range []struct {
		options string
		col     connector.Column
		want    string
	}{
		{"fields.b.min=1", i, "unknown option 'fields.b.min' for this schema; did you mean 'fields.a.min'?"},
		{"fields.a.min=1", s, "unknown option 'fields.a.min' for this schema; did you mean 'fields.a.kind'?"},
		{"fields.a.min=4;fields.a.max=2", i, "option 'fields.a.min' has to be less than 'fields.a.max'"},
		{"fields.a.min=x", i, "option 'fields.a.min' = 'x': expected a whole number of the column's type"},
		{"fields.a.min=3000000000", i, "option 'fields.a.min' = '3000000000': expected a whole number of the column's type"},
		{"fields.a.kind=other", i, "option 'fields.a.kind' = 'other': expected 'random' or 'sequence'"},
		{"fields.a.kind=sequence;fields.a.start=1", i, "option 'fields.a.end' is required for a sequence"},
		{"fields.a.kind=sequence;fields.a.start=2;fields.a.end=1", i, "option 'fields.a.end' is less than 'fields.a.start'"},
		{"fields.a.kind=sequence;fields.a.start=1;fields.a.end=2", col("a", types.TDecimal(5, 2)), "option 'fields.a.kind' = 'sequence': not supported for type DECIMAL(5, 2)"},
		{"fields.a.null-rate=2", i, "option 'fields.a.null-rate' = '2': expected a number from 0 to 1"},
		{"fields.a.null-rate=0.1", col("a", types.TInt.Required()), "option 'fields.a.null-rate': the column is NOT NULL"},
		{"fields.a.length=9", col("a", types.Type{Kind: types.VarChar, Precision: 5}), "option 'fields.a.length' = '9': expected a number from 1 to 5"},
		{"fields.a.length=9", col("a", types.Type{Kind: types.Char, Precision: 5}), "unknown option 'fields.a.length' for this schema; did you mean 'fields.a.kind'?"},
		{"fields.a.var-len=maybe", s, "option 'fields.a.var-len' = 'maybe': expected true or false"},
		{"fields.a.max-past=x", col("a", types.TTimestamp(3)), "option 'fields.a.max-past' = 'x': expected a duration such as '5 s'"},
		{"rows-per-second=0", i, "option 'rows-per-second' = '0': expected a whole number from 1 on"},
		{"number-of-rows=-1", i, "option 'number-of-rows' = '-1': expected a whole number that is not negative"},
	} {
		if _, err := open(c.options, c.col); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.options, err, c.want)
		}
	}
	source, _ := open("scan.parallelism=2", i)
	if _, err := source.OpenSplit(context.Background(), connector.Split{ID: "0/3"}, nil, connector.Env{}); err == nil || !strings.Contains(err.Error(), "'scan.parallelism' is 2 now") {
		t.Error(err)
	}
	if _, err := source.OpenSplit(context.Background(), connector.Split{ID: "0/2"}, []byte("?"), connector.Env{}); err == nil {
		t.Error("a damaged position was taken")
	}
}
