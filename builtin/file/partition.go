package file

import (
	"fmt"
	"strconv"
	"strings"

	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// partition is a PARTITIONED BY column. Its values are not in the files but in the
// names of the directories above them, as in Hive: name=value, with the characters
// that a file system or a reader could stumble over written as %XX.
type partition struct {
	name string
	typ  types.Type
}

// partitionsOf checks the types: those whose text in a directory is the same to Flink
// when it writes and when it reads. (A DATE it writes as a number of days and then
// cannot read.)
func partitionsOf(t *connector.Table) ([]partition, error) {
	var all []partition
	for _, i := range t.Partitions {
		c := t.Schema[i]
		if k := c.Type.Kind; !c.Type.IsText() && !c.Type.IsInteger() && k != types.Boolean {
			return nil, fmt.Errorf("partition column '%s': only character strings, integers and BOOLEAN are supported", c.Name)
		}
		all = append(all, partition{name: c.Name, typ: c.Type})
	}
	return all, nil
}

func indexOf(all []partition, name string) int {
	for i := range all {
		if all[i].name == name {
			return i
		}
	}
	return -1
}

// partitionShape is how messages show the directories: a=.../b=...
func partitionShape(all []partition) string {
	parts := make([]string, len(all))
	for i, p := range all {
		parts[i] = escape(p.name) + "=..."
	}
	return strings.Join(parts, "/")
}

// read finds the column's value in a file's ID.
func (p partition) read(id, defaultName string) (types.Value, error) {
	for _, dir := range strings.Split(id, "/") {
		name, text, ok := strings.Cut(dir, "=")
		if !ok || unescape(name) != p.name {
			continue
		}
		text = unescape(text)
		if text == defaultName {
			return types.NullValue, nil
		}
		return p.parse(text)
	}
	return types.Value{}, fmt.Errorf("its directories do not name the partition column '%s'", p.name)
}

func (p partition) parse(text string) (types.Value, error) {
	switch {
	case p.typ.IsText():
		return types.Text(text), nil
	case p.typ.Kind == types.Boolean:
		switch strings.ToLower(text) {
		case "true":
			return types.Bool(true), nil
		case "false":
			return types.Bool(false), nil
		}
	default:
		bits := map[types.Kind]int{types.TinyInt: 8, types.SmallInt: 16, types.Int: 32, types.BigInt: 64}[p.typ.Kind]
		if n, err := strconv.ParseInt(text, 10, bits); err == nil {
			return types.Int64(n), nil
		}
	}
	return types.Value{}, fmt.Errorf("partition column '%s': '%s' is no value of its type", p.name, text)
}

// appendDir appends the directory name of the value in row i of v.
func (p partition) appendDir(dst []byte, v *vector.Vector, i int, defaultName string) []byte {
	dst = append(appendEscaped(dst, p.name), '=')
	if v.IsNull(i) {
		return appendEscaped(dst, defaultName)
	}
	if p.typ.IsText() {
		if text := v.Bytes(i); len(text) > 0 {
			return appendEscaped(dst, string(text))
		}
		return appendEscaped(dst, defaultName)
	}
	return types.AppendText(dst, v.Value(i), p.typ)
}

// escaped are the characters that are written as %XX: Hive's list, with } as Flink has it.
const escaped = "\"#%'*/:=?\\{}[]^\x7f"

func escape(s string) string { return string(appendEscaped(nil, s)) }

func appendEscaped(dst []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || strings.IndexByte(escaped, c) >= 0 {
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	dst := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				dst = append(dst, byte(c))
				i += 2
				continue
			}
		}
		dst = append(dst, s[i])
	}
	return string(dst)
}
