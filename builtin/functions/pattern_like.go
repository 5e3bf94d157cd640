package functions

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// LIKE:
//
//  1. A pattern is compiled to the literal pieces between its '%', each a sequence of
//     literal runs and '_'. Most patterns are one of: equal, prefix, suffix, part.
//  2. The first piece is held against the beginning, the last against the end, those
//     between are found from left to right, each at its first place: with nothing but
//     '%' between them a later place cannot match more.
//
// '_' is one character (code point). An escape character makes the next '%', '_' or
// escape character a literal; before anything else it is an error.

// like is a compiled pattern.
type like struct {
	pieces []piece
	// open tells that the pattern has a '%'; without it there is one piece that must
	// be all of the text.
	open bool
}

// piece is a run between two '%'.
type piece struct {
	literal []byte // of a piece without '_'
	parts   []stretch
	any     bool // it has '_'
	// chars is the number of characters of a piece with '_'.
	chars int
}

// stretch is a literal run, or one '_' (nil).
type stretch []byte

// compileLike compiles a pattern; escape is -1 for none.
func compileLike(pattern []byte, escape rune) (*like, error) {
	l := &like{}
	var cur piece
	var run []byte
	endRun := func() {
		if len(run) > 0 {
			cur.parts = append(cur.parts, run)
			cur.chars += length(run)
			run = nil
		}
	}
	endPiece := func() {
		endRun()
		if !cur.any {
			for _, p := range cur.parts {
				cur.literal = append(cur.literal, p...)
			}
		}
		l.pieces = append(l.pieces, cur)
		cur = piece{}
	}
	for i := 0; i < len(pattern); {
		r, n := utf8.DecodeRune(pattern[i:])
		switch {
		case r == escape:
			next, w := utf8.DecodeRune(pattern[i+n:])
			if w == 0 || next != '%' && next != '_' && next != escape {
				return nil, fmt.Errorf("invalid escape sequence in '%s' at character %d", pattern, length(pattern[:i])+1)
			}
			run = append(run, pattern[i+n:i+n+w]...)
			n += w
		case r == '%':
			l.open = true
			endPiece()
		case r == '_':
			endRun()
			cur.parts, cur.any = append(cur.parts, nil), true
			cur.chars++
		default:
			run = append(run, pattern[i:i+n]...)
		}
		i += n
	}
	endPiece()
	return l, nil
}

// match tells whether all of b fits the pattern.
func (l *like) match(b []byte) bool {
	first := &l.pieces[0]
	n, ok := first.prefix(b)
	if !ok {
		return false
	}
	if !l.open {
		return n == len(b)
	}
	b = b[n:]
	last := &l.pieces[len(l.pieces)-1]
	for i := 1; i < len(l.pieces)-1; i++ {
		_, to, ok := l.pieces[i].find(b)
		if !ok {
			return false
		}
		b = b[to:]
	}
	return last.suffix(b)
}

// prefix is how many bytes of b the piece takes at its beginning.
func (p *piece) prefix(b []byte) (n int, ok bool) {
	if !p.any {
		return len(p.literal), bytes.HasPrefix(b, p.literal)
	}
	for _, run := range p.parts {
		if run == nil {
			if n == len(b) {
				return 0, false
			}
			_, w := utf8.DecodeRune(b[n:])
			n += w
			continue
		}
		if !bytes.HasPrefix(b[n:], run) {
			return 0, false
		}
		n += len(run)
	}
	return n, true
}

// find is where in b the piece lies first.
func (p *piece) find(b []byte) (from, to int, ok bool) {
	if !p.any {
		from = bytes.Index(b, p.literal)
		return from, from + len(p.literal), from >= 0
	}
	for from <= len(b) {
		if n, ok := p.prefix(b[from:]); ok {
			return from, from + n, true
		}
		if from == len(b) {
			break
		}
		_, w := utf8.DecodeRune(b[from:])
		from += w
	}
	return 0, 0, false
}

// suffix tells whether b ends with the piece.
func (p *piece) suffix(b []byte) bool {
	if !p.any {
		return bytes.HasSuffix(b, p.literal)
	}
	at := len(b)
	for range p.chars {
		if at == 0 {
			return false
		}
		_, w := utf8.DecodeLastRune(b[:at])
		at -= w
	}
	n, ok := p.prefix(b[at:])
	return ok && at+n == len(b)
}
