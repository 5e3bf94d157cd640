package shell

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// keptHistory is how many statements are remembered.
const keptHistory = 2000

// HistoryFile is where the prompt's history is: in the user's directory for state
// (https://specifications.freedesktop.org/basedir-spec/), "" if there is none.
func HistoryFile() string {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" || !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "tidemark", "sql_history")
}

// history remembers statements in a file, a JSON string a line, because a statement may have several
// lines. Only the user may read it: there may be passwords in it. A history that cannot be written is
// that of this session only.
type history struct {
	file    string
	entries []string
}

func openHistory(file string) *history {
	h := &history{file: file}
	if file == "" {
		return h
	}
	f, err := os.Open(file)
	if err != nil {
		return h
	}
	defer f.Close()
	in := bufio.NewReader(f)
	for err == nil {
		var line []byte
		line, err = in.ReadBytes('\n')
		var entry string
		if json.Unmarshal(line, &entry) == nil && entry != "" {
			h.entries = append(h.entries, entry)
		}
	}
	if !errors.Is(err, io.EOF) {
		return h
	}
	if n := len(h.entries); n > 2*keptHistory {
		h.entries = h.entries[n-keptHistory:]
		h.rewrite()
	}
	return h
}

// rewrite replaces the file by what is kept.
func (h *history) rewrite() {
	fresh := h.file + ".new"
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	w := bufio.NewWriter(f)
	for _, e := range h.entries {
		w.Write(historyLine(e))
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		os.Remove(fresh)
		return
	}
	os.Rename(fresh, h.file)
}

func historyLine(entry string) []byte {
	b, _ := json.Marshal(entry)
	return append(b, '\n')
}

// Add remembers a statement, unless it is the last one again.
func (h *history) Add(text string) {
	text = strings.TrimSpace(text)
	if n := len(h.entries); text == "" || n > 0 && h.entries[n-1] == text {
		return
	}
	h.entries = append(h.entries, text)
	if h.file == "" || os.MkdirAll(filepath.Dir(h.file), 0o700) != nil {
		return
	}
	f, err := os.OpenFile(h.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	f.Write(historyLine(text))
}

// Len and Entry implement line.History.
func (h *history) Len() int           { return len(h.entries) }
func (h *history) Entry(i int) string { return h.entries[i] }
