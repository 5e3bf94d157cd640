package csv

import (
	"fmt"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// op is what is done with the text of a field: one for each way to convert.
type op uint8

const (
	opSkip op = iota // nobody reads it
	opText
	opInt // of 8, 16 or 32 bits
	opLong
	opDouble
	opFloat
	opDecimal
	opTimestamp
	opDate
	opTime
	opBool
	opBytes
	opNull
	opArray
	opRow
)

// field converts the texts of one field, or of the elements of one.
type field struct {
	op    op
	typ   types.Type
	path  string // as errors name it
	least int64  // of an integer
	most  int64

	vec    *vector.Vector
	buffer int // what AddBuffer answered

	elem *field
	kids []*field
}

var skipped = &field{op: opSkip}

// compile makes the fields of a record. Those of wanted are also returned in that order.
func compile(fields []types.Field, wanted []int) (all, read []*field, err error) {
	all = make([]*field, len(fields))
	for i := range all {
		all[i] = skipped
		// Flink refuses a table of which a field has no form in CSV, also if it is not read.
		if _, err := newField(fields[i].Type, fields[i].Name, true); err != nil {
			return nil, nil, err
		}
	}
	for _, w := range wanted {
		f, err := newField(fields[w].Type, fields[w].Name, true)
		if err != nil {
			return nil, nil, err
		}
		all[w] = f
		read = append(read, f)
	}
	return all, read, nil
}

func newField(t types.Type, path string, top bool) (f *field, err error) {
	f = &field{typ: t, path: path}
	switch t.Kind {
	case types.Boolean:
		f.op = opBool
	case types.TinyInt:
		f.op, f.least, f.most = opInt, -1<<7, 1<<7-1
	case types.SmallInt:
		f.op, f.least, f.most = opInt, -1<<15, 1<<15-1
	case types.Int:
		f.op, f.least, f.most = opInt, -1<<31, 1<<31-1
	case types.BigInt:
		f.op, f.least, f.most = opLong, -1<<63, 1<<63-1
	case types.Float:
		f.op = opFloat
	case types.Double:
		f.op = opDouble
	case types.Decimal:
		f.op = opDecimal
	case types.Date:
		f.op = opDate
	case types.Time:
		f.op = opTime
	case types.Timestamp, types.TimestampLTZ:
		f.op = opTimestamp
	case types.Char, types.VarChar:
		f.op = opText
	case types.Binary, types.VarBinary:
		f.op = opBytes
	case types.Null:
		f.op = opNull
	case types.Array, types.Row:
		if !top {
			return nil, fmt.Errorf("field %s: the csv format has no ARRAY or ROW within another", path)
		}
		return f, f.nest()
	default:
		return nil, fmt.Errorf("field %s: the csv format has no values of type %v", path, t)
	}
	return f, nil
}

func (f *field) nest() (err error) {
	if f.typ.Kind == types.Array {
		f.op = opArray
		f.elem, err = newField(*f.typ.Elem, f.path+"[]", false)
		return err
	}
	f.op = opRow
	for _, k := range f.typ.Fields {
		kid, err := newField(k.Type, f.path+"."+k.Name, false)
		if err != nil {
			return err
		}
		f.kids = append(f.kids, kid)
	}
	return nil
}

// bind tells the field which column it fills, and of which buffer its texts may be views.
func (f *field) bind(v *vector.Vector, data []byte) {
	f.vec = v
	switch f.op {
	case opText:
		f.buffer = v.AddBuffer(data)
	case opArray:
		f.elem.bind(v.Child(0), nil)
	case opRow:
		for i, k := range f.kids {
			k.bind(v.Child(i), nil)
		}
	}
}

// reset takes back what was written of a row, the last one written.
func (f *field) reset(row int) {
	f.vec.SetNotNull(row)
	switch f.op {
	case opArray:
		from, _ := f.vec.Span(row)
		f.vec.Child(0).Truncate(from)
	case opRow:
		for _, k := range f.kids {
			k.reset(row)
		}
	}
}

// null makes a row NULL.
func (f *field) null(row int) {
	f.vec.SetNull(row)
	switch f.op {
	case opText, opBytes:
		f.vec.Views()[row] = vector.View{}
	case opArray:
		f.vec.EndList(row)
	case opRow:
		for _, k := range f.kids {
			k.null(row)
		}
	}
}
