package json

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"math/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark.dev/builtin/json/formattest"
	"tidemark.dev/types"
)

// TestRandomRecords decodes records that a generator wrote which knows what they mean:
// members in any order, some twice, some that nobody knows, some missing or null, and
// white space where it may be.
func TestRandomRecords(t *testing.T) {
	for seed := range int64(40) {
		g := &generator{rand.New(rand.NewSource(seed))}
		fields := fuzzFields
		var texts, want []string
		for range 60 {
			text, row := g.record(fields)
			texts = append(texts, text)
			want = append(want, "+I["+row+"]\n")
		}
		b, err := decodeAll(t, table(t, fields, nil), texts...)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got := strings.SplitAfter(formattest.Show(b), "\n")
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("seed %d: %s\ngot  %swant %s", seed, texts[i], got[i], want[i])
			}
		}
	}
}

type generator struct{ *rand.Rand }

// record writes an object of the fields, and what a row of them prints as.
func (g *generator) record(fields []types.Field) (text, row string) {
	var members, values []string
	for _, f := range fields {
		if g.Intn(8) == 0 {
			values = append(values, "null")
			continue
		}
		text, printed := g.value(f.Type)
		values = append(values, printed)
		members = append(members, g.member(f.Name, text))
		if g.Intn(20) == 0 { // the first of two does not count
			other, _ := g.value(f.Type)
			members[len(members)-1] = g.member(f.Name, other) + "," + members[len(members)-1]
		}
	}
	for g.Intn(3) == 0 {
		members = append(members, g.member("unknown"+strconv.Itoa(g.Intn(99)), g.anything(3)))
	}
	if g.Intn(3) == 0 { // most records are of one layout
		g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	return g.space() + "{" + strings.Join(members, ",") + g.space() + "}" + g.space(), strings.Join(values, ", ")
}

func (g *generator) member(name, text string) string {
	return g.space() + g.quote(name) + g.space() + ":" + g.space() + text + g.space()
}

func (g *generator) space() string {
	if g.Intn(12) > 0 {
		return ""
	}
	return []string{" ", "\n", "\t", "\r", "  "}[g.Intn(5)]
}

// quote writes a text with escapes here and there.
func (g *generator) quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r < ' ' || r == '"' || r == '\\' || g.Intn(30) == 0:
			if r > 0xffff {
				r -= 0x10000
				fmt.Fprintf(&b, `\u%04x\u%04X`, 0xd800+r>>10, 0xdc00+r&0x3ff)
			} else {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (g *generator) text() string {
	runes := []rune("abcdefghijklmnopqrstuvwxyz/ é漢😀\"\\{}[]:,")
	s := make([]rune, g.Intn(4)*g.Intn(12))
	for i := range s {
		s[i] = runes[g.Intn(len(runes))]
	}
	return string(s)
}

// anything writes a value that nobody wants.
func (g *generator) anything(depth int) string {
	switch k := g.Intn(8); {
	case k == 0 && depth > 0:
		var list []string
		for range g.Intn(4) {
			list = append(list, g.space()+g.anything(depth-1)+g.space())
		}
		return "[" + strings.Join(list, ",") + "]"
	case k == 1 && depth > 0:
		var list []string
		for range g.Intn(4) {
			list = append(list, g.member(g.text(), g.anything(depth-1)))
		}
		return "{" + strings.Join(list, ",") + "}"
	case k == 2:
		return []string{"true", "false", "null"}[g.Intn(3)]
	case k < 5:
		return []string{"0", "-0", "1.5", "-1e-9", "12E+3", "0.10"}[g.Intn(6)]
	}
	return g.quote(g.text())
}

// value writes a value of type t, and what it prints as.
func (g *generator) value(t types.Type) (text, printed string) {
	if g.Intn(12) == 0 {
		return "null", "null"
	}
	switch t.Kind {
	case types.Boolean:
		b := strconv.FormatBool(g.Intn(2) == 0)
		return b, b
	case types.SmallInt, types.Int, types.BigInt:
		n := g.Int63() >> (g.Intn(15) + map[types.Kind]int{types.SmallInt: 49, types.Int: 33, types.BigInt: 0}[t.Kind])
		if g.Intn(2) == 0 {
			n = -n
		}
		s := strconv.FormatInt(n, 10)
		if g.Intn(10) == 0 {
			return g.quote(" " + s), s
		}
		return s, s
	case types.Float:
		f := float32(g.NormFloat64() * float64(int64(1)<<g.Intn(40)))
		return strconv.FormatFloat(float64(f), 'g', -1, 32), string(types.AppendFloat32(nil, f))
	case types.Double:
		f := g.NormFloat64() * float64(int64(1)<<g.Intn(60))
		if g.Intn(2) == 0 {
			f = float64(g.Intn(1000000)) / 100
		}
		return strconv.FormatFloat(f, []byte("gef")[g.Intn(3)], -1, 64), string(types.AppendFloat64(nil, f))
	case types.Decimal:
		return g.decimal(t)
	case types.VarChar:
		s := g.text()
		return g.quote(s), s
	case types.VarBinary:
		b := make([]byte, g.Intn(20))
		g.Read(b)
		return g.quote(base64.StdEncoding.EncodeToString(b)), string(types.AppendSignedBytes(nil, string(b)))
	case types.Date:
		at := g.time()
		return at.Format(`"2006-01-02"`), at.Format("2006-01-02")
	case types.Time:
		at := g.time()
		return at.Format(`"15:04:05.000"`), localTime(at.Truncate(time.Millisecond))
	case types.Timestamp, types.TimestampLTZ:
		return g.timestamp(t)
	case types.Array:
		texts, values := g.values(*t.Elem)
		return "[" + strings.Join(texts, ",") + "]", "[" + strings.Join(values, ", ") + "]"
	case types.Map, types.Multiset:
		elem := types.TInt.Required()
		if t.Kind == types.Map {
			elem = *t.Elem
		}
		return g.mapping(elem)
	case types.Row:
		text, row := g.record(t.Fields)
		return strings.TrimLeft(text, " \n\r\t"), "+I[" + row + "]"
	}
	panic(t.String())
}

// decimal writes a number of the type's digits as a decimal, sometimes with further
// digits, which are rounded.
func (g *generator) decimal(t types.Type) (text, printed string) {
	digits := 1 + g.Intn(int(t.Precision)-1)
	n := new(big.Int).Rand(g.Rand, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	sign := []string{"", "-"}[g.Intn(2)]
	s := n.String()
	for len(s) <= int(t.Scale) {
		s = "0" + s
	}
	s = s[:len(s)-int(t.Scale)] + "." + s[len(s)-int(t.Scale):]
	r, _ := new(big.Rat).SetString(sign + s)
	plain := r.FloatString(int(t.Scale))
	v, err := types.ParseDecimal(plain, int(t.Precision), int(t.Scale))
	if err != nil {
		panic(err)
	}
	printed = string(types.AppendDecimalScientific(nil, v, int(t.Scale)))
	switch g.Intn(4) {
	case 0:
		s += "4" // rounded down
	case 1:
		return g.quote(sign + s), printed
	}
	return sign + s, printed
}

func (g *generator) time() time.Time {
	return time.Date(1+g.Intn(9999), time.Month(1+g.Intn(12)), 1+g.Intn(28), g.Intn(24), g.Intn(60), g.Intn(60), g.Intn(1e9), time.UTC)
}

func (g *generator) timestamp(t types.Type) (text, printed string) {
	at := g.time()
	layout := "2006-01-02 15:04:05.000000000"
	if g.Intn(4) > 0 {
		at = at.Truncate(time.Millisecond)
		layout = "2006-01-02 15:04:05.000"
	}
	text = at.Format(layout)
	if t.Precision <= 3 {
		at = at.Truncate(time.Millisecond)
	}
	if t.Kind == types.TimestampLTZ {
		return `"` + text + `Z"`, string(types.AppendInstant(nil, at.UnixMicro(), int64(at.Nanosecond()%1000)))
	}
	return `"` + text + `"`, at.Format("2006-01-02T") + localTime(at)
}

// localTime is LocalTime.toString.
func localTime(t time.Time) string {
	return string(types.AppendTimestamp(nil, int64(t.Hour()*3600+t.Minute()*60+t.Second())*1e6+int64(t.Nanosecond()/1000), int64(t.Nanosecond()%1000))[11:])
}

func (g *generator) values(t types.Type) (texts, values []string) {
	for range g.Intn(5) {
		text, printed := g.value(t)
		texts = append(texts, g.space()+text+g.space())
		values = append(values, printed)
	}
	return texts, values
}

// mapping writes a map with distinct keys, sometimes very many.
func (g *generator) mapping(elem types.Type) (text, printed string) {
	n := g.Intn(5)
	if g.Intn(10) == 0 {
		n = 40
	}
	var members, values []string
	for k := range n {
		key := strconv.Itoa(k) + g.text()
		text, printed := g.value(elem)
		if elem.NotNull && text == "null" {
			text, printed = "7", "7"
		}
		values = append(values, key+"="+printed)
		members = append(members, g.member(key, text))
	}
	return "{" + strings.Join(members, ",") + "}", "{" + strings.Join(values, ", ") + "}"
}
