package deadletter

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Kind says why a row was set aside.
type Kind uint8

// The kinds of letters.
const (
	Late     Kind = iota + 1 // its window had closed
	Bad                      // the record does not decode
	Diverted                 // an expression, or a constraint of the sink, failed
)

// String is the kind as tables show it.
func (k Kind) String() string {
	switch k {
	case Late:
		return "late"
	case Bad:
		return "bad"
	case Diverted:
		return "diverted"
	}
	return "unknown"
}

// NoTime stands for a time that a letter does not have.
const NoTime = -1 << 63

// Letter is one row or record that was set aside. Times are microseconds since 1970, or
// NoTime.
type Letter struct {
	Kind     Kind
	At       int64  // when it was set aside, by the clock
	Operator string // the operator that set it aside, or the source's table
	Reason   string // in words: what a record or an expression failed on
	Event    int64  // the row's event time
	Mark     int64  // the watermark it came behind
	Window   int64  // the end of the window it missed
	Source   string // the split and position of the one record that the row was made from; "": several, or none
	Offset   int64  // of a Bad record: the byte at which decoding failed; -1: none
	Row      []byte // the row as JSON, or the bytes of a Bad record
}

const version = 1

// Append appends the letter to b, in the form in which a Store and the parts of an epoch have it.
func (l *Letter) Append(b []byte) []byte {
	b = append(b, version, byte(l.Kind))
	for _, x := range []int64{l.At, l.Event, l.Mark, l.Window, l.Offset} {
		b = binary.LittleEndian.AppendUint64(b, uint64(x))
	}
	for _, s := range []string{l.Operator, l.Reason, l.Source} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return append(b, l.Row...)
}

var errLetter = errors.New("not a letter of this version of tidemark")

// Parse reads a letter; its Row shares b.
func Parse(b []byte) (l Letter, err error) {
	const times = 5
	if len(b) < 2+8*times || b[0] != version {
		return l, errLetter
	}
	l.Kind, b = Kind(b[1]), b[2:]
	for i, p := range []*int64{&l.At, &l.Event, &l.Mark, &l.Window, &l.Offset} {
		*p = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	b = b[8*times:]
	for _, p := range []*string{&l.Operator, &l.Reason, &l.Source} {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return l, errLetter
		}
		*p, b = string(b[k:k+int(n)]), b[k+int(n):]
	}
	l.Row = b
	return l, nil
}

// A letter in a segment, and in a list of letters, is framed: its length and check sum, 4 bytes each.
const frameSize = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendFramed appends the letter to a list of letters, as Store.Append takes them.
func (l *Letter) AppendFramed(list []byte) []byte {
	at := len(list)
	list = append(list, make([]byte, frameSize)...)
	list = l.Append(list)
	body := list[at+frameSize:]
	binary.LittleEndian.PutUint32(list[at:], uint32(len(body)))
	binary.LittleEndian.PutUint32(list[at+4:], crc32.Checksum(body, castagnoli))
	return list
}

// frame cuts the first letter off a list; size 0: the list holds no whole letter.
func frame(list []byte) (body []byte, size int, damaged bool) {
	if len(list) < frameSize {
		return nil, 0, false
	}
	n := int64(binary.LittleEndian.Uint32(list))
	if n > int64(len(list)-frameSize) {
		return nil, 0, false
	}
	body = list[frameSize : frameSize+n]
	return body, frameSize + int(n), crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(list[4:])
}
