// Package line is an editor for texts of several lines at a terminal's cursor: what is
// typed stays editable until it is complete. It has history, completion, search, and takes
// pastes as they are.
//
// It asks nothing of the terminal. An editor that asks where the cursor is must sort the
// answers from the keys, and loses keys that come with an answer: those typed ahead, and pastes.
//
// How a text is read:
//
//  1. the terminal is set raw, and told to mark what is pasted;
//  2. a key is read, out of what has been read before if there is any left (keys.go);
//  3. it changes the text, the cursor in it, or the place in the history (this file);
//  4. the text is drawn anew over what was drawn before (draw.go);
//  5. Enter ends it if the text is complete, else it begins a line.
package line

import (
	"errors"
	"io"
	"strings"
	"unicode"
)

// ErrInterrupted: Ctrl-C was pressed; what was typed is dropped.
var ErrInterrupted = errors.New("interrupted")

// History is what was entered before. Entry 0 is the oldest.
type History interface {
	Len() int
	Entry(i int) string
	Add(text string)
}

// Editor reads texts. Its fields are set before the first Read; In, Out, Size and Done must be.
type Editor struct {
	In  io.Reader
	Out io.Writer
	// Size is the terminal's, in columns and rows.
	Size func() (columns, rows int)
	// Raw sets the terminal raw and returns what undoes that. nil: it is so already.
	Raw func() (restore func(), err error)
	// Suspend stops the process until the user goes on with it (Ctrl-Z). nil: it is ignored.
	Suspend func()
	// First and Next stand before the first line and before the others.
	First, Next string
	// Done tells whether Enter ends the text.
	Done func(text string) bool
	// Complete tells what may stand at the end of before, which is the part of text left of the
	// cursor: prefix is the end of before that each candidate replaces. nil: nothing.
	Complete func(before, text string) (prefix string, candidates []string)
	History  History

	pending []byte // read and not yet taken

	text   []rune
	cursor int
	killed []rune // for Ctrl-Y
	at     int    // place in the history; Len: the text that is being typed
	typed  []rune // that text, while another one is shown
	search *search

	drawn int // rows of the cursor below the first row drawn
	top   int // first row of the text that is drawn, if it is larger than the terminal
}

// Read reads one text: up to an Enter that ends it. io.EOF: Ctrl-D on an empty text, or In has
// ended.
func (e *Editor) Read() (string, error) {
	if e.Raw != nil {
		restore, err := e.Raw()
		if err != nil {
			return "", err
		}
		defer func() { restore() }()
	}
	e.text, e.cursor, e.typed, e.search = nil, 0, nil, nil
	e.drawn, e.top = 0, 0
	if e.History != nil {
		e.at = e.History.Len()
	}
	e.write("\x1b[?2004h")
	defer e.write("\x1b[?2004l")
	for {
		if len(e.pending) == 0 { // else what is drawn would be old at once
			e.draw()
		}
		k, err := e.key()
		if err != nil {
			e.leave("")
			return "", err
		}
		done, err := e.press(k)
		if done || err != nil {
			return string(e.text), err
		}
	}
}

// press does what a key asks for. done: the text is complete.
func (e *Editor) press(k key) (done bool, err error) {
	if e.search != nil && e.searching(k) {
		return false, nil
	}
	switch k.name {
	case "":
		e.insert([]rune(k.text))
	case "enter":
		if e.Done(string(e.text)) {
			e.leave("")
			if e.History != nil {
				e.History.Add(string(e.text))
			}
			return true, nil
		}
		e.insert([]rune{'\n'})
	case "ctrl-c":
		e.leave("^C")
		e.text = nil
		return false, ErrInterrupted
	case "ctrl-d":
		if len(e.text) == 0 {
			e.leave("")
			return false, io.EOF
		}
		e.delete(e.cursor, e.cursor+1)
	case "tab":
		e.tab()
	case "ctrl-z":
		if e.Suspend != nil {
			e.leave("")
			e.Suspend()
		}
	case "ctrl-l":
		e.write("\x1b[H\x1b[2J")
		e.drawn = 0
	case "ctrl-r":
		e.beginSearch()
	default:
		if !e.move(k.name) && !e.kill(k.name) {
			e.recall(k.name)
		}
	}
	return false, nil
}

// insert puts runes at the cursor.
func (e *Editor) insert(r []rune) {
	e.text = append(e.text[:e.cursor:e.cursor], append(r, e.text[e.cursor:]...)...)
	e.cursor += len(r)
}

// delete takes a part out, cut to what there is, and returns it.
func (e *Editor) delete(from, to int) []rune {
	from, to = max(from, 0), min(to, len(e.text))
	if from >= to {
		return nil
	}
	gone := append([]rune(nil), e.text[from:to]...)
	e.text = append(e.text[:from:from], e.text[to:]...)
	e.cursor = from
	return gone
}

// move moves the cursor; false: the key does not.
func (e *Editor) move(name string) bool {
	switch name {
	case "left", "ctrl-b":
		e.cursor = max(e.cursor-1, 0)
	case "right", "ctrl-f":
		e.cursor = min(e.cursor+1, len(e.text))
	case "home", "ctrl-a":
		e.cursor = e.lineStart()
	case "end", "ctrl-e":
		e.cursor = e.lineEnd()
	case "alt-b", "ctrl-left", "alt-left":
		e.cursor = e.wordBefore()
	case "alt-f", "ctrl-right", "alt-right":
		e.cursor = e.wordBehind()
	case "alt-<":
		e.cursor = 0
	case "alt->":
		e.cursor = len(e.text)
	case "up":
		from := e.lineStart()
		if from == 0 {
			return false
		}
		column := e.cursor - from
		e.cursor = from - 1
		e.cursor = min(e.lineStart()+column, from-1)
	case "down":
		to := e.lineEnd()
		if to == len(e.text) {
			return false
		}
		column := e.cursor - e.lineStart()
		e.cursor = to + 1
		e.cursor = min(to+1+column, e.lineEnd())
	default:
		return false
	}
	return true
}

// kill takes text out, or puts back what was taken; false: the key does not.
func (e *Editor) kill(name string) bool {
	var gone []rune
	switch name {
	case "backspace", "ctrl-h":
		e.delete(e.cursor-1, e.cursor)
		return true
	case "delete":
		e.delete(e.cursor, e.cursor+1)
		return true
	case "alt-enter":
		e.insert([]rune{'\n'})
		return true
	case "ctrl-y":
		e.insert(append([]rune(nil), e.killed...))
		return true
	case "ctrl-t":
		if e.cursor > 0 && len(e.text) > 1 {
			i := min(e.cursor, len(e.text)-1)
			e.text[i-1], e.text[i] = e.text[i], e.text[i-1]
			e.cursor = i + 1
		}
		return true
	case "ctrl-u":
		gone = e.delete(e.lineStart(), e.cursor)
	case "ctrl-k":
		to := e.lineEnd()
		if to == e.cursor {
			to++ // the end of the line itself
		}
		gone = e.delete(e.cursor, to)
	case "ctrl-w":
		from := e.cursor
		for from > 0 && unicode.IsSpace(e.text[from-1]) {
			from--
		}
		for from > 0 && !unicode.IsSpace(e.text[from-1]) {
			from--
		}
		gone = e.delete(from, e.cursor)
	case "alt-backspace":
		gone = e.delete(e.wordBefore(), e.cursor)
	case "alt-d":
		gone = e.delete(e.cursor, e.wordBehind())
	default:
		return false
	}
	if len(gone) > 0 {
		e.killed = gone
	}
	return true
}

func (e *Editor) lineStart() int {
	i := e.cursor
	for i > 0 && e.text[i-1] != '\n' {
		i--
	}
	return i
}

func (e *Editor) lineEnd() int {
	i := e.cursor
	for i < len(e.text) && e.text[i] != '\n' {
		i++
	}
	return i
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func (e *Editor) wordBefore() int {
	i := e.cursor
	for i > 0 && !isWord(e.text[i-1]) {
		i--
	}
	for i > 0 && isWord(e.text[i-1]) {
		i--
	}
	return i
}

func (e *Editor) wordBehind() int {
	i := e.cursor
	for i < len(e.text) && !isWord(e.text[i]) {
		i++
	}
	for i < len(e.text) && isWord(e.text[i]) {
		i++
	}
	return i
}

// recall shows another text of the history.
func (e *Editor) recall(name string) {
	if e.History == nil {
		return
	}
	to := e.at
	switch name {
	case "up", "ctrl-p":
		to--
	case "down", "ctrl-n":
		to++
	case "pageup":
		to = 0
	case "pagedown":
		to = e.History.Len()
	default:
		return
	}
	if to < 0 || to > e.History.Len() || to == e.at {
		return
	}
	if e.at == e.History.Len() {
		e.typed = e.text
	}
	e.show(to)
}

func (e *Editor) show(to int) {
	if e.at = to; to == e.History.Len() {
		e.text = e.typed
	} else {
		e.text = []rune(e.History.Entry(to))
	}
	e.cursor = len(e.text)
}

// tab completes the word at the cursor: by what all candidates have in common, and if that is
// nothing more, by showing them. At the beginning of a further line it indents.
func (e *Editor) tab() {
	before := string(e.text[:e.cursor])
	if start := e.lineStart(); start > 0 && strings.TrimSpace(string(e.text[start:e.cursor])) == "" {
		e.insert([]rune("  "))
		return
	}
	if e.Complete == nil {
		return
	}
	prefix, list := e.Complete(before, string(e.text))
	if len(list) == 0 {
		return
	}
	common := list[0]
	for _, c := range list[1:] {
		common = inCommon(common, c)
	}
	if len(list) == 1 || len(common) > len(prefix) {
		e.delete(e.cursor-len([]rune(prefix)), e.cursor)
		if len(list) == 1 {
			common += " "
		}
		e.insert([]rune(common))
		return
	}
	e.list(list)
}

// inCommon is what two texts begin with, in any case; the letters are those of the first.
func inCommon(a, b string) string {
	x, y := []rune(a), []rune(b)
	n := 0
	for n < len(x) && n < len(y) && unicode.ToLower(x[n]) == unicode.ToLower(y[n]) {
		n++
	}
	return string(x[:n])
}
