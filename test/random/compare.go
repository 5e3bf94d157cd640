package random

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"tidemark.dev/enginetest"
	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/plan"
	"tidemark.dev/internal/twin"
	"tidemark.dev/types"
)

// Engine runs a case and answers the changelog of its table "out" as lines of
// Row.toString, and how many rows were late.
type Engine interface {
	Run(c *Case, way Way) (changes []string, late int64, err error)
}

// Way is how the engine runs a case.
type Way struct{ Parallelism, BatchRows int }

// Ways are those that each case is run in.
var Ways = []Way{{1, 1024}, {1, 1}, {1, 3}, {3, 3}, {2, 1024}}

// Simulated is the engine in a simulated world.
type Simulated struct{}

// Run implements Engine.
func (Simulated) Run(c *Case, way Way) ([]string, int64, error) {
	s, err := enginetest.ParseScript(fmt.Sprintf("seed%d.sql", c.Seed), c.Script())
	if err != nil {
		return nil, 0, err
	}
	for {
		o := s.Run(enginetest.Config{Parallelism: way.Parallelism, BatchRows: way.BatchRows, Seed: c.Seed})
		var unread string
		if o.Err != nil {
			_, unread, _ = strings.Cut(o.Err.Error(), "no pipeline reads table ")
			unread, _, _ = strings.Cut(unread, ",")
		}
		if unread == "" {
			return o.Tables.Changes("out"), o.Late, o.Err
		}
		// The planner has found that the query needs no row of the table.
		s.Rows = slices.DeleteFunc(s.Rows, func(r enginetest.RowsOf) bool { return r.Table == unread })
	}
}

// Verdict is what came of a case.
type Verdict struct {
	// Refused is the planner's reason not to run the case.
	Refused error
	// Unknown is what the twin cannot interpret.
	Unknown error
	// Failed tells that the pipeline failed, in both.
	Failed bool
	// Differs says how the engine differs from the twin; "": it does not.
	Differs string
	// Exact tells that the changelog was compared change by change.
	Exact   bool
	Changes int
}

// Check runs a case in the twin and, in all ways, in the engine.
func Check(c *Case, e Engine) (v Verdict) {
	result, err := interpret(c)
	switch err := err.(type) {
	case nil:
	case panicked:
		v.Differs = err.Error()
		return v
	case *plan.Errors:
		v.Refused = err
		return v
	case *twin.RowError, *twin.NullError:
		if strings.Contains(err.Error(), "the twin ") {
			v.Unknown = err
			return v
		}
		v.Failed = true
	default:
		v.Unknown = err
		return v
	}
	var want twin.Output
	var late int64
	missed := 0
	if !v.Failed {
		want = result.Sinks[0]
		v.Changes = len(want.Changes)
		for _, l := range result.Late {
			late += int64(l.Dropped)
			missed += len(l.Missed)
		}
	}
	for _, way := range Ways {
		if missed > 0 && way.Parallelism > 1 {
			// Which rows are late depends on when the tasks without a split say that they
			// have ended.
			continue
		}
		v.Exact = want.Exact && way.Parallelism == 1 && !c.manySplits()
		if v.Differs = compareRun(c, e, way, v, want, late); v.Differs != "" {
			v.Differs = fmt.Sprintf("at parallelism %d, batches of %d: %s", way.Parallelism, way.BatchRows, v.Differs)
			return v
		}
	}
	return v
}

func (c *Case) manySplits() bool {
	for _, t := range c.Tables {
		for _, r := range t.Rows {
			if r.Split > 0 {
				return true
			}
		}
	}
	return false
}

func compareRun(c *Case, e Engine, way Way, v Verdict, want twin.Output, late int64) (diff string) {
	defer func() {
		if p := recover(); p != nil {
			diff = fmt.Sprintf("the engine panics: %v", p)
		}
	}()
	got, gotLate, err := e.Run(c, way)
	switch {
	case v.Failed && err == nil:
		return "the twin fails, the engine does not"
	case v.Failed:
		return ""
	case err != nil:
		return "the engine fails: " + err.Error()
	case late != gotLate:
		return fmt.Sprintf("%d rows are late, the twin says %d", gotLate, late)
	}
	lines := lines(want)
	if v.Exact {
		return compareExact(want.Changes, lines, got)
	}
	return compareLists(enginetest.Fold(got), enginetest.Fold(lines))
}

func lines(o twin.Output) []string {
	var ls []string
	for _, c := range o.Changes {
		ls = append(ls, string(types.AppendRow(nil, c.Kind.String(), c.Row, o.Columns)))
	}
	return ls
}

// compareExact compares in order, but for changes of one group.
func compareExact(changes []twin.Change, want, got []string) string {
	got = slices.Clone(got)
	for i := 0; i < len(changes); {
		j := i + 1
		for j < len(changes) && changes[j].Group == changes[i].Group {
			j++
		}
		sort.Strings(want[i:j])
		if j <= len(got) {
			sort.Strings(got[i:j])
		}
		i = j
	}
	return compareLists(got, want)
}

func compareLists(got, want []string) string {
	if slices.Equal(got, want) {
		return ""
	}
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, i-2)
	show := func(l []string) string { return strings.Join(l[min(from, len(l)):min(i+6, len(l))], "\n") }
	return fmt.Sprintf("line %d of %d and %d\nthe engine:\n%s\nthe twin:\n%s", i+1, len(got), len(want), show(got), show(want))
}

// panicked is a panic of the planner or the twin.
type panicked struct{ reason any }

func (p panicked) Error() string { return fmt.Sprintf("the planner panics: %v", p.reason) }

// interpret plans a case and runs the plan in the twin. Constants are folded by the twin
// too: the engine computes nothing.
func interpret(c *Case) (result *twin.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked{p}
		}
	}()
	tables := enginetest.NewTables()
	for _, t := range c.Tables {
		var events []enginetest.Event
		for _, r := range t.Rows {
			events = append(events, enginetest.Event{Kind: r.Kind, Split: r.Split})
		}
		tables.Feed(t.Name, events)
	}
	connectors, formats, functions := engine.Builtin(io.Discard)
	connectors.Add(tables.Connector())
	planner := plan.New(plan.Registries{Connectors: connectors, Formats: formats, Functions: functions}, twin.Fold)
	script, errs := planner.Script("random.sql", c.SQL(), plan.Options{Now: time.UnixMicro(1_700_000_000_000_000)})
	if errs != nil {
		return nil, errs
	}
	in, err := c.Input()
	if err != nil {
		return nil, err
	}
	for _, s := range script.Steps {
		if r, ok := s.(*plan.Run); ok {
			return twin.Run(r.Pipeline, in)
		}
	}
	return nil, fmt.Errorf("the script has no pipeline")
}
