package kafka

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// ticket is what an exactly-once epoch needs to be committed by any process, as it is
// kept in the epoch's log record:
//
//	byte     version, 1
//	text     transactional id     (a text is a uvarint of its length, then its bytes)
//	text     group that holds the mark
//	text     run
//	8 bytes  producer id, big endian
//	2 bytes  producer epoch, big endian
//
// An epoch in which no row was written has no transaction, and a ticket of no bytes.
type ticket struct {
	id, group, run string
	producer       int64
	producerEpoch  int16
}

const ticketVersion = 1

func (t ticket) encode() []byte {
	b := []byte{ticketVersion}
	for _, s := range []string{t.id, t.group, t.run} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(t.producer))
	return binary.BigEndian.AppendUint16(b, uint16(t.producerEpoch))
}

func decodeTicket(b []byte) (t ticket, err error) {
	bad := fmt.Errorf("kafka: the stored ticket %x is damaged or of a later version", b)
	if len(b) == 0 || b[0] != ticketVersion {
		return t, bad
	}
	b = b[1:]
	for _, s := range []*string{&t.id, &t.group, &t.run} {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return t, bad
		}
		*s, b = string(b[used:used+int(n)]), b[used+int(n):]
	}
	if len(b) != 10 {
		return t, bad
	}
	t.producer = int64(binary.BigEndian.Uint64(b))
	t.producerEpoch = int16(binary.BigEndian.Uint16(b[8:]))
	return t, nil
}

// mark says which epoch of which run was the last whose rows were committed. It is the
// metadata of an offset in a group of the pipeline's own: "tidemark/1 RUN EPOCH".
type mark struct {
	run   string
	epoch uint64
}

func (m mark) String() string { return fmt.Sprintf("tidemark/1 %s %d", m.run, m.epoch) }

func parseMark(text string) (m mark, ok bool) {
	rest, ok := strings.CutPrefix(text, "tidemark/1 ")
	if !ok {
		return m, false
	}
	at := strings.LastIndexByte(rest, ' ')
	if at < 0 {
		return m, false
	}
	epoch, err := strconv.ParseUint(rest[at+1:], 10, 64)
	return mark{run: rest[:at], epoch: epoch}, err == nil
}
