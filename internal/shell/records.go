package shell

import (
	"strings"

	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// records encodes rows as RFC 4180 has it: values are quoted where they must be, NULL is an empty
// value and an empty text is "".
type records struct {
	columns []types.Field
	zone    *types.Zone
	ops     bool
}

func (c *records) header() []byte {
	var dst []byte
	if c.ops {
		dst = append(dst, "op,"...)
	}
	for k, f := range c.columns {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = appendField(dst, f.Name)
	}
	return dst
}

func (c *records) encode(dst []byte, b *vector.Batch, i int) ([]byte, error) {
	if c.ops {
		dst = append(append(dst, b.KindOf(i).String()...), ',')
	}
	for k, col := range b.Cols {
		if k > 0 {
			dst = append(dst, ',')
		}
		if v := col.Value(i); !v.Null {
			dst = appendField(dst, string(appendValue(nil, v, c.columns[k].Type, c.zone)))
		}
	}
	return dst, nil
}

func appendField(dst []byte, text string) []byte {
	if text != "" && !strings.ContainsAny(text, "\",\r\n") {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(text, `"`, `""`)...)
	return append(dst, '"')
}

// objects encodes rows as the json format writes them. A change is {"op":"+U","row":{...}}.
type objects struct {
	json *json.Encoder
	ops  bool
}

func newObjects(columns []types.Field, ops bool) (*objects, error) {
	e, err := json.NewEncoder(&format.Table{Name: "the result", Schema: columns}, json.Settings{PlainDecimals: true, NullKey: "LITERAL", NullKeyLiteral: "null"})
	return &objects{e, ops}, err
}

func (o *objects) encode(dst []byte, b *vector.Batch, i int) ([]byte, error) {
	if !o.ops {
		return o.json.AppendRow(dst, b.Cols, i)
	}
	dst = append(dst, `{"op":"`...)
	dst = append(dst, b.KindOf(i).String()...)
	dst = append(dst, `","row":`...)
	dst, err := o.json.AppendRow(dst, b.Cols, i)
	return append(dst, '}'), err
}
