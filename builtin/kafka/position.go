package kafka

import (
	"encoding/binary"
	"fmt"
)

// position is where a split goes on, as it is kept in the epoch log:
//
//	byte      version, 1
//	uvarint   next: the offset of the first record not yet read
//	uvarint   end + 1: the first offset that is not read any more; 0: there is no end
//	16 bytes  the topic's id, zero if the broker has none: a topic made anew has another
//
// The end was resolved at the first start and stays, so that a run that is resumed ends
// where it would have ended.
type position struct {
	next    int64
	end     int64 // unbounded: no end
	topicID [16]byte
}

const (
	positionVersion = 1
	unbounded       = -1
)

func (p position) encode() []byte {
	b := make([]byte, 1, 40)
	b[0] = positionVersion
	b = binary.AppendUvarint(b, uint64(p.next))
	b = binary.AppendUvarint(b, uint64(p.end+1))
	return append(b, p.topicID[:]...)
}

func decodePosition(b []byte) (p position, err error) {
	bad := fmt.Errorf("kafka: the stored position %x is damaged or of a later version", b)
	if len(b) == 0 || b[0] != positionVersion {
		return p, bad
	}
	b = b[1:]
	next, n := binary.Uvarint(b)
	if n <= 0 {
		return p, bad
	}
	b = b[n:]
	end, n := binary.Uvarint(b)
	if n <= 0 || len(b[n:]) != 16 || int64(next) < 0 || int64(end) < 0 {
		return p, bad
	}
	p.next, p.end = int64(next), int64(end)-1
	copy(p.topicID[:], b[n:])
	return p, nil
}
