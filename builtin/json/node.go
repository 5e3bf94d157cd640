package json

import (
	"encoding/binary"
	"fmt"

	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// op is what is done with a value: one for each way to convert.
type op uint8

const (
	opBool op = iota
	opInt8
	opInt16
	opInt32
	opInt64
	opFloat32
	opFloat64
	opDecimal // in 64 bits
	opWide    // in 128 bits
	opDate
	opTime
	opTimestamp // in microseconds
	opFine      // in nanoseconds
	opText
	opBytes
	opArray
	opMap
	opRow
	opNull
	opSince    // of a number of units since 1970, in microseconds
	opJavaText // of a text as Java writes timestamps, in microseconds

	// Those of an Envelope: noted, not converted.
	opSpan
	opGroup // and looked into
)

// node converts the values of one field, of the record or nested. Nodes are a tree
// of the schema's shape.
type node struct {
	op    op
	kind  types.Kind
	path  string // as errors name it: user.addresses[].zip
	name  string
	local bool // of a timestamp: TIMESTAMP_LTZ
	width int  // of a DECIMAL: precision; of a timestamp: fractional digits
	scale int  // of a DECIMAL; of opSince: microseconds of a unit
	iso   bool // of opJavaText: with a T
	must  bool // NOT NULL

	vec    *vector.Vector
	buffer int    // what AddBuffer answered
	stamp  uint64 // the object that the field was last seen in
	span   Span   // of opSpan

	elem, key *node   // of lists
	fields    []*node // of objects
	names     nameTable
	shape     []member
	unlike    int // how often of late an object was unlike the shape
	quiet     int // for so many objects nothing is compared with the shape
}

// Span is where a value stands in a record: from..to-1; to is 0 where there is none.
type Span struct{ From, To int }

// member is a member of the object that was read last: the next object probably
// has the same there.
type member struct {
	lit    []byte // from the end of the previous value (or the brace) to the first byte of the value
	w0, w1 uint64 // its first 16 bytes,
	m0, m1 uint64 // and which of them count
	n      int
	kid    *node // nil: nobody wants the value
}

const (
	// maxShape and maxLiteral bound what is remembered of an object: members beyond,
	// and with longer keys, take the general path.
	maxShape   = 256
	maxLiteral = 128
	// maxAbsent is how many members in a row an object may lack of those that others
	// had before it is worth no more to look for the next that it has.
	maxAbsent = 3
)

// learn remembers what stood before member pos of an object. While there are not many
// more members than fields, those that were known stay, one later: some objects have
// them, and some do not.
func (n *node) learn(pos int, lit []byte, kid *node) {
	switch {
	case pos >= maxShape || pos > len(n.shape):
		return
	case pos == len(n.shape):
		n.shape = append(n.shape, member{})
	case len(n.shape) < 2*len(n.fields)+16:
		n.shape = append(n.shape, member{})
		copy(n.shape[pos+1:], n.shape[pos:])
		n.shape[pos].lit = nil // the next one's
	}
	n.shape[pos].set(lit, kid)
}

func (m *member) set(lit []byte, kid *node) {
	m.kid = kid
	m.n = len(lit)
	m.lit = append(m.lit[:0], lit...)
	var b [16]byte
	n := copy(b[:], lit)
	m.w0, m.w1 = binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
	m.m0, m.m1 = ^uint64(0), ^uint64(0)
	if n < 8 {
		m.m0, m.m1 = 1<<(8*n)-1, 0
	} else if n < 16 {
		m.m1 = 1<<(8*(n-8)) - 1
	}
}

// weigh decides, after an object of members members of which misses were not where the
// shape has them, whether it is worth to go on comparing: not when most objects have
// most members elsewhere. After a while it is tried anew.
func (n *node) weigh(speculated bool, misses, members int) {
	const tries, rest = 16, 512
	switch {
	case !speculated:
		n.quiet--
	case misses > 1 && 2*misses > members:
		if n.unlike++; n.unlike >= tries {
			n.unlike, n.quiet = tries/2, rest
		}
	case n.unlike > 0:
		n.unlike--
	}
}

// compile makes the node for values of type t.
func compile(t types.Type, name, path string) (*node, error) {
	n := &node{kind: t.Kind, name: name, path: path, must: t.NotNull, width: int(t.Precision), scale: int(t.Scale)}
	switch t.Kind {
	case types.Boolean:
		n.op = opBool
	case types.TinyInt:
		n.op = opInt8
	case types.SmallInt:
		n.op = opInt16
	case types.Int, types.IntervalMonth:
		n.op = opInt32
	case types.BigInt, types.IntervalDay:
		n.op = opInt64
	case types.Float:
		n.op = opFloat32
	case types.Double:
		n.op = opFloat64
	case types.Decimal:
		n.op = opDecimal
		if t.Precision > 18 {
			n.op = opWide
		}
	case types.Date:
		n.op = opDate
	case types.Time:
		n.op = opTime
	case types.Timestamp, types.TimestampLTZ:
		n.op = opTimestamp
		if t.Precision > 6 {
			n.op = opFine
		}
		n.local = t.Kind == types.TimestampLTZ
	case types.Char, types.VarChar:
		n.op = opText
	case types.Binary, types.VarBinary:
		n.op = opBytes
	case types.Null:
		n.op = opNull
	case types.Array, types.Map, types.Multiset:
		return n, n.compileList(t)
	case types.Row:
		n.op = opRow
		return n, n.compileFields(t.Fields, nil)
	default:
		return nil, fmt.Errorf("field %s: the json format has no values of type %v", path, t.Kind)
	}
	return n, nil
}

func (n *node) compileList(t types.Type) (err error) {
	switch t.Kind {
	case types.Array:
		n.op = opArray
		n.elem, err = compile(*t.Elem, "", n.path+"[]")
		return err
	case types.Multiset:
		n.op = opMap
		t.Key, t.Elem = t.Elem, &types.Type{Kind: types.Int, NotNull: true}
	default:
		n.op = opMap
	}
	if !t.Key.IsText() {
		return fmt.Errorf("field %s: the json format has no keys of maps and multisets but texts", n.path)
	}
	if n.key, err = compile(*t.Key, "", n.path+"[key]"); err == nil {
		n.elem, err = compile(*t.Elem, "", n.path+"[]")
	}
	return err
}

// compileFields makes the children of an object: those of wanted, in that order, or
// all when it is nil. Of two fields with one name the last gets the value.
func (n *node) compileFields(fields []types.Field, wanted []int) error {
	if wanted == nil {
		for i := range fields {
			wanted = append(wanted, i)
		}
	}
	for _, i := range wanted {
		f := fields[i]
		path := f.Name
		if n.path != "" {
			path = n.path + "." + f.Name
		}
		kid, err := compile(f.Type, f.Name, path)
		if err != nil {
			return err
		}
		n.fields = append(n.fields, kid)
	}
	n.names.fill(n.fields)
	return nil
}

// bind tells the node and those below it which columns they fill, and of which
// buffer their texts may be views.
func (n *node) bind(v *vector.Vector, data []byte) {
	n.vec = v
	switch n.op {
	case opText:
		n.buffer = v.AddBuffer(data)
	case opArray:
		n.elem.bind(v.Child(0), data)
	case opMap:
		n.key.bind(v.Child(0), data)
		n.elem.bind(v.Child(1), data)
	case opRow:
		for i, f := range n.fields {
			f.bind(v.Child(i), data)
		}
	}
}

// null makes a row NULL, whatever was written of it before.
func (n *node) null(row int) {
	n.reset(row)
	n.vec.SetNull(row)
	switch n.op {
	case opText, opBytes:
		n.vec.Views()[row] = vector.View{}
	case opArray, opMap:
		n.vec.EndList(row)
	case opRow:
		for _, f := range n.fields {
			f.null(row)
		}
	}
}

// reset takes back what was written of a row, the last one written.
func (n *node) reset(row int) {
	n.vec.SetNotNull(row)
	switch n.op {
	case opArray, opMap:
		from, _ := n.vec.Span(row)
		n.vec.Child(0).Truncate(from)
		if n.op == opMap {
			n.vec.Child(1).Truncate(from)
		}
	case opRow:
		for _, f := range n.fields {
			f.reset(row)
		}
	}
}

// nameTable finds a field by its name: a hash table with open addressing. Names of at
// most 16 bytes are compared as two words, padded with zeros.
type nameTable struct {
	slots []nameSlot // a power of two, less than half full
}

type nameSlot struct {
	w0, w1 uint64
	field  *node
}

const shortName = 16

func (t *nameTable) fill(fields []*node) {
	size := 4
	for size < 3*len(fields) {
		size *= 2
	}
	t.slots = make([]nameSlot, size)
	for _, f := range fields {
		w0, w1 := nameWords([]byte(f.name))
		at := nameHash(w0, w1) & (size - 1)
		for t.slots[at].field != nil && t.slots[at].field.name != f.name {
			at = (at + 1) & (size - 1)
		}
		t.slots[at] = nameSlot{w0, w1, f}
	}
}

// find returns the field of that name, or nil.
func (t *nameTable) find(name []byte) *node {
	w0, w1 := nameWords(name)
	for at := nameHash(w0, w1) & (len(t.slots) - 1); ; at = (at + 1) & (len(t.slots) - 1) {
		if f := t.slots[at].field; f == nil || f.name == string(name) {
			return f
		}
	}
}

// findShort is find of a name of n bytes, at most 16, given as words.
func (t *nameTable) findShort(w0, w1 uint64, n int) *node {
	for at := nameHash(w0, w1) & (len(t.slots) - 1); ; at = (at + 1) & (len(t.slots) - 1) {
		s := &t.slots[at]
		if s.field == nil || s.w0 == w0 && s.w1 == w1 && len(s.field.name) == n {
			return s.field
		}
	}
}

// nameWords are the first 16 bytes of a name, and of a longer one the first and the last
// eight.
func nameWords(s []byte) (w0, w1 uint64) {
	if len(s) > shortName {
		return binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint64(s[len(s)-8:])
	}
	var b [shortName]byte
	copy(b[:], s)
	return binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
}

func nameHash(w0, w1 uint64) int {
	h := w0*0x9e3779b97f4a7c15 ^ w1*0xc2b2ae3d27d4eb4f
	return int((h ^ h>>32) * 0x9e3779b97f4a7c15 >> 33)
}
