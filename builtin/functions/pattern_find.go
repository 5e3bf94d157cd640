package functions

import (
	"bytes"
	"errors"
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// javaRegexp is a compiled pattern of Java.
type javaRegexp struct {
	*regexp.Regexp
	words  bool // it has \b or \B
	dollar bool // it has $, which also fits before a line end at the end of a text
}

// sees tells that the pattern means the same to RE2 in this text: \b looks for letters
// of ASCII only.
func (re *javaRegexp) sees(b []byte) error {
	if !re.words {
		return nil
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return errors.New("a regular expression with \\b is not supported in a text with letters beyond ASCII")
		}
		b = b[n:]
	}
	return nil
}

// withoutEnd is b without a line end at its end, if the pattern asks for that.
func (re *javaRegexp) withoutEnd(b []byte) ([]byte, bool) {
	if !re.dollar || len(b) == 0 || b[len(b)-1] != '\n' && b[len(b)-1] != '\r' && b[len(b)-1] < utf8.RuneSelf {
		return b, false
	}
	if bytes.HasSuffix(b, []byte("\r\n")) {
		return b[:len(b)-2], true
	}
	r, n := utf8.DecodeLastRune(b)
	if r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029 {
		return b[:len(b)-n], true
	}
	return b, false
}

// matches tells whether a part of b fits.
func (re *javaRegexp) matches(b []byte) bool {
	if re.Match(b) {
		return true
	}
	cut, ok := re.withoutEnd(b)
	return ok && re.Match(cut)
}

// first is the first part of b that fits, with its groups, or nil.
func (re *javaRegexp) first(b []byte) []int {
	at := re.FindSubmatchIndex(b)
	if cut, ok := re.withoutEnd(b); ok && (at == nil || at[1] < len(b)) {
		if early := re.FindSubmatchIndex(cut); early != nil && (at == nil || early[0] < at[0]) {
			return early
		}
	}
	return at
}

// all are all parts of b that fit, with their groups.
func (re *javaRegexp) all(b []byte) [][]int {
	found := re.findAll(b)
	if cut, ok := re.withoutEnd(b); ok && (len(found) == 0 || found[len(found)-1][1] < len(b)) {
		return re.findAll(cut)
	}
	return found
}

// findAll are all parts of b that fit, as Java finds them: unlike RE2's, an empty one may
// lie right behind another.
//
//  1. RE2's matches are Java's but for those empty ones.
//  2. Behind each match that is not empty, and where no other begins, it is tried whether
//     the expression fits an empty part there: anchored, and with the character before
//     it, which \b and ^ look at.
func (re *javaRegexp) findAll(b []byte) [][]int {
	found := re.FindAllSubmatchIndex(b, -1)
	behind := emptyBehind(re.Regexp)
	if behind == nil {
		return found
	}
	var all [][]int
	for k, at := range found {
		all = append(all, at)
		if at[0] == at[1] || k+1 < len(found) && found[k+1][0] == at[1] {
			continue
		}
		_, n := utf8.DecodeLastRune(b[:at[1]])
		base := at[1] - n
		if empty := behind.FindSubmatchIndex(b[base:]); empty != nil && empty[1] == n {
			for i := range empty {
				if empty[i] >= 0 {
					empty[i] += base
				}
			}
			empty[0] = at[1]
			all = append(all, empty)
		}
	}
	return all
}

// behinds are the expressions that try for an empty match, nil for expressions that
// never match an empty part.
var behinds sync.Map // of *regexp.Regexp by the text of another

func emptyBehind(re *regexp.Regexp) *regexp.Regexp {
	if b, ok := behinds.Load(re.String()); ok {
		return b.(*regexp.Regexp)
	}
	var b *regexp.Regexp
	if tree, err := syntax.Parse(re.String(), syntax.Perl); err == nil && canBeEmpty(tree) {
		b, _ = regexp.Compile(`\A(?s:.)(?:` + re.String() + `)`)
	}
	behinds.Store(re.String(), b)
	return b
}

// canBeEmpty tells whether an expression may fit an empty part.
func canBeEmpty(r *syntax.Regexp) bool {
	switch r.Op {
	case syntax.OpLiteral:
		return len(r.Rune) == 0
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return false
	case syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return r.Min == 0 || canBeEmpty(r.Sub[0])
	case syntax.OpCapture, syntax.OpPlus:
		return canBeEmpty(r.Sub[0])
	case syntax.OpConcat:
		for _, s := range r.Sub {
			if !canBeEmpty(s) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, s := range r.Sub {
			if canBeEmpty(s) {
				return true
			}
		}
		return false
	}
	return true
}

// utf16Length is the number of UTF-16 units of a text.
func utf16Length(b []byte) int {
	n := 0
	for _, c := range b {
		if c&0xC0 != 0x80 {
			n++
		}
		if c >= 0xF0 {
			n++
		}
	}
	return n
}

func bindExtractAll(args []function.Arg) (function.Signature, error) {
	if err := arity(args, 2, 3); err != nil {
		return function.Signature{}, err
	}
	ps, err := params(args, anyText, anyText, bigInt)
	if err != nil {
		return function.Signature{}, err
	}
	find, err := patternsOf(args[1])
	if err != nil {
		return function.Signature{}, err
	}
	return partial(ps, arrayOf(types.TString), func(c *function.Call) error {
		return buildLists(c, func(out *vector.Vector, i int) (bool, error) {
			re, err := find(text(c, 1, i))
			if err != nil {
				if errors.Is(err, errPattern) {
					return false, nil
				}
				return false, function.Failf(i, "%v", err)
			}
			group := int64(1)
			if len(c.Args) > 2 {
				group = int64At(c, 2, i)
			}
			if group < 0 || group > int64(re.NumSubexp()) {
				return false, nil
			}
			b := text(c, 0, i)
			if err := re.sees(b); err != nil {
				return false, function.Failf(i, "%v", err)
			}
			for _, at := range re.all(b) {
				if at[2*group] < 0 {
					out.Child(0).AppendNull()
				} else {
					out.Child(0).AppendBytes(b[at[2*group]:at[2*group+1]])
				}
			}
			return true, nil
		})
	})
}
