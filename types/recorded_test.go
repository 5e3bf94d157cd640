package types

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// lines are the lines of a file of testdata that are no comment.
func lines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if !strings.HasPrefix(s.Text(), "#") {
			out = append(out, s.Text())
		}
	}
	return out
}

// TestFlinkAnswers holds the readers, the writers and the rules to what Flink's
// own classes answered.
func TestFlinkAnswers(t *testing.T) {
	asked := map[string]int{}
	for _, line := range lines(t, "flink.txt") {
		question, want, _ := strings.Cut(line, "\t=> ")
		a := strings.Split(question, "\t")
		asked[a[0]]++
		if got := answer(a[0], a[1:]); got != want {
			t.Errorf("%q: got %s, want %s", a, got, want)
		}
	}
	for _, f := range []string{"ts", "date", "time", "int", "bool", "double", "float", "dec", "d2dec", "dec2d", "round", "rule", "zone", "dtext"} {
		if asked[f] < 30 && f != "bool" {
			t.Errorf("only %d lines for %s", asked[f], f)
		}
	}
}

func orErr(text string, err error) string {
	if err != nil {
		return "ERR"
	}
	return text
}

func orNull(text string, ok bool) string {
	if !ok {
		return "null"
	}
	return text
}

// answer computes what the recorded function answers.
func answer(function string, a []string) string {
	number := func(i int) int {
		n, err := strconv.Atoi(a[i])
		if err != nil {
			panic(err)
		}
		return n
	}
	sizes := map[string]int{"byte": 8, "short": 16, "int": 32, "long": 64}
	switch function {
	case "ts":
		micros, nanos, err := ParseTimestamp(a[0], number(1))
		return orErr(string(AppendTimestamp(nil, micros, nanos)), err)
	case "date":
		days, err := ParseDate(a[0])
		return orErr(fmt.Sprint(days), err)
	case "time":
		millis, err := ParseTime(a[0], number(1))
		return orErr(fmt.Sprint(millis), err)
	case "byte", "short", "int", "long":
		n, err := ParseInt(a[0], sizes[function])
		return orErr(fmt.Sprint(n), err)
	case "bool":
		b, ok := ParseBoolean(a[0])
		if !ok {
			return "ERR"
		}
		return fmt.Sprint(b)
	case "double":
		f, err := ParseFloat(a[0], 64)
		return orErr(string(AppendFloat64(nil, f)), err)
	case "float":
		f, err := ParseFloat(a[0], 32)
		return orErr(string(AppendFloat32(nil, float32(f))), err)
	case "dtext":
		millis := int64(number(0))
		return string(AppendDuration(nil, millis)) + " " + string(AppendDurationSQL(nil, millis))
	case "zone":
		zone, err := LoadZone(a[1])
		if err != nil {
			return err.Error()
		}
		at := javaDateTime(a[0])
		return string(AppendInstant(nil, zone.Instant(at), 0)) + " " + string(AppendTimestamp(nil, zone.Local(at), 0))
	}
	return decimalAnswer(function, a, number)
}

// decimalAnswer is answer for the functions of DECIMAL.
func decimalAnswer(function string, a []string, number func(int) int) string {
	p, s := number(1), number(2)
	switch function {
	case "dec":
		n, err := CastDecimal(a[0], p, s)
		return orErr(string(AppendDecimal(nil, n, s)), err)
	case "d2dec":
		f, _ := strconv.ParseFloat(a[0], 64)
		n, ok := DecimalFromFloat64(f, p, s)
		return orNull(string(AppendDecimal(nil, n, s)), ok)
	case "dec2d":
		n, err := ParseDecimal(a[0], p, s)
		whole := int64(DecimalTruncate(n, s).Lo)
		bits := int64(math.Float64bits(DecimalToFloat64(n, p, s)))
		return orNull(fmt.Sprintf("%d %d %s", bits, whole, AppendDecimal(nil, n, s)), err == nil)
	case "round":
		n, err := ParseDecimal(a[0], p, s)
		if err != nil {
			return "skip"
		}
		r, ok := DecimalRound(n, p, s, number(3))
		_, scale := RoundDecimalType(p, s, number(3))
		return orNull(string(AppendDecimal(nil, r, scale)), ok)
	case "rule":
		p1, s1, p2, s2 := number(0), number(1), number(2), number(3)
		name := func(p, s int) string { return TDecimal(p, s).Required().String() }
		avg := TDecimal(AvgDecimalType(p1, s1)).String()
		return strings.Join([]string{
			name(AddDecimalType(p1, s1, p2, s2)), name(MulDecimalType(p1, s1, p2, s2)),
			name(DivDecimalType(p1, s1, p2, s2)), name(ModDecimalType(p1, s1, p2, s2)), avg,
		}, "|")
	}
	return "no function " + function
}

func javaDateTime(s string) (micros int64) {
	at, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		panic(err)
	}
	return at.Unix() * MicrosPerSecond
}

// TestFloatsAsJavaPrintsThem includes the numbers of which Java 17 prints other
// digits than the shortest.
func TestFloatsAsJavaPrintsThem(t *testing.T) {
	for _, line := range lines(t, "java_floats.txt") {
		f := strings.Fields(line)
		bits, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		got := string(AppendFloat32(nil, math.Float32frombits(uint32(bits))))
		if f[0] == "d" {
			got = string(AppendFloat64(nil, math.Float64frombits(uint64(bits))))
		}
		if got != f[2] {
			t.Errorf("%s: got %s", line, got)
		}
	}
}
