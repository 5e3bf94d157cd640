package csv

import (
	"testing"

	"tidemark.dev/option"
)

// What options may be is looked at while planning.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"field-delimiter", ",", true}, {"field-delimiter", `\t`, true}, {"field-delimiter", `\\`, true}, {"field-delimiter", `\u007C`, true},
		{"field-delimiter", `\1`, true}, {"field-delimiter", `\174`, true}, {"field-delimiter", `\x`, true},
		{"field-delimiter", "", false}, {"field-delimiter", "||", false}, {"field-delimiter", `\u00e9`, false}, {"field-delimiter", `\u12`, false},
		{"field-delimiter", `\n`, false}, {"field-delimiter", `\477`, false},
		{"quote-character", "'", true}, {"quote-character", "''", false}, {"quote-character", "é", false},
		{"escape-character", `\`, true}, {"escape-character", "", false},
		{"array-element-delimiter", "", false}, {"array-element-delimiter", "||", true}, {"array-element-delimiter", "é", true},
		{"null-literal", "", true}, {"trim-spaces", "maybe", false},
	} {
		_, problems := option.Parse(Format.Options, map[string]string{c.name: c.value})
		if c.ok != (len(problems) == 0) {
			t.Errorf("%s = %q: %v", c.name, c.value, problems)
		}
	}
}

func TestUnescapeJava(t *testing.T) {
	for in, want := range map[string]string{`a`: "a", `\t\n\\\"\'\b\f\r`: "\t\n\\\"'\b\f\r", `\u0041\uu0042\u+0043`: "ABC", `\7\0101`: "\a\x081", `\x\`: `x\`, `\ud83d\ude00`: "😀"} {
		if got, ok := unescapeJava(in); !ok || got != want {
			t.Errorf("%s is %q, not %q", in, got, want)
		}
	}
}
