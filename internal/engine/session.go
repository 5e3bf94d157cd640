package engine

import (
	"errors"

	"tidemark.dev/internal/catalog"
	"tidemark.dev/internal/plan"
)

// Session binds texts one after another, as somebody types them, and runs their steps one
// at a time: what one text has created and set is there for the next. An INSERT always begins
// anew; what must be resumable is a script, for Plan and Run. Its methods are called from
// one goroutine.
type Session struct {
	engine *Engine
	plan   *plan.Session
}

// sessionName is the name of sessions' runs in the data directory. No script has it: a
// script's name is that of its file, and a file with a slash in its name cannot be.
const sessionName = "sql/session"

// Session begins a session. Its pipelines are called sql.TABLE.
func (e *Engine) Session() (*Session, error) {
	s, errs := e.planner.Session(plan.Options{DefaultName: "sql", Overrides: e.options.Set})
	if errs != nil {
		return nil, errs
	}
	return &Session{e, s}, nil
}

// Plan binds a text: nothing is opened, read or written. A text that is wrong is a *plan.Errors,
// and changes nothing. file is its name for messages; it may be "".
func (s *Session) Plan(file, text string) (*plan.Script, error) {
	script, errs := s.plan.Script(file, text)
	if errs != nil {
		return nil, errs
	}
	return script, nil
}

// Catalog is what the session holds, until the next Plan. It is only to be read.
func (s *Session) Catalog() *catalog.Catalog { return s.plan.Catalog() }

// Begin starts one step of a planned text. It does not wait for it.
func (s *Session) Begin(step plan.Step) (*Running, error) {
	return s.engine.Begin(&Script{&plan.Script{Steps: []plan.Step{step}}, sessionName}, true)
}

// Ended is closed when the script has ended; End then tells what came of it.
func (r *Running) Ended() <-chan struct{} { return r.ended }

// Stop asks the script's pipelines for a final epoch, and begins no further step. The engine can
// be used on. It may be called from any goroutine, and more than once.
func (r *Running) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for _, p := range r.all {
		p.Stop()
	}
}

// ErrKilled: the pipeline was ended at once, without a final epoch.
var ErrKilled = errors.New("ended at once: what was not committed yet is lost")

// Kill ends the script's pipelines at once: nothing more is committed. End then gives an error
// that wraps ErrKilled.
func (r *Running) Kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for _, p := range r.all {
		p.Kill(ErrKilled)
	}
}

// Forget takes the script's pipelines, which have ended, out of the engine's Progress: an engine
// that goes on with other scripts would add them up for ever.
func (r *Running) Forget() {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	kept := r.engine.running[:0]
	for _, p := range r.engine.running {
		ours := false
		for _, q := range r.all {
			ours = ours || p == q
		}
		if !ours {
			kept = append(kept, p)
		}
	}
	clear(r.engine.running[len(kept):])
	r.engine.running = kept
}
