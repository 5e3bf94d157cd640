// Package function is the SDK for scalar functions: a name, what it takes, a kernel
// over vectors, and examples that run as tests and make the manual.
package function

import (
	"fmt"
	"sort"
	"strings"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Function is one scalar function. Overloads are one Function: Bind tells them apart.
type Function struct {
	Name     string   // upper case
	Aliases  []string // further names
	Family   string   // "string", "temporal", ...: the chapter of the manual
	Summary  string   // one sentence
	Syntax   []string // "SUBSTRING(text, from [, length])"
	Examples []Example
	// Varies tells that equal arguments may give other results in another row (RAND,
	// UUID) or another moment (CURRENT_TIMESTAMP): it is not folded while planning.
	Varies bool
	// BareNull tells that a bare NULL may be an argument: Bind sees it with the type
	// types.TNull and decides by its parameter what type it gets. Elsewhere a NULL without
	// a type is refused.
	BareNull bool
	// Bind decides whether the arguments fit and what comes out. Its error says what
	// was expected, without the function's name.
	Bind func(args []Arg) (Signature, error)
}

// Example is an expression and its value as CAST(... AS STRING) prints it; NULL for NULL.
type Example struct{ SQL, Result string }

// Arg is an argument as the planner knows it.
type Arg struct {
	Type types.Type
	// Literal is the value if it is a constant, else nil.
	Literal *types.Value
	// Call is the name of the function of which the argument is the value, as it stands in
	// the script; else empty. JSON_ARRAY takes the value of a JSON_OBJECT as it is.
	Call string
}

// Signature is one resolved overload.
type Signature struct {
	// Params are the types that the arguments are implicitly cast to, one each.
	Params []types.Type
	Result types.Type
	// Kernel computes it. Bind may close over what it learned from literals (a compiled
	// pattern): such a kernel must be usable by several tasks at once.
	Kernel Kernel
	// NullIn tells that the kernel looks at NULL arguments itself. Without it, a row with
	// any NULL argument is NULL, the kernel is not asked for it, and Out's validity is
	// already set when it runs.
	NullIn bool
}

// Kernel computes the selected rows of c into c.Out. It must not touch other rows,
// must not keep anything of c, and allocates at most once a call. An error for one row
// is a *RowError.
type Kernel func(c *Call) error

// Call is one evaluation over a batch.
type Call struct {
	Args []*vector.Vector // flat or constant: index slots by row & Mask()
	Sel  []int32          // nil: all N rows
	N    int
	Out  *vector.Vector // flat, N rows; a kernel of a list type replaces it by one it has built
	Env  *Env
}

// Rows calls f with each selected row's number: for kernels whose work per row dwarfs
// the call.
func (c *Call) Rows(f func(i int) error) error {
	if c.Sel == nil {
		for i := 0; i < c.N; i++ {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range c.Sel {
		if err := f(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// Env is what an expression may know beyond its arguments.
type Env struct {
	Zone *types.Zone // the session's time zone
	// Now is the moment that CURRENT_TIMESTAMP and PROCTIME() answer for the batch, in
	// microseconds since the epoch: the task's clock, read once a batch.
	Now int64
	// Started is when the query began, in microseconds since the epoch.
	Started int64
}

// RowError is a failure in one row: the engine adds the record's coordinates.
type RowError struct {
	Row    int
	Reason string // "division by zero", "cannot cast 'x' to INT"
}

func (e *RowError) Error() string { return e.Reason }

// Failf makes a RowError.
func Failf(row int, format string, args ...any) error {
	return &RowError{Row: row, Reason: fmt.Sprintf(format, args...)}
}

// Registry finds functions by name, in any case.
type Registry struct{ byName map[string]*Function }

// Add puts functions in; a second of the same name panics: it is a mistake of the program.
func (r *Registry) Add(fs ...*Function) {
	if r.byName == nil {
		r.byName = map[string]*Function{}
	}
	for _, f := range fs {
		for _, n := range append([]string{f.Name}, f.Aliases...) {
			if r.byName[n] != nil {
				panic(fmt.Sprintf("function: %s is there twice", n))
			}
			r.byName[n] = f
		}
	}
}

// Find returns the function of that name, or nil.
func (r *Registry) Find(name string) *Function { return r.byName[strings.ToUpper(name)] }

// Names lists all names and aliases in order.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for n := range r.byName {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
