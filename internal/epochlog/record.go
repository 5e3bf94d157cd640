package epochlog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/s2"
)

// Record is one epoch of a pipeline.
type Record struct {
	Epoch uint64
	Final bool
	// Tasks are the parts of the tasks, in no order.
	Tasks []TaskPart
	// Tickets of the sinks with a commit, in the order of commits.
	Tickets []Ticket
}

// TaskPart is what one operator in one task noted.
type TaskPart struct {
	Operator  string
	Task      uint32
	Watermark int64
	Counts    []int64
	Notes     []byte
	Change    []byte // of state: what state.Store.Apply takes
	// Pieces are the change in place of Change, in a record that is to be written.
	Pieces [][]byte
}

// Ticket is what a sink needs to finish the epoch.
type Ticket struct {
	Sink string // the operator's ID
	Data []byte
}

// The kinds of entries of a segment.
const (
	entryEpoch    = 1
	entrySettled  = 2
	entryRollback = 3
	entryEnd      = 4 // of a run: it is whole
)

// headerSize is the length of an entry's header: 4 bytes length of the body, 4 bytes
// CRC-32C of the rest of the header and the body, 1 byte kind, 1 byte flags, 2 bytes zero, 8
// bytes epoch.
const headerSize = 20

const flagCompressed = 1

// maxBody bounds the body of an entry, so that a damaged length is seen as such.
const maxBody = 1 << 30

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendEntry frames a body; bodies that gain from it are compressed.
func appendEntry(dst []byte, kind byte, epoch uint64, body []byte) []byte {
	flags := byte(0)
	if len(body) >= 512 {
		if c := s2.Encode(nil, body); len(c) < len(body)*7/8 {
			body, flags = c, flagCompressed
		}
	}
	at := len(dst)
	dst = append(dst, make([]byte, headerSize)...)
	dst = append(dst, body...)
	h := dst[at:]
	binary.LittleEndian.PutUint32(h, uint32(len(body)))
	h[8], h[9] = kind, flags
	binary.LittleEndian.PutUint64(h[12:], epoch)
	binary.LittleEndian.PutUint32(h[4:], crc32.Checksum(h[8:], castagnoli))
	return dst
}

// entry is an entry as it is on disk: its check sum is right.
type entry struct {
	kind   byte
	packed bool
	epoch  uint64
	body   []byte
}

// unpack gives the body, decompressed if need be.
func (e *entry) unpack() ([]byte, error) {
	if !e.packed {
		return e.body, nil
	}
	b, err := s2.Decode(nil, e.body)
	if err != nil {
		return nil, fmt.Errorf("the record of epoch %d does not decompress: %w", e.epoch, err)
	}
	return b, nil
}

// record reads an epoch's entry.
func (e *entry) record() (*Record, error) {
	b, err := e.unpack()
	if err != nil {
		return nil, err
	}
	return decodeRecord(e.epoch, b)
}

// errTorn: the entry is not whole. It may be the end of a crash, or damage.
var errTorn = fmt.Errorf("an entry is not whole")

// readEntry reads the entry that b begins with and its length.
func readEntry(b []byte) (e entry, n int, err error) {
	if len(b) < headerSize {
		return e, 0, errTorn
	}
	size := int(binary.LittleEndian.Uint32(b))
	if size > maxBody || len(b) < headerSize+size {
		return e, 0, errTorn
	}
	n = headerSize + size
	if crc32.Checksum(b[8:n], castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return e, n, errTorn
	}
	return entry{kind: b[8], packed: b[9]&flagCompressed != 0, epoch: binary.LittleEndian.Uint64(b[12:]), body: b[headerSize:n]}, n, nil
}

func appendBytes(b, x []byte) []byte { return append(binary.AppendUvarint(b, uint64(len(x))), x...) }

// encode writes the body of an epoch's entry, with the newest epoch known to be settled.
func (r *Record) encode(settled uint64) []byte {
	var b []byte
	final := byte(0)
	if r.Final {
		final = 1
	}
	b = append(b, final)
	b = binary.AppendUvarint(b, settled)
	b = binary.AppendUvarint(b, uint64(len(r.Tasks)))
	for _, t := range r.Tasks {
		b = appendBytes(b, []byte(t.Operator))
		b = binary.AppendUvarint(b, uint64(t.Task))
		b = binary.AppendVarint(b, t.Watermark)
		b = binary.AppendUvarint(b, uint64(len(t.Counts)))
		for _, c := range t.Counts {
			b = binary.AppendVarint(b, c)
		}
		b = appendBytes(b, t.Notes)
		size := len(t.Change)
		for _, p := range t.Pieces {
			size += len(p)
		}
		b = append(binary.AppendUvarint(b, uint64(size)), t.Change...)
		for _, p := range t.Pieces {
			b = append(b, p...)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(r.Tickets)))
	for _, t := range r.Tickets {
		b = appendBytes(b, []byte(t.Sink))
		b = appendBytes(b, t.Data)
	}
	return b
}

// decoder reads a body; what is short or wrong sets bad, and never panics.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) varint() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	x := d.b[:n:n]
	d.b = d.b[n:]
	return x
}

// count reads a number of things that take at least one byte each.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}

func decodeRecord(epoch uint64, body []byte) (*Record, error) {
	d := &decoder{b: body}
	r := &Record{Epoch: epoch}
	if len(d.b) == 0 {
		return nil, fmt.Errorf("the record of epoch %d is empty", epoch)
	}
	r.Final = d.b[0] == 1
	d.b = d.b[1:]
	d.uvarint() // settled: read by the log itself
	for n := d.count(); n > 0 && !d.bad; n-- {
		t := TaskPart{Operator: string(d.bytes()), Task: uint32(d.uvarint()), Watermark: d.varint()}
		for c := d.count(); c > 0 && !d.bad; c-- {
			t.Counts = append(t.Counts, d.varint())
		}
		t.Notes, t.Change = d.bytes(), d.bytes()
		r.Tasks = append(r.Tasks, t)
	}
	for n := d.count(); n > 0 && !d.bad; n-- {
		r.Tickets = append(r.Tickets, Ticket{Sink: string(d.bytes()), Data: d.bytes()})
	}
	if d.bad {
		return nil, fmt.Errorf("the record of epoch %d is malformed", epoch)
	}
	return r, nil
}
