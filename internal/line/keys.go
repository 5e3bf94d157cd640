package line

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// key is one key that was pressed, or a piece of text.
type key struct {
	name string // "enter", "ctrl-a", "left", "alt-b", ...; "": text
	text string
}

// sequences are what keys send behind ESC that are no characters.
var sequences = map[string]string{
	"[A": "up", "[B": "down", "[C": "right", "[D": "left", "OA": "up", "OB": "down", "OC": "right", "OD": "left",
	"[H": "home", "[F": "end", "OH": "home", "OF": "end", "[1~": "home", "[4~": "end", "[7~": "home", "[8~": "end",
	"[3~": "delete", "[5~": "pageup", "[6~": "pagedown",
	"[1;5C": "ctrl-right", "[1;5D": "ctrl-left", "[5C": "ctrl-right", "[5D": "ctrl-left",
	"[1;3C": "alt-right", "[1;3D": "alt-left",
	"\r": "alt-enter", "\n": "alt-enter", "\x7f": "alt-backspace", "\b": "alt-backspace",
}

const (
	pasteBegin = "[200~"
	pasteEnd   = "\x1b[201~"
	// maxSequence bounds a sequence: terminals send a few bytes.
	maxSequence = 32
	// maxPaste bounds a paste: what is larger than a script may be is no statement.
	maxPaste = 16 << 20
)

// fill reads more bytes.
func (e *Editor) fill() error {
	var buf [4096]byte
	n, err := e.In.Read(buf[:])
	e.pending = append(e.pending, buf[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

// next takes a byte.
func (e *Editor) next() (byte, error) {
	for len(e.pending) == 0 {
		if err := e.fill(); err != nil {
			return 0, err
		}
	}
	b := e.pending[0]
	e.pending = e.pending[1:]
	return b, nil
}

// key takes the next key. Characters that stand together come as one text.
func (e *Editor) key() (key, error) {
	b, err := e.next()
	if err != nil {
		return key{}, err
	}
	switch {
	case b == 0x1b:
		return e.sequence()
	case b == '\r', b == '\n':
		return key{name: "enter"}, nil
	case b == '\t':
		return key{name: "tab"}, nil
	case b == 0x7f:
		return key{name: "backspace"}, nil
	case b < 0x20:
		return key{name: "ctrl-" + string(rune('a'+b-1))}, nil
	}
	return e.character(b)
}

// character completes a character of several bytes, and takes those behind it that are there.
func (e *Editor) character(first byte) (key, error) {
	text := []byte{first}
	for !utf8.FullRune(text) {
		b, err := e.next()
		if err != nil {
			return key{}, err
		}
		text = append(text, b)
	}
	for len(e.pending) > 0 && e.pending[0] >= 0x20 && e.pending[0] < 0x7f {
		text = append(text, e.pending[0])
		e.pending = e.pending[1:]
	}
	return key{text: strings.ToValidUTF8(string(text), "\uFFFD")}, nil
}

// sequence takes what stands behind an ESC.
func (e *Editor) sequence() (key, error) {
	b, err := e.next()
	if err != nil {
		return key{}, err
	}
	text := string(rune(b))
	if b == '[' || b == 'O' {
		for len(text) < maxSequence {
			if b, err = e.next(); err != nil {
				return key{}, err
			}
			text += string(rune(b))
			if b >= '@' && b <= '~' && (text[0] == 'O' || len(text) > 2 || b != '[') {
				break
			}
		}
	}
	switch name := sequences[text]; {
	case name != "":
		return key{name: name}, nil
	case text == pasteBegin:
		return e.paste()
	case len(text) == 1 && b >= 0x20 && b < 0x7f:
		return key{name: "alt-" + text}, nil
	}
	return key{name: "unknown"}, nil
}

// paste takes a text that the terminal marks as pasted, as it is.
func (e *Editor) paste() (key, error) {
	for from := 0; ; {
		if end := bytes.Index(e.pending[from:], []byte(pasteEnd)); end >= 0 {
			end += from
			text := string(e.pending[:end])
			e.pending = e.pending[end+len(pasteEnd):]
			return key{text: cleaned(text)}, nil
		}
		if len(e.pending) > maxPaste {
			text := string(e.pending)
			e.pending = nil
			return key{text: cleaned(text)}, nil
		}
		from = max(len(e.pending)-len(pasteEnd), 0)
		if err := e.fill(); err != nil {
			return key{}, err
		}
	}
}

// cleaned is a pasted text with line feeds for all ends of lines, and no other control characters
// than tabs.
func cleaned(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
