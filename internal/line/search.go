package line

import "strings"

// search is a search backwards in the history: what is typed is looked for, and the newest entry that
// holds it is shown.
type search struct {
	query  string
	from   []rune // the text before
	cursor int
	failed bool
}

func (e *Editor) beginSearch() {
	if e.History == nil {
		return
	}
	e.search = &search{from: e.text, cursor: e.cursor}
	if e.at == e.History.Len() {
		e.typed = e.text
	}
}

// searching does what a key asks for in a search; false: the search is over, and the key still to
// be done.
func (e *Editor) searching(k key) bool {
	s := e.search
	switch k.name {
	case "":
		s.query += k.text
		e.find(e.at)
	case "ctrl-r":
		e.find(e.at - 1)
	case "backspace", "ctrl-h":
		if r := []rune(s.query); len(r) > 0 {
			s.query = string(r[:len(r)-1])
			e.find(e.History.Len() - 1)
		}
	case "ctrl-g", "ctrl-c":
		e.text, e.cursor, e.at = s.from, s.cursor, e.History.Len()
		e.search = nil
	default:
		e.search = nil
		return false
	}
	return true
}

// find shows the newest entry that holds the query, from one on backwards.
func (e *Editor) find(from int) {
	s := e.search
	for i := min(from, e.History.Len()-1); i >= 0 && s.query != ""; i-- {
		entry := e.History.Entry(i)
		if at := strings.Index(strings.ToLower(entry), strings.ToLower(s.query)); at >= 0 {
			e.show(i)
			e.cursor = min(len([]rune(entry[:min(at, len(entry))])), len(e.text))
			s.failed = false
			return
		}
	}
	s.failed = s.query != ""
}

func (s *search) status() string {
	if s.failed {
		return "search: " + s.query + "  (not found)"
	}
	return "search: " + s.query
}
