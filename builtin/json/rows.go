package json

import (
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Rows converts JSON objects into rows of columns. It is what the json format and the
// formats that wrap rows in JSON share. The order of calls is Begin, then Append for
// each object, Cut to take rows back, and End; then Begin again. It belongs to one
// reader.
type Rows struct {
	reader
	row  int // the next row
	room int // rows that the columns have slots for
	used int // rows from here on were never written to
}

// NewRows returns a converter of objects that have the given fields into columns of
// those that are wanted.
func NewRows(fields []types.Field, wanted []int, s Settings) (*Rows, error) {
	r := &Rows{}
	r.set = s
	r.root = &node{op: opRow}
	for _, w := range wanted {
		r.exact = r.exact || hasDecimal(fields[w].Type)
	}
	return r, r.root.compileFields(fields, append(make([]int, 0, len(wanted)), wanted...))
}

// Begin says in which columns and behind how many rows the objects of data are to be
// appended, and how many are expected.
func (r *Rows) Begin(data []byte, cols []*vector.Vector, rows, expected int) {
	r.data = data
	r.row, r.used, r.room = rows, rows, rows+expected
	for k, f := range r.root.fields {
		f.bind(cols[k], data)
		cols[k].Extend(expected)
	}
}

// Append converts the object at s into another row. After a Fault there is no part of
// it in the columns.
func (r *Rows) Append(s Span) *Fault {
	r.start(r.data, s.To)
	i := r.space(s.From)
	if r.at(i) != '{' {
		r.expected(i, "an object")
	} else if i = r.appendObject(i); i >= 0 {
		return nil
	}
	r.Cut(r.row)
	return r.fault()
}

// appendObject converts the object at i into another row and returns what follows it.
func (r *Rows) appendObject(i int) int {
	if r.row == r.room {
		n := 16 + (r.room-r.row)/2
		for _, f := range r.root.fields {
			f.vec.Extend(n)
		}
		r.room += n
	}
	if r.used <= r.row {
		r.used = r.row + 1
	}
	if i = r.object(r.root, i, r.row); i >= 0 {
		r.row++
	}
	return i
}

// Len is the number of rows that the columns have, those before Begin included.
func (r *Rows) Len() int { return r.row }

// Cut takes back all rows from row on, and what was written of the one behind them.
func (r *Rows) Cut(row int) {
	for _, f := range r.root.fields {
		for k := r.used - 1; k >= row; k-- {
			f.reset(k)
		}
	}
	r.row, r.used = row, row
}

// End drops the slots that were not used.
func (r *Rows) End() {
	for _, f := range r.root.fields {
		f.vec.Truncate(r.row)
	}
}

// Fault is why an object does not convert.
type Fault struct {
	At     int    // index into the data
	Field  string // "" if the syntax is at fault
	Reason string
	// Fatal tells that ignore-parse-errors does not help: a column that is NOT NULL
	// would be NULL.
	Fatal bool
}

// fault is the fault that the scanner noted.
func (s *scanner) fault() *Fault {
	f := &Fault{At: s.faultAt, Reason: s.reason, Fatal: s.fatal}
	if s.field != nil {
		f.Field = s.field.path
	}
	return f
}

// Error makes the error of a fault in record k.
func (f *Fault) Error(records format.Records, k int) *format.RecordError {
	from, to := records.From[k], records.To[k]
	return &format.RecordError{
		Record: k,
		Offset: f.At - int(from),
		Field:  f.Field,
		Reason: f.Reason,
		Raw:    append([]byte(nil), records.Data[from:to]...),
	}
}
