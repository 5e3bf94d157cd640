package functions

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode/utf8"

	"tidemark.dev/function"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// matches are all parts of b that fit re, as Java finds them with their groups: unlike RE2's, an empty
// one may lie right behind another.
//
//  1. RE2's matches are Java's but for those empty ones.
//  2. Behind each match that is not empty, and where no other begins, it is tried whether
//     the expression fits an empty part there: anchored, and with the character before
//     it, which \b and ^ look at.
func matches(re *regexp.Regexp, b []byte) [][]int {
	found := re.FindAllSubmatchIndex(b, -1)
	behind := emptyBehind(re)
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
			for _, at := range matches(re, b) {
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
