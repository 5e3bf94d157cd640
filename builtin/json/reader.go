package json

import (
	"encoding/binary"
	"math/bits"

	"tidemark.dev/types"
)

// The reader converts one object into one row of columns.
//
//  1. It compares what stands at the cursor, from the end of one value to the
//     beginning of the next (`,"price":`), with what stood there in the previous
//     object. When they are equal, which they are in records that one program
//     writes, the field is known after two comparisons of eight bytes, white space
//     included.
//  2. Otherwise the general path parses separator and key, finds the field by
//     name, and remembers both for the next object. Where that does not help, because
//     every object has an order of its own, it is given up for a while.
//  3. The value is converted where it stands, by the field's type, into the row's
//     slot. Numbers, texts and timestamps of the usual form are read in one pass;
//     what does not look like that is scanned to its end first, and then converted
//     by the rules of Flink's reader.
//  4. A value that nobody wants is only scanned.
//  5. Fields that did not come are NULL. A field that comes twice is written twice.
//
// All writing is into slots that exist already, so that a record that turns out to be
// bad leaves nothing behind but slots to be used again.

// reader converts objects with the schema of root.
type reader struct {
	scanner
	root    *node
	set     Settings
	exact   bool // the schema has a DECIMAL somewhere
	stamp   uint64
	scratch []byte
	decoded []byte    // of base 64
	keys    []keySpan // of the map that is being read
}

// start sets the reader on a record of data that ends at end.
func (r *reader) start(data []byte, end int) {
	r.scanner.begin(data, end)
	r.keys = r.keys[:0]
}

// endOfObject is what the general path returns for a closing brace.
var endOfObject = new(node)

// object converts the object at i, which begins with a brace, into the children of
// n, and returns what follows it.
func (r *reader) object(n *node, i, row int) int {
	if r.depth >= maxDepth {
		return r.fail(i, "objects and arrays nest deeper than 1000 levels")
	}
	r.depth++
	r.stamp++
	stamp := r.stamp
	missing := len(n.fields)
	data := r.data
	speculate, misses, pos := n.quiet == 0, 0, 0
	for ; ; pos++ {
		var kid *node
		if speculate && i+16 <= len(data) {
			w0, w1 := binary.LittleEndian.Uint64(data[i:]), binary.LittleEndian.Uint64(data[i+8:])
			for p := pos; p < len(n.shape) && p <= pos+maxAbsent; p++ {
				m := &n.shape[p]
				if (w0^m.w0)&m.m0|(w1^m.w1)&m.m1 == 0 &&
					i+m.n < r.end && (m.n <= 16 || string(data[i+16:i+m.n]) == string(m.lit[16:])) {
					i += m.n
					kid = m.kid
					pos = p
					if data[i] > ' ' {
						goto value
					}
					if i = r.space(i); i >= r.end {
						return r.expected(i, "a value")
					}
					goto value
				}
			}
		}
		misses++
		if i, kid = r.member(n, i, pos, speculate); i < 0 {
			return i
		}
		if kid == endOfObject {
			break
		}
	value:
		if kid == nil {
			if data[i] == '"' {
				if i, _ = r.text(i + 1); i < 0 {
					return i
				}
				i++
			} else if i = r.skip(i); i < 0 {
				return i
			}
		} else {
			if kid.stamp != stamp {
				kid.stamp = stamp
				missing--
			} else if kid.op < opSpan {
				kid.reset(row)
			}
			if i = r.convert(kid, i, row); i < 0 {
				return i
			}
		}
		if i < r.end && data[i] == '}' {
			i++
			break
		}
	}
	r.depth--
	n.weigh(speculate, misses, pos)
	if missing > 0 && !r.missing(n, i, row, stamp) {
		return -1
	}
	return i
}

// missing deals with the fields that the object which ends at i did not have.
func (r *reader) missing(n *node, i, row int, stamp uint64) bool {
	for _, f := range n.fields {
		if f.stamp == stamp {
			continue
		}
		if f.op >= opSpan {
			f.clear()
			continue
		}
		if r.set.FailOnMissingField {
			return r.refuse(f, i-1, "the field is missing", false) > 0
		}
		if r.setNull(f, i-1, i, row) < 0 {
			return false
		}
	}
	return true
}

// member parses what stands before the value of member pos of an object: the brace
// or comma, the key, the colon. It returns where the value begins and the field it
// is for, nil if nobody wants it, or endOfObject.
func (r *reader) member(n *node, i, pos int, learn bool) (int, *node) {
	start := i
	i = r.space(i)
	if pos == 0 {
		if i = r.space(i + 1); r.at(i) == '}' {
			return i + 1, endOfObject
		}
	} else {
		switch r.at(i) {
		case '}':
			return i + 1, endOfObject
		case ',':
			i = r.space(i + 1)
		default:
			return r.expected(i, "',' or '}'"), nil
		}
	}
	if r.at(i) != '"' {
		return r.expected(i, "a key in quotes"), nil
	}
	kid, end := r.shortKey(n, i+1)
	if end < 0 {
		var escaped bool
		if end, escaped = r.text(i + 1); end < 0 {
			return end, nil
		}
		key := r.data[i+1 : end]
		if escaped {
			r.scratch = unescape(r.scratch[:0], key)
			key = r.scratch
		}
		kid = n.names.find(key)
	}
	if i = r.colon(end + 1); i < 0 {
		return i, nil
	}
	if i >= r.end {
		return r.expected(i, "a value"), nil
	}
	if learn && i-start <= maxLiteral {
		n.learn(pos, r.data[start:i], kid)
	}
	return i, kid
}

// shortKey looks up the key whose opening quote is before i, and returns where its closing
// quote is: -1 if the key is longer than 16 bytes, is not all ASCII, or has escapes.
func (r *reader) shortKey(n *node, i int) (kid *node, end int) {
	if i+shortName >= r.end {
		return nil, -1
	}
	b := r.data[i:]
	b = b[: shortName+1 : shortName+1]
	w0, w1 := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	m0, m1 := special(w0), special(w1)
	k := shortName
	switch {
	case m0 != 0:
		at := bits.TrailingZeros64(m0) &^ 7
		k, w0, w1 = at>>3, w0&(1<<at-1), 0
	case m1 != 0:
		at := bits.TrailingZeros64(m1) &^ 7
		k, w1 = 8+at>>3, w1&(1<<at-1)
	}
	if b[k] != '"' || (w0|w1)&highBits != 0 {
		return nil, -1
	}
	return n.names.findShort(w0, w1, k), i + k
}

// convert converts the value at i into slot row of n's column and returns what
// follows it.
func (r *reader) convert(n *node, i, row int) int {
	switch n.op {
	case opInt64:
		return r.int64(n, i, row)
	case opText:
		return r.string(n, i, row)
	case opTimestamp, opFine:
		return r.timestamp(n, i, row)
	case opFloat64:
		return r.float64(n, i, row)
	case opInt32, opInt16, opInt8:
		return r.int32(n, i, row)
	case opDecimal, opWide:
		return r.decimal(n, i, row)
	case opSpan, opGroup:
		return r.note(n, i)
	}
	if r.data[i] == 'n' {
		return r.null(n, i, row)
	}
	switch n.op {
	case opBool:
		return r.bool(n, i, row)
	case opFloat32:
		return r.float32(n, i, row)
	case opDate:
		return r.date(n, i, row)
	case opTime:
		return r.time(n, i, row)
	case opSince:
		return r.since(n, i, row)
	case opJavaText:
		return r.javaText(n, i, row)
	case opBytes:
		return r.bytes(n, i, row)
	case opArray:
		return r.array(n, i, row)
	case opMap:
		return r.mapping(n, i, row)
	case opRow:
		if r.data[i] != '{' {
			return r.mismatch(n, i, row, "expected an object")
		}
		return r.object(n, i, row)
	}
	end := r.skip(i)
	if end < 0 {
		return end
	}
	return r.setNull(n, i, end, row)
}

// note scans the value at i, whose place an envelope wants to know.
func (r *reader) note(n *node, i int) (end int) {
	if n.op == opGroup && r.data[i] == '{' {
		end = r.object(n, i, 0)
	} else {
		n.clear()
		end = r.skip(i)
	}
	n.span = Span{i, end}
	return end
}

// null converts the literal null.
func (r *reader) null(n *node, i, row int) int {
	end := r.literal(i, "null")
	if end < 0 {
		return end
	}
	return r.setNull(n, i, end, row)
}

// setNull makes a field NULL whose value, if there is one, is at i..end-1. A column
// that is NOT NULL holds no NULL whatever the options say: Flink lets it pass, and
// fails or computes nonsense further on.
func (r *reader) setNull(n *node, i, end, row int) int {
	if n.must {
		return r.refuse(n, i, "the field is NULL or missing, but declared NOT NULL", true)
	}
	n.null(row)
	return end
}

// mismatch scans the value at i, which is not of the kind that n wants.
func (r *reader) mismatch(n *node, i, row int, reason string) int {
	end := r.skip(i)
	if end < 0 {
		return end
	}
	return r.bad(n, i, end, row, reason)
}

// refuse notes a fault of a field.
func (r *reader) refuse(n *node, i int, reason string, fatal bool) int {
	r.faultAt, r.reason, r.field, r.fatal = i, reason, n, fatal
	return -1
}

// bad is the fate of a well-formed value at i..end-1 that does not convert: NULL
// where errors are ignored, else a fault.
func (r *reader) bad(n *node, i, end, row int, reason string) int {
	if r.set.IgnoreParseErrors {
		return r.setNull(n, i, end, row)
	}
	return r.refuse(n, i, reason, false)
}

// hasDecimal tells whether there is a DECIMAL anywhere in t.
func hasDecimal(t types.Type) bool {
	if t.Kind == types.Decimal || t.Elem != nil && hasDecimal(*t.Elem) || t.Key != nil && hasDecimal(*t.Key) {
		return true
	}
	for _, f := range t.Fields {
		if hasDecimal(f.Type) {
			return true
		}
	}
	return false
}
