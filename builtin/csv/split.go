package csv

import "bytes"

var byteOrderMark = []byte("\uFEFF")

// Split implements format.Splitter.
//
//  1. A line without the quote and the escape character is a record, cut at each \r.
//  2. In any other the fields are walked over, to see which quotes open a field: a line
//     end within such a field is part of it.
//  3. Where comments are allowed, lines that begin with # are left out, and so are
//     empty lines and spaces before records.
func (d *decoder) Split(data []byte, start, last bool, max int, from, to []int32) (_, _ []int32, next int) {
	i := 0
	if start && bytes.HasPrefix(data, byteOrderMark) {
		i = len(byteOrderMark)
	}
	for len(to) < max {
		if d.comments {
			begin, ok := d.comment(data, i, last)
			if !ok {
				break
			}
			i = begin
		}
		if i >= len(data) {
			break
		}
		end, after := d.lineEnd(data, i, last)
		if end < 0 {
			break
		}
		from, to = append(from, int32(i)), append(to, int32(end))
		i = after
	}
	return from, to, i
}

// comment skips lines that begin with #, empty lines and spaces. It is not ok if the
// data's end cuts what it skips.
func (d *decoder) comment(data []byte, i int, last bool) (next int, ok bool) {
	for i < len(data) {
		switch data[i] {
		case '#':
			end := bytes.IndexAny(data[i:], "\r\n")
			if end < 0 {
				if last {
					return len(data), true
				}
				return i, false
			}
			i += end + 1
		case '\n', '\r', ' ':
			i++
		default:
			return i, true
		}
	}
	return i, true
}

// lineEnd finds the end of the record at i, and where the next one begins; -1 if the
// data's end cuts it.
func (d *decoder) lineEnd(data []byte, i int, last bool) (end, next int) {
	end = bytes.IndexByte(data[i:], '\n')
	if end < 0 {
		if !last && !d.mayQuote(data[i:]) {
			return -1, i
		}
		end = len(data) - i
	}
	line := data[i : i+end]
	if d.mayQuote(line) {
		return d.quotedEnd(data, i, last)
	}
	if cr := bytes.IndexByte(line, '\r'); cr >= 0 {
		return d.endAt(data, i+cr, last)
	}
	if i+end == len(data) && !last {
		return -1, i
	}
	return i + end, min(i+end+1, len(data))
}

// endAt is the end of a record at i, which is a line end or the end of data. Of a \r at
// the end of data nobody knows whether a \n belongs to it.
func (d *decoder) endAt(data []byte, i int, last bool) (end, next int) {
	switch {
	case i >= len(data):
		if !last {
			return -1, 0
		}
		return len(data), len(data)
	case data[i] == '\n':
		return i, i + 1
	case i+1 < len(data):
		if data[i+1] == '\n' {
			return i, i + 2
		}
		return i, i + 1
	case last:
		return i, i + 1
	}
	return -1, 0
}

func (d *decoder) mayQuote(line []byte) bool {
	return d.quote >= 0 && bytes.IndexByte(line, byte(d.quote)) >= 0 ||
		d.escape >= 0 && bytes.IndexByte(line, byte(d.escape)) >= 0
}

// quotedEnd walks over the fields of the record at i.
func (d *decoder) quotedEnd(data []byte, i int, last bool) (end, next int) {
	for {
		// A field begins at i.
		if d.trim {
			for i < len(data) && data[i] <= ' ' && data[i] != d.separator && data[i] != '\n' && data[i] != '\r' {
				i++
			}
		}
		if i < len(data) && int(data[i]) == d.quote {
			for i++; ; i++ {
				if i >= len(data) {
					return d.endAt(data, i, last)
				}
				if int(data[i]) == d.quote {
					if i++; i >= len(data) && !last {
						return -1, 0
					}
					if i >= len(data) || int(data[i]) != d.quote {
						break
					}
				} else if int(data[i]) == d.escape {
					i++
				}
			}
			for i < len(data) && data[i] <= ' ' && data[i] != d.separator && data[i] != '\n' && data[i] != '\r' {
				i++
			}
			if i < len(data) && data[i] > ' ' && data[i] != d.separator {
				i++ // a fault; Flink goes on behind it as if a field began there
				continue
			}
		}
		for i < len(data) && data[i] != d.separator && data[i] != '\n' && data[i] != '\r' {
			if int(data[i]) == d.escape {
				i++
			}
			i++
		}
		if i = min(i, len(data)); i == len(data) || data[i] != d.separator {
			return d.endAt(data, i, last)
		}
		i++
	}
}

// message finds where a message's record begins: behind a byte order mark and comments.
// It is empty where comments are all there is.
func (d *decoder) message(i int) (start int, ok, empty bool) {
	if bytes.HasPrefix(d.data[i:d.end], byteOrderMark) {
		i += len(byteOrderMark)
	}
	if d.comments {
		begin, _ := d.comment(d.data[:d.end], i, true)
		i = begin
	}
	if i >= d.end {
		return i, d.fail(i, "the message is empty"), false
	}
	return i, true, false
}

// trailingBlank tells whether at i, the end of a message's record, nothing follows but
// its line end, and, where they are allowed, comments.
func (d *decoder) trailingBlank(i int) bool {
	if i < d.end && d.data[i] == '\r' {
		i++
	}
	if i < d.end && d.data[i] == '\n' {
		i++
	}
	if d.comments {
		i, _ = d.comment(d.data[:d.end], i, true)
	}
	return i >= d.end || d.fail(i, "expected the end of the message; it holds more than one record")
}
