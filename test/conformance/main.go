// Conformance runs the cases of a folder through the engine, as tidemark run would run them, and tells
// what came of each: passed, wrong, refused, crashed or not applicable. See docs/conformance.md.
//
//	main.go        the command: shares cases out to workers, and reports
//	worker.go      a process that runs cases; one that hangs or dies costs one case
//	cases.go       what the files look like
//	applicable.go  why a case is not applicable
//	scalar.go, functions.go, parse.go, queries.go, programs.go    each kind of case
//	run.go         a script in an engine; table.go, the tables around it
//	match.go       how rows are compared; values.go, how values are read
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sort"
	"strings"
	"time"
)

var (
	casesDir    = flag.String("cases", "../shared/conformance", "folder of the cases")
	only        = flag.String("only", "", "files to run, separated by commas; default: all")
	batch       = flag.Int("batch", 0, "run what passes in batches of this many rows too")
	parallelism = flag.Int("parallelism", 0, "run what passes at this parallelism too, sources dealt over several splits")
	report      = flag.String("report", "", "write a JSON report to this file")
	match       = flag.String("run", "", "run only cases whose name has this in it")
	details     = flag.String("details", "", "write every case that did not pass, with its SQL, to this file")
	floor       = flag.String("floor", "", "fail if fewer cases pass than this file says")
	jobs        = flag.Int("jobs", 2, "processes that run cases")
	limit       = flag.Duration("timeout", 20*time.Second, "after which a case counts as crashed")
	asWorker    = flag.Bool("worker", false, "run cases that are named on standard input")
)

func main() {
	flag.Parse()
	if *asWorker {
		work(os.Stdin, os.Stdout)
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance: "+err.Error())
		os.Exit(1)
	}
}

// results are those of one file, in its order.
type results struct {
	File string
	List []result
}

func run() error {
	if _, err := os.Stat(*casesDir); err != nil {
		return err
	}
	var all []results
	for _, name := range files {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), name) {
			continue
		}
		f, err := readFile(*casesDir, name)
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Printf("%-10s no %s.json in %s\n", name, name, *casesDir)
			continue
		}
		if err != nil {
			return err
		}
		began := time.Now()
		list := runFile(name, f)
		all = append(all, results{name, list})
		fmt.Printf("%s (%.0f s)\n", counts(name, list), time.Since(began).Seconds())
	}
	for _, r := range all {
		printNames(r)
	}
	if *report != "" {
		if err := writeReport(*report, all); err != nil {
			return err
		}
	}
	if *details != "" {
		if err := writeDetails(*details, all); err != nil {
			return err
		}
	}
	if *floor != "" {
		return holdFloor(*floor, all)
	}
	return nil
}

var verdicts = []verdict{passed, wrong, refused, crashed, notApplicable}

func tally(list []result) map[verdict]int {
	n := map[verdict]int{}
	for _, r := range list {
		n[r.Verdict]++
	}
	return n
}

func counts(name string, list []result) string {
	n := tally(list)
	share := 0.0
	if applicable := len(list) - n[notApplicable]; applicable > 0 {
		share = 100 * float64(n[passed]) / float64(applicable)
	}
	together := 0
	for _, r := range list {
		if r.Verdict == passed && r.Message == oneSplit {
			together++
		}
	}
	if together > 0 {
		name += fmt.Sprintf(" (%d in one split)", together)
	}
	return fmt.Sprintf("%-10s %4d passed, %3d wrong, %3d refused, %3d crashed, %3d not applicable: %.1f %% of the applicable",
		name, n[passed], n[wrong], n[refused], n[crashed], n[notApplicable], share)
}

// printNames names all that did not pass, with the first line of the reason.
func printNames(r results) {
	for _, v := range verdicts[1:] {
		title := true
		for _, x := range r.List {
			if x.Verdict != v {
				continue
			}
			if title {
				fmt.Printf("\n%s: %s\n", r.File, strings.ReplaceAll(string(v), "_", " "))
				title = false
			}
			fmt.Printf("  %s: %s\n", x.Name, firstLine(x.Message))
		}
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "..."
	}
	return s
}

func writeReport(path string, all []results) error {
	out := map[string]map[string]any{}
	for _, r := range all {
		names := map[verdict][]string{passed: {}, wrong: {}, crashed: {}}
		refusals, reasons := map[string]string{}, map[string]string{}
		for _, x := range r.List {
			switch x.Verdict {
			case refused:
				refusals[x.Name] = x.Message
			case notApplicable:
				reasons[x.Name] = x.Message
			default:
				names[x.Verdict] = append(names[x.Verdict], x.Name)
			}
		}
		out[r.File] = map[string]any{"passed": names[passed], "wrong": names[wrong], "refused": refusals,
			"crashed": names[crashed], "not_applicable": reasons}
	}
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o666)
}

func writeDetails(path string, all []results) error {
	var b strings.Builder
	for _, v := range []verdict{wrong, crashed, refused, passed} {
		for _, r := range all {
			for _, x := range r.List {
				if x.Verdict == v && x.Message != "" {
					fmt.Fprintf(&b, "=== %s %s %s\n%s\n--- %s\n\n", strings.ToUpper(string(v)), r.File, x.Name, strings.TrimSpace(x.SQL), x.Message)
				}
			}
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o666)
}

// holdFloor fails if fewer cases pass, or more are wrong or crash, than the file says:
// {"scalar": {"passed": 400, "wrong": 0, "crashed": 0}}.
func holdFloor(path string, all []results) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var floors map[string]map[verdict]int
	if err := json.Unmarshal(b, &floors); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var broken []string
	for _, r := range all {
		f, ok := floors[r.File]
		if !ok {
			continue
		}
		n := tally(r.List)
		if n[passed] < f[passed] {
			broken = append(broken, fmt.Sprintf("%s: %d passed, at least %d did before", r.File, n[passed], f[passed]))
		}
		for _, v := range []verdict{wrong, crashed} {
			if n[v] > f[v] {
				broken = append(broken, fmt.Sprintf("%s: %d %s, at most %d were before", r.File, n[v], v, f[v]))
			}
		}
	}
	sort.Strings(broken)
	if len(broken) > 0 {
		return errors.New(strings.Join(broken, "\n"))
	}
	return nil
}
