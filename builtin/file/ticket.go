package file

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// part is one part file, as tickets name it.
type part struct {
	// Name is its path below the table's, with slashes, once it is visible.
	Name string `json:"name"`
	// Size is how many of its bytes belong to the ticket's epoch and those before it.
	Size int64 `json:"size"`
	// Created is when it was begun, in milliseconds since 1970.
	Created int64 `json:"created,omitempty"`
}

// taskTicket is what the writer of one task says at the end of an epoch.
type taskTicket struct {
	Task int    `json:"task"`
	Next int    `json:"next"`           // the number of the task's next part file
	Done []part `json:"done,omitempty"` // finished in this epoch: to be made visible
	Open []part `json:"open,omitempty"` // still being written
}

// ticket is what the sink needs to know of an epoch, version 1: JSON, so that a person
// can read it in the log when something went wrong.
type ticket struct {
	Version int          `json:"version"`
	Tasks   []taskTicket `json:"tasks"`
}

const ticketVersion = 1

func parseTicket(b []byte) (t ticket, err error) {
	if len(b) == 0 {
		return t, nil
	}
	if err := json.Unmarshal(b, &t); err != nil {
		return t, fmt.Errorf("the epoch's ticket is damaged: %v", err)
	}
	if t.Version != ticketVersion {
		return t, fmt.Errorf("the epoch's ticket has version %d, this program reads %d", t.Version, ticketVersion)
	}
	return t, nil
}

// A part file that is not visible yet has a name that readers ignore. Both names hold the
// sink's mark, so that no sink touches the files of another.
const (
	hiddenPrefix = "."
	hiddenSuffix = ".inprogress"
)

// visible and inProgress are the two names of a part file, as paths.
func (s *sink) visible(p part) string {
	return filepath.Join(s.root, filepath.FromSlash(p.Name))
}

func (s *sink) inProgress(p part) string {
	dir, base := filepath.Split(s.visible(p))
	return filepath.Join(dir, hiddenPrefix+base+hiddenSuffix)
}

// ours tells whether a file's name is that of an unfinished part file of this sink and
// run.
func (s *sink) ours(base string) bool {
	return strings.HasPrefix(base, hiddenPrefix+"part-"+s.mark+"-") && strings.HasSuffix(base, hiddenSuffix)
}
