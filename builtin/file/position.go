package file

import (
	"encoding/binary"
	"fmt"
)

// position is where a reader stands. Size and modified are those of the file when it
// was first seen: they bound what is read, so that reading is the same after a restart
// though the file may have grown.
//
// Written down, version 1: the byte 1, then offset, line, size and modified as unsigned
// varints, modified in zigzag.
type position struct {
	offset   int64 // of the first byte not read
	line     int64 // lines before it
	size     int64
	modified int64 // milliseconds since 1970
}

const positionVersion = 1

func (p position) bytes() []byte {
	b := make([]byte, 0, 24)
	b = append(b, positionVersion)
	b = binary.AppendUvarint(b, uint64(p.offset))
	b = binary.AppendUvarint(b, uint64(p.line))
	b = binary.AppendUvarint(b, uint64(p.size))
	return binary.AppendVarint(b, p.modified)
}

func parsePosition(b []byte) (p position, err error) {
	if len(b) == 0 || b[0] != positionVersion {
		return p, fmt.Errorf("the stored position %x is of no version that this program reads", b)
	}
	rest := b[1:]
	for _, field := range []*int64{&p.offset, &p.line, &p.size} {
		u, n := binary.Uvarint(rest)
		if n <= 0 || u > 1<<62 {
			return p, fmt.Errorf("the stored position %x is damaged", b)
		}
		*field, rest = int64(u), rest[n:]
	}
	m, n := binary.Varint(rest)
	if n <= 0 || n != len(rest) || p.offset > p.size {
		return p, fmt.Errorf("the stored position %x is damaged", b)
	}
	p.modified = m
	return p, nil
}
