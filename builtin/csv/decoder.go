package csv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"tidemark.dev/format"
	"tidemark.dev/vector"
)

// The decoder walks over a record field by field.
//
//  1. A field that does not begin with a quote is scanned eight bytes at a time for the
//     first byte that is the separator, a control character or the escape character. Bytes
//     above 127 on the way make the field be checked for UTF-8, once it has ended.
//  2. A field that does is scanned for its closing quote; if there are doubled quotes or
//     escapes in it, its text is put together aside. Behind the closing quote only white
//     space may stand.
//  3. The text is converted where it stands, by the type of the column at that place,
//     into the row's slot. A field that nobody reads is only scanned.
//  4. At the end of the record the number of its fields is looked at.
//
// All writing is into slots that exist already, so that a record that turns out to be
// bad leaves nothing behind but slots to be used again.

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// decoder is the format.Decoder of the csv format.
type decoder struct {
	settings
	fields []*field // by place
	read   []*field // by column
	seps   uint64   // the separator in each byte
	escs   uint64   // the escape character, or the separator again

	data    []byte
	end     int
	row     int
	text    []byte // of a field with doubled quotes or escapes
	decoded []byte // of base 64

	faultAt int
	reason  string
	path    string
	fatal   bool // ignore-parse-errors does not help
}

func newDecoder(t *format.Table) (format.Decoder, error) {
	s, err := newSettings(t)
	if err != nil {
		return nil, err
	}
	d := &decoder{settings: s}
	if d.fields, d.read, err = compile(t.Schema, t.Wanted); err != nil {
		return nil, fmt.Errorf("table %s: %w", t.Name, err)
	}
	d.seps = lowBits * uint64(s.separator)
	d.escs = d.seps
	if s.escape >= 0 {
		d.escs = lowBits * uint64(s.escape)
	}
	return d, nil
}

// Decode implements format.Decoder. It allocates nothing for a record, except for
// texts with doubled quotes or escapes, in chunks.
func (d *decoder) Decode(records format.Records, b *vector.Batch, rows []int32) (done int, err error) {
	base := b.Len()
	d.data, d.row = records.Data, base
	for k, f := range d.read {
		b.Cols[k].Extend(records.Len())
		f.bind(b.Cols[k], records.Data)
	}
	for ; done < records.Len(); done++ {
		if from := records.From[done]; from >= 0 {
			if !d.record(int(from), int(records.To[done])) {
				for _, f := range d.read {
					f.reset(d.row)
				}
				if d.fatal || !d.ignore {
					err = d.fault(records, done)
					break
				}
			}
		}
		if rows != nil {
			rows[done] = int32(d.row)
		}
	}
	for _, f := range d.read {
		f.vec.Truncate(d.row)
	}
	if b.Kinds != nil {
		for range d.row - base {
			b.Kinds = append(b.Kinds, vector.Insert)
		}
	}
	b.SetLen(d.row)
	return done, err
}

// fault makes the error of record k.
func (d *decoder) fault(records format.Records, k int) *format.RecordError {
	from, to := records.From[k], records.To[k]
	return &format.RecordError{Record: k, Offset: d.faultAt - int(from), Field: d.path, Reason: d.reason,
		Raw: append([]byte(nil), records.Data[from:to]...)}
}

// fail notes a fault of the record.
func (d *decoder) fail(i int, reason string) bool {
	d.faultAt, d.reason, d.path, d.fatal = i, reason, "", false
	return false
}

// record converts the record data[from:to].
func (d *decoder) record(from, to int) bool {
	d.end = to
	i := from
	if !d.files {
		var ok, empty bool
		if i, ok, empty = d.message(i); !ok || empty {
			return ok
		}
	}
	place := 0
	for ; ; place++ {
		start := i
		if d.trim {
			i = d.space(i)
		}
		var next int
		var last, ok bool
		if i < to && int(d.data[i]) == d.quote {
			next, last, ok = d.quoted(place, i)
		} else {
			next, last, ok = d.unquoted(place, i)
		}
		if !ok {
			return false
		}
		if place >= len(d.fields) {
			if last, ok = d.extra(place, start, next, last); !ok {
				return false
			}
		}
		i = next
		if last {
			break
		}
	}
	if place+1 < len(d.fields) && !d.short(place+1, from) {
		return false
	}
	if !d.files && !d.trailingBlank(i) {
		return false
	}
	d.row++
	return true
}

// short deals with a record of n fields, fewer than there should be. Flink counts
// only the fields that are read.
func (d *decoder) short(n, from int) bool {
	if d.missing || n < len(d.read) && !d.ignore {
		return d.fail(d.end, fmt.Sprintf("the record has %d fields, not %d", n, len(d.fields)))
	}
	for _, f := range d.fields[n:] {
		if f.op == opSkip {
			continue
		}
		if f.typ.NotNull {
			return d.refuse(f, d.end, "the field is missing, but declared NOT NULL", true)
		}
		f.null(d.row)
	}
	return true
}

// extra deals with field place, which is one too many. last tells whether it ends the
// record; so does the answer.
func (d *decoder) extra(place, i, next int, last bool) (bool, bool) {
	if d.trailing {
		return last, true
	}
	if place == len(d.fields) && d.comma && last && len(bytes.TrimFunc(d.text, func(r rune) bool { return r <= ' ' })) == 0 {
		return true, true
	}
	return last, d.fail(i, fmt.Sprintf("the record has more than %d fields", len(d.fields)))
}

// special has the high bit set of the first byte of w that is the separator, the escape
// character or a control character. Bits above that one mean nothing.
func (d *decoder) special(w uint64) uint64 {
	a, b := w^d.seps, w^d.escs
	return ((a-lowBits)&^a | (b-lowBits)&^b | (w-lowBits*' ')&^w) & highBits
}

// unquoted converts the field at i. next is where the following one begins, or, if this
// is the last one, where the record's line ends.
func (d *decoder) unquoted(place, i int) (next int, last, ok bool) {
	data, end, j := d.data, d.end, i
	var high uint64
	for {
		if j+8 <= len(data) {
			w := binary.LittleEndian.Uint64(data[j:])
			m := d.special(w)
			if m == 0 {
				high |= w
				j += 8
				continue
			}
			k := bits.TrailingZeros64(m) &^ 7
			high |= w & (1<<k - 1)
			j += k >> 3
		}
		if j >= end {
			j = end
			last = true
			break
		}
		c := data[j]
		if c == d.separator {
			break
		}
		if c == '\n' || c == '\r' {
			last = true
			break
		}
		if int(c) == d.escape {
			return d.escaped(place, i)
		}
		high |= uint64(c)
		j++
	}
	if high&highBits != 0 && !utf8.Valid(data[i:j]) {
		return 0, false, d.badUTF8(data[i:j], i)
	}
	to := j
	if d.trim {
		for to > i && data[to-1] <= ' ' {
			to--
		}
	}
	if next = j; !last {
		next++
	}
	if place < len(d.fields) {
		if f := d.fields[place]; f.op != opSkip {
			return next, last, d.convert(f, i, to)
		}
		return next, last, true
	}
	d.text = append(d.text[:0], data[i:to]...)
	return next, last, true
}

// escaped is unquoted of a field with escapes.
func (d *decoder) escaped(place, i int) (next int, last, ok bool) {
	d.text = d.text[:0]
	j := i
	for {
		if j >= d.end || d.data[j] == '\n' || d.data[j] == '\r' {
			next, last = j, true
			break
		}
		c := d.data[j]
		if c == d.separator {
			next = j + 1
			break
		}
		if j++; int(c) == d.escape {
			if c, ok = d.unescape(j); !ok {
				return 0, false, false
			}
			j++
		}
		d.text = append(d.text, c)
	}
	if !utf8.Valid(d.data[i:j]) {
		return 0, false, d.badUTF8(d.data[i:j], i)
	}
	if d.trim {
		for len(d.text) > 0 && d.text[len(d.text)-1] <= ' ' {
			d.text = d.text[:len(d.text)-1]
		}
	}
	return next, last, d.put(place, i)
}

// unescape is what the character at j stands for behind an escape character.
func (d *decoder) unescape(j int) (byte, bool) {
	if j >= d.end {
		return 0, d.fail(j, "the record ends behind an escape character")
	}
	switch c := d.data[j]; c {
	case '0':
		return 0, true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	default:
		return c, true
	}
}

// quoted converts the field whose opening quote is at i.
func (d *decoder) quoted(place, i int) (next int, last, ok bool) {
	data, end := d.data, d.end
	quote := byte(d.quote)
	i++
	j := i
	if k := bytes.IndexByte(data[i:end], quote); k < 0 {
		return 0, false, d.fail(i-1, "the quote is not closed")
	} else if d.escape < 0 || bytes.IndexByte(data[i:i+k], byte(d.escape)) < 0 {
		j += k
	}
	simple := j < end && data[j] == quote && !(j+1 < end && data[j+1] == quote)
	if !simple {
		if j, ok = d.unquote(i); !ok {
			return 0, false, false
		}
	}
	if !utf8.Valid(data[i:j]) {
		return 0, false, d.badUTF8(data[i:j], i)
	}
	if next, last, ok = d.behind(j + 1); !ok {
		return 0, false, false
	}
	if !simple {
		return next, last, d.put(place, i)
	}
	if place >= len(d.fields) {
		d.text = append(d.text[:0], data[i:j]...)
		return next, last, true
	}
	if f := d.fields[place]; f.op != opSkip {
		return next, last, d.convert(f, i, j)
	}
	return next, last, true
}

// unquote puts the text that begins at i, behind its opening quote, together, and answers
// where its closing quote is.
func (d *decoder) unquote(i int) (int, bool) {
	d.text = d.text[:0]
	for j := i; d.escape < 0; { // between quotes there is nothing to look for
		k := bytes.IndexByte(d.data[j:d.end], byte(d.quote))
		if k < 0 {
			return 0, d.fail(i-1, "the quote is not closed")
		}
		if k += j + 1; k == d.end || int(d.data[k]) != d.quote {
			d.text = append(d.text, d.data[j:k-1]...)
			return k - 1, true
		}
		d.text = append(d.text, d.data[j:k]...)
		j = k + 1
	}
	for j := i; j < d.end; {
		c := d.data[j]
		j++
		if int(c) == d.quote {
			if j < d.end && int(d.data[j]) == d.quote {
				j++
			} else {
				return j - 1, true
			}
		} else if int(c) == d.escape {
			var ok bool
			if c, ok = d.unescape(j); !ok {
				return 0, false
			}
			j++
		}
		d.text = append(d.text, c)
	}
	return 0, d.fail(i-1, "the quote is not closed")
}

// behind skips white space behind a closing quote, up to the separator or the line's end.
func (d *decoder) behind(i int) (next int, last, ok bool) {
	for ; i < d.end; i++ {
		c := d.data[i]
		if c == d.separator {
			return i + 1, false, true
		}
		if c > ' ' {
			r, _ := utf8.DecodeRune(d.data[i:d.end])
			return 0, false, d.fail(i, fmt.Sprintf("expected %q or the end of the line behind the closing quote, found %q", rune(d.separator), r))
		}
		if c == '\n' || c == '\r' {
			break
		}
	}
	return i, true, true
}

// put converts the field whose text was put together.
func (d *decoder) put(place, i int) bool {
	if place >= len(d.fields) || d.fields[place].op == opSkip {
		return true
	}
	return d.value(d.fields[place], d.text, i)
}

func (d *decoder) badUTF8(b []byte, at int) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			break
		}
		b, at = b[n:], at+n
	}
	return d.fail(at, "bytes that are not UTF-8")
}

// space skips white space before a field, but no line end and no separator.
func (d *decoder) space(i int) int {
	for i < d.end {
		c := d.data[i]
		if c > ' ' || c == d.separator || c == '\n' || c == '\r' {
			break
		}
		i++
	}
	return i
}
