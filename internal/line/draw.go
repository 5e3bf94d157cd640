package line

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// Drawing keeps one thing in mind: on which row below the first one drawn the cursor was left. Lines are
// cut into rows here, and not by the terminal, so that it always knows.

// rows are the rows of the text as they are drawn, and where the cursor is in them.
type rows struct {
	list      []string
	cursorRow int
	cursorCol int
}

// tabWidth is how wide a tab is drawn.
const tabWidth = 4

// layOut cuts the text into rows of a terminal.
func (e *Editor) layOut(columns int) rows {
	var r rows
	var row strings.Builder
	col := 0
	wrap := func() {
		r.list = append(r.list, row.String())
		row.Reset()
		col = 0
	}
	put := func(text string, width int) {
		if col+width > columns && col > 0 {
			wrap()
		}
		row.WriteString(text)
		col += width
	}
	put(e.First, uniseg.StringWidth(e.First))
	note := func() {
		if col >= columns {
			wrap()
		}
		r.cursorRow, r.cursorCol = len(r.list), col
	}
	at, rest, state := 0, string(e.text), -1
	for rest != "" {
		if at == e.cursor {
			note()
		}
		var cluster string
		var width int
		cluster, rest, width, state = uniseg.FirstGraphemeClusterInString(rest, state)
		n := len([]rune(cluster))
		if e.cursor > at && e.cursor < at+n {
			note() // within a character of several runes: before it
		}
		at += n
		switch {
		case strings.ContainsAny(cluster, "\n"):
			wrap()
			put(e.Next, uniseg.StringWidth(e.Next))
		case cluster == "\t":
			put(strings.Repeat(" ", tabWidth), tabWidth)
		case cluster[0] < 0x20 || cluster[0] == 0x7f:
			put("^"+string(rune(cluster[0]^0x40)), 2)
		default:
			put(cluster, width)
		}
	}
	if e.cursor >= at {
		note()
	}
	wrap()
	return r
}

// draw draws the text over what was drawn before.
func (e *Editor) draw() {
	columns, height := e.Size()
	r := e.layOut(max(columns, 2))
	if e.search != nil {
		status, _ := clip(e.search.status(), max(columns, 2))
		r.list = append(r.list, status)
	}
	// What does not fit is cut to a window that holds the cursor.
	height = max(height-1, 1)
	if len(r.list) <= height {
		e.top = 0
	} else {
		e.top = min(max(e.top, r.cursorRow-height+1), r.cursorRow, len(r.list)-height)
		r.list = r.list[e.top : e.top+height]
		r.cursorRow -= e.top
	}
	var b strings.Builder
	e.toTop(&b)
	b.WriteString("\x1b[J") // first: at the end it would take the last character of a full row
	for i, row := range r.list {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(row)
	}
	if up := len(r.list) - 1 - r.cursorRow; up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	b.WriteString("\r")
	if r.cursorCol > 0 {
		fmt.Fprintf(&b, "\x1b[%dC", r.cursorCol)
	}
	e.drawn = r.cursorRow
	e.write(b.String())
}

// toTop moves to the first row drawn.
func (e *Editor) toTop(b *strings.Builder) {
	if e.drawn > 0 {
		fmt.Fprintf(b, "\x1b[%dA", e.drawn)
	}
	b.WriteString("\r")
	e.drawn = 0
}

// leave draws the text a last time and goes to the line behind it, with a mark at its end.
func (e *Editor) leave(mark string) {
	e.search = nil
	e.cursor = len(e.text)
	e.draw()
	e.write(mark + "\r\n")
	e.drawn, e.top = 0, 0
}

// maxListed is how many candidates are shown.
const maxListed = 120

// list shows candidates below the text, in columns; the text is drawn again below them.
func (e *Editor) list(candidates []string) {
	columns, _ := e.Size()
	more := max(len(candidates)-maxListed, 0)
	candidates = candidates[:len(candidates)-more]
	widest := 0
	for _, c := range candidates {
		widest = max(widest, uniseg.StringWidth(c))
	}
	across := max((columns-1)/(widest+2), 1)
	down := (len(candidates) + across - 1) / across
	var b strings.Builder
	for y := range down {
		var row strings.Builder
		for x := 0; x < across && x*down+y < len(candidates); x++ {
			c := candidates[x*down+y]
			row.WriteString(c + strings.Repeat(" ", widest-uniseg.StringWidth(c)+2))
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\r\n")
	}
	if more > 0 {
		fmt.Fprintf(&b, "and %d more\r\n", more)
	}
	cursor := e.cursor
	e.leave("")
	e.cursor = cursor
	e.write(b.String())
}

// clip cuts a text to a width.
func clip(text string, columns int) (string, int) {
	var b strings.Builder
	col, state := 0, -1
	for text != "" {
		var cluster string
		var width int
		cluster, text, width, state = uniseg.FirstGraphemeClusterInString(text, state)
		if col+width > columns {
			break
		}
		b.WriteString(cluster)
		col += width
	}
	return b.String(), col
}

func (e *Editor) write(text string) { io.WriteString(e.Out, text) }
