package plan

import "tidemark.dev/internal/catalog"

// Session binds texts one after another: what one has made, set and used is there for the
// next. It is used from one goroutine.
type Session struct {
	planner *Planner
	catalog *catalog.Catalog
	opts    Options
}

// Session returns a session with nothing in it but the overrides of the options, which
// may be wrong.
func (p *Planner) Session(opts Options) (*Session, *Errors) {
	s := &Session{planner: p, catalog: catalog.New(), opts: opts}
	ps := &catalog.Problems{}
	opts.override(s.catalog, ps)
	return s, errorsOf("", "", ps.Errors)
}

// Script binds a text as Planner.Script does. A text with errors changes nothing of the
// session.
func (s *Session) Script(file, src string) (*Script, *Errors) {
	c := s.catalog.Clone()
	script, errs := s.planner.script(c, &catalog.Problems{}, file, src, s.opts)
	if errs != nil {
		return script, errs
	}
	c.Settle()
	s.catalog = c
	return script, nil
}

// Catalog is what the session holds, until the next Script. It is only to be read.
func (s *Session) Catalog() *catalog.Catalog { return s.catalog }
