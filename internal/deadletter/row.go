package deadletter

import (
	"encoding/base64"
	"encoding/json"

	"tidemark.dev/types"
)

// AppendRow appends a row as a JSON object. Numbers are bare but for those that JSON does not
// have (NaN), bytes are in base64, times are texts as SQL prints them, a MULTISET and a MAP with
// keys that are not texts are lists of {"key": ..., "value": ...}.
func AppendRow(b []byte, values []types.Value, columns []types.Field) []byte {
	b = append(b, '{')
	for i, c := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, c.Name)
		b = append(b, ':')
		b = appendValue(b, values[i], c.Type)
	}
	return append(b, '}')
}

func appendValue(b []byte, v types.Value, t types.Type) []byte {
	if v.Null {
		return append(b, "null"...)
	}
	switch t.Kind {
	case types.Row:
		return AppendRow(b, v.Elems, t.Fields)
	case types.Array:
		return appendList(b, v.Elems, *t.Elem)
	case types.Map:
		return appendEntries(b, v.Elems, *t.Key, *t.Elem)
	case types.Multiset:
		return appendEntries(b, v.Elems, *t.Elem, types.TInt)
	case types.Binary, types.VarBinary:
		return appendText(b, base64.StdEncoding.EncodeToString([]byte(v.S)))
	case types.Char, types.VarChar:
		return appendText(b, v.S)
	}
	text := types.AppendText(nil, v, t)
	if (t.Kind == types.Boolean || t.IsNumeric()) && json.Valid(text) {
		return append(b, text...)
	}
	return appendText(b, string(text))
}

func appendList(b []byte, list []types.Value, t types.Type) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, v, t)
	}
	return append(b, ']')
}

// appendEntries writes keys and values in turn as an object, or if the keys are not texts as a list.
func appendEntries(b []byte, list []types.Value, key, value types.Type) []byte {
	text := key.Kind == types.Char || key.Kind == types.VarChar
	for i := 0; i+1 < len(list); i += 2 {
		text = text && !list[i].Null
	}
	if text {
		b = append(b, '{')
	} else {
		b = append(b, '[')
	}
	for i := 0; i+1 < len(list); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		if text {
			b = append(appendText(b, list[i].S), ':')
			b = appendValue(b, list[i+1], value)
			continue
		}
		b = appendValue(append(b, `{"key":`...), list[i], key)
		b = appendValue(append(b, `,"value":`...), list[i+1], value)
		b = append(b, '}')
	}
	if text {
		return append(b, '}')
	}
	return append(b, ']')
}

func appendText(b []byte, s string) []byte {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can be marshalled
	}
	return append(b, q...)
}
