package shell

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// pager shows a text that is larger than the screen, on the terminal's other screen:
//
//	titles   the first lines of the text, always at the top
//	lines    a piece of the others, cut at the edges
//	status   the last line of the screen: where one is, and the keys
type pager struct {
	screen *screen
	titles []string
	lines  []string
	widest int

	top, left     int // of the piece that is shown
	columns, rows int
	search        string
	found         int // the line that was found last
	message       string
}

func newPager(s *screen, text string, head int) *pager {
	p := &pager{screen: s, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	head = min(head, len(p.lines))
	for _, l := range p.lines {
		p.widest = max(p.widest, width([]byte(l)))
	}
	p.titles, p.lines = p.lines[:head], p.lines[head:]
	return p
}

// run shows the text until the user leaves it.
func (p *pager) run() error {
	fd := int(p.screen.in.Fd())
	state, err := term.MakeRaw(fd)
	if err != nil {
		return err
	}
	defer term.Restore(fd, state)
	out := p.screen.out
	fmt.Fprint(out, "\x1b[?1049h\x1b[?25l")
	defer fmt.Fprint(out, "\x1b[?25h\x1b[?1049l")
	keys := bufio.NewReader(p.screen.in)
	for {
		p.columns, p.rows = p.screen.size()
		p.clamp()
		if _, err := out.WriteString(p.draw()); err != nil {
			return err
		}
		key, err := readKey(keys)
		if err != nil || !p.press(key, keys) {
			return nil
		}
	}
}

// height is how many lines are shown below the titles.
func (p *pager) height() int { return max(p.rows-1-len(p.titles), 1) }

func (p *pager) clamp() {
	p.top = max(min(p.top, len(p.lines)-p.height()), 0)
	p.left = max(min(p.left, p.widest-p.columns), 0)
}

func (p *pager) draw() string {
	var b strings.Builder
	b.WriteString("\x1b[H")
	line := func(text string) { b.WriteString(cut(text, p.left, p.columns) + "\x1b[K\r\n") }
	for _, t := range p.titles {
		line(t)
	}
	for i := range p.height() {
		if p.top+i < len(p.lines) {
			line(p.lines[p.top+i])
		} else {
			b.WriteString("~\x1b[K\r\n")
		}
	}
	b.WriteString("\x1b[7m" + cut(p.status(), 0, p.columns-1) + "\x1b[0m\x1b[K\x1b[J")
	return b.String()
}

func (p *pager) status() string {
	if p.message != "" {
		return p.message
	}
	return fmt.Sprintf("lines %d-%d of %d  arrows, space and b move, / searches, q leaves",
		p.top+1, min(p.top+p.height(), len(p.lines)), len(p.lines))
}

// cut gives the part of a text that is seen from column left on, columns wide. A wide character
// that does not fit whole is a blank.
func cut(text string, left, columns int) string {
	var b strings.Builder
	at, state := 0, -1
	for text != "" {
		var cluster string
		var w int
		cluster, text, w, state = uniseg.FirstGraphemeClusterInString(text, state)
		switch {
		case at+w <= left, at >= left+columns:
		case at < left, at+w > left+columns:
			b.WriteString(strings.Repeat(" ", min(at+w, left+columns)-max(at, left)))
		default:
			b.WriteString(cluster)
		}
		at += w
	}
	return b.String()
}

// press does what a key asks for; false: to leave.
func (p *pager) press(key string, keys *bufio.Reader) bool {
	p.message = ""
	page, side := max(p.height()-1, 1), max(p.columns/2, 1)
	switch key {
	case "q", "Q", "\x03", "\x04", "\x1b":
		return false
	case "down", "j", "\r", "\n":
		p.top++
	case "up", "k":
		p.top--
	case " ", "f", "pagedown", "\x06":
		p.top += page
	case "b", "pageup", "\x02":
		p.top -= page
	case "g", "home", "<":
		p.top, p.left = 0, 0
	case "G", "end", ">":
		p.top = len(p.lines)
	case "right", "l":
		p.left += side
	case "left", "h":
		p.left -= side
	case "/":
		p.search = p.ask(keys)
		p.find(p.top)
	case "n":
		p.find(p.found + 1)
	}
	return true
}

// ask reads a line in place of the status.
func (p *pager) ask(keys *bufio.Reader) string {
	text := ""
	for {
		fmt.Fprintf(p.screen.out, "\x1b[%d;1H\x1b[K/%s", p.rows, text)
		key, err := readKey(keys)
		switch {
		case err != nil, key == "\x1b", key == "\x03":
			return ""
		case key == "\r", key == "\n":
			return text
		case key == "\x7f", key == "\b":
			if r := []rune(text); len(r) > 0 {
				text = string(r[:len(r)-1])
			}
		case len([]rune(key)) == 1 && key >= " ":
			text += key
		}
	}
}

// find goes to the next line, from a number on, that holds the text searched for.
func (p *pager) find(from int) {
	if p.search == "" {
		return
	}
	for i := max(from, 0); i < len(p.lines); i++ {
		if strings.Contains(strings.ToLower(p.lines[i]), strings.ToLower(p.search)) {
			p.top, p.found = i, i
			return
		}
	}
	p.message = "not found: " + p.search
}

// keyNames are the sequences that keys send which are no character, behind ESC.
var keyNames = map[string]string{
	"[A": "up", "[B": "down", "[C": "right", "[D": "left", "OA": "up", "OB": "down", "OC": "right", "OD": "left",
	"[H": "home", "[F": "end", "OH": "home", "OF": "end", "[1~": "home", "[4~": "end", "[5~": "pageup", "[6~": "pagedown",
}

// readKey reads a key: a character, or the name of one that sends a sequence. What a key sends
// comes in one piece, so an ESC with nothing behind it in the buffer is the key ESC.
func readKey(keys *bufio.Reader) (string, error) {
	r, _, err := keys.ReadRune()
	if err != nil {
		return "", err
	}
	if r != '\x1b' || keys.Buffered() == 0 {
		return string(r), nil
	}
	sequence := ""
	for keys.Buffered() > 0 {
		c, err := keys.ReadByte()
		if err != nil {
			return "", err
		}
		sequence += string(c)
		if len(sequence) > 1 && (c >= '@' && c <= '~') {
			break
		}
	}
	if name := keyNames[sequence]; name != "" {
		return name, nil
	}
	return "", nil
}
