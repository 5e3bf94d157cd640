package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"
)

type verdict string

const (
	passed        verdict = "passed"
	wrong         verdict = "wrong"
	refused       verdict = "refused"
	crashed       verdict = "crashed"
	notApplicable verdict = "not_applicable"
)

// result is what came of one case, or of one test of a functions case.
type result struct {
	Name    string  `json:"name"`
	Verdict verdict `json:"verdict"`
	Message string  `json:"message,omitempty"` // why, unless it passed
	SQL     string  `json:"sql,omitempty"`     // what was run, for those who look for the cause
}

func pass() (verdict, string)                           { return passed, "" }
func isWrong(format string, a ...any) (verdict, string) { return wrong, fmt.Sprintf(format, a...) }
func skip(reason string) (verdict, string)              { return notApplicable, reason }

// guarded runs a judgement; a panic in it is a crash of the case.
func guarded(f func() (verdict, string)) (v verdict, message string) {
	defer func() {
		if p := recover(); p != nil {
			v, message = crashed, fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// unexpected is the verdict on a run that ended with an error where rows were expected.
func unexpected(o *outcome) (verdict, string) {
	if o.Refused != nil {
		return refused, o.Refused.Error()
	}
	if isPanic(o.Failed) {
		return crashed, o.Failed.Error()
	}
	return refused, o.Failed.Error()
}

func isPanic(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "panic") || strings.Contains(err.Error(), "runtime error:"))
}

var lacking = regexp.MustCompile(`(?i)\b(is|are) not (supported|built)\b|not supported yet|not built yet|^\S+: setting '`)

// expectError is the verdict on a run that had to end with an error. That the engine lacks
// what the case needs is no agreement.
func expectError(o *outcome, message string) (verdict, string) {
	err := o.err()
	switch {
	case err == nil:
		got := ""
		for _, s := range o.Selects {
			got += "\n" + s.texts(true)
		}
		return isWrong("an error was expected (%s); got%s", message, got)
	case isPanic(err):
		return crashed, err.Error()
	case message != "any" && strings.Contains(err.Error(), message):
		return pass() // Flink's very words
	case lacking.MatchString(err.Error()) && !strings.Contains(message, "upport"):
		return refused, err.Error()
	case lacksFunction(err.Error()) && !strings.Contains(message, "No match found"):
		return refused, err.Error()
	}
	return pass()
}

var noMatch = regexp.MustCompile(`No match found for function signature (\w+)\(`)

// lacksFunction tells whether an error says that there is no such function, and Flink has it.
func lacksFunction(message string) bool {
	m := noMatch.FindStringSubmatch(message)
	return m != nil && flinkFunctions[strings.ToUpper(m[1])]
}

// oneSplit is the message of a case that passed, asked for several splits, with its rows in one.
const oneSplit = "its rows in one split"

// inAllWays judges a case that is run straight, and then, if asked for, in another way.
func inAllWays(w way, judge func(way) (verdict, string, int64)) (verdict, string) {
	v, message, late := judge(way{})
	if v != passed || w.straight() || late > 0 {
		return v, message
	}
	if v, message, _ = judge(w); v != passed && !w.Together {
		// Where the order of arrival decides, or which windows a row is late for, several splits make it
		// another one: then the rows stay together in one split, read slowly.
		w.Together = true
		if v2, _, _ := judge(w); v2 == passed {
			return v2, oneSplit
		}
	}
	if v != passed {
		message = fmt.Sprintf("in batches of %d at parallelism %d: %s", w.Batch, w.Parallelism, message)
	}
	return v, message
}

// dealing is how the rows of a source are shared out.
func (w way) dealing() dealing {
	if w.straight() {
		return dealing{Splits: 1}
	}
	if w.Together {
		return dealing{Splits: 1, Slow: true}
	}
	return dealing{Splits: 3}
}

func rawText(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return "any"
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
