package option

import (
	"strings"
	"testing"
	"time"
)

var declared = []Option{
	{Name: "path", Required: true, Summary: "where"},
	{Name: "rows", Type: Int, Default: "5"},
	{Name: "share", Type: Float},
	{Name: "pause", Type: Duration, Default: "1 min"},
	{Name: "size", Type: Memory},
	{Name: "mode", Type: Enum, Choices: []string{"ALL", "none"}, Default: "none"},
	{Name: "loud", Type: Bool},
	{Name: "p.", Prefix: true, Connection: true},
	{Name: "p.word", Secret: true},
	{Name: "even", Check: func(s string) error {
		if len(s)%2 == 1 {
			return errOdd
		}
		return nil
	}},
}

type oddError struct{}

func (oddError) Error() string { return "expected an even length" }

var errOdd = oddError{}

// Each line of given options, and what is said about it.
func TestProblems(t *testing.T) {
	for _, c := range []struct{ given, want string }{
		{"path=x", ""},
		{"", "option 'path' is required: where"},
		{"path=x;pth=y", "unknown option 'pth'; did you mean 'path'?"},
		{"path=x;quiet=y", "unknown option 'quiet'"},
		{"path=x;rows=1.5", "option 'rows' = '1.5': expected a whole number"},
		{"path=x;share=half", "option 'share' = 'half': expected a number"},
		{"path=x;pause=soon", "option 'pause' = 'soon': expected a duration such as '200 ms', '5 s', '1 min', '2 h' or '1 d'"},
		{"path=x;size=big", "option 'size' = 'big': expected a size such as '64 kb', '128 mb' or '1 gb'"},
		{"path=x;mode=some", "option 'mode' = 'some': expected one of 'ALL', 'none'"},
		{"path=x;loud=yes", "option 'loud' = 'yes': expected true or false"},
		{"path=x;even=odd", "option 'even' = 'odd': expected an even length"},
		{"path=x;mode=all;loud=TRUE;p.a=1;p.word=2;rows= 7 ;share=1e3", ""},
		{"path=x;rows=a;share=b", "option 'rows' = 'a': expected a whole number | option 'share' = 'b': expected a number"},
	} {
		_, problems := Parse(declared, options(c.given))
		var texts []string
		for _, p := range problems {
			texts = append(texts, p.Error())
		}
		if got := strings.Join(texts, " | "); got != c.want {
			t.Errorf("%s\nsays %s\nwant %s", c.given, got, c.want)
		}
	}
}

func options(text string) map[string]string {
	m := map[string]string{}
	for _, o := range strings.Split(text, ";") {
		if k, v, ok := strings.Cut(o, "="); ok {
			m[k] = v
		}
	}
	return m
}

func TestValues(t *testing.T) {
	v, problems := Parse(declared, options("path=x;pause=2 h;size=3 kb;mode=all;loud=True;p.a=1;p.word=secret;share=0.5"))
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	if v.String("path") != "x" || v.Int("rows") != 5 || v.Duration("pause") != 2*time.Hour || v.Memory("size") != 3<<10 ||
		v.Choice("mode") != "ALL" || !v.Bool("loud") || v.Float("share") != 0.5 || v.Given("rows") || !v.Given("size") {
		t.Error("a value is not what was given")
	}
	if m := v.WithPrefix("p."); len(m) != 2 || m["a"] != "1" || m["word"] != "secret" {
		t.Errorf("with prefix: %v", m)
	}
	want := "loud=True mode=all path=x pause=2 h share=0.5 size=3 kb" // neither connection nor secret
	if got := strings.Join(v.Identity(), " "); got != want {
		t.Errorf("identity %s, want %s", got, want)
	}
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5": 5 * time.Millisecond, "5ms": 5 * time.Millisecond, " 5 s ": 5 * time.Second, "1 DAY": 24 * time.Hour, "3 µs": 3 * time.Microsecond,
		"": -1, "s": -1, "-1 s": -1, "1.5 s": -1, "9223372036854775807 s": -1, "1 week": -1,
	} {
		if d, err := ParseDuration(text); err == nil && d != want || (err != nil) != (want < 0) {
			t.Errorf("%q is %v, %v", text, d, err)
		}
	}
	for text, want := range map[string]int64{"7": 7, "7b": 7, "2 KB": 2048, "1g": 1 << 30, "": -1, "-1": -1, "9223372036854775807 kb": -1, "1 pb": -1} {
		if n, err := ParseMemory(text); err == nil && n != want || (err != nil) != (want < 0) {
			t.Errorf("%q is %v, %v", text, n, err)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"path", "rows-per-second", "name", "id", "count"}
	for name, want := range map[string]string{
		"pth": "path", "paht": "path", "PATH": "path", "nmae": "name", "row-per-seconds": "rows-per-second",
		"a": "", "ab": "", "ix": "", "ID": "id", "di": "", "cost": "", "coumt": "count", "total": "", "": "",
	} {
		got := Nearest(name, names)
		if want != "" {
			want = "did you mean '" + want + "'?"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
