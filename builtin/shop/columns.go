package shop

import (
	"fmt"

	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// column is a column that the connector offers, and how it is filled.
type column struct {
	name string
	typ  types.Type
	fill func(v *vector.Vector, events []event)
}

var offered = []column{
	{"event_id", types.TBigInt, numbers(func(e *event) int64 { return e.number + 1 })},
	{"event_type", types.TString, texts(eventTypes, func(e *event) int { return e.kind })},
	{"event_time", types.TTimestampLTZ(3), numbers(func(e *event) int64 { return e.happened })},
	{"received_at", types.TTimestampLTZ(3), numbers(func(e *event) int64 { return e.received })},
	{"user_id", types.TBigInt, numbers(func(e *event) int64 { return e.user })},
	{"session_id", types.TBigInt, numbers(func(e *event) int64 { return e.session })},
	{"product_id", types.TInt, func(v *vector.Vector, events []event) {
		for i := range events {
			v.AppendInt32(int32(events[i].product))
		}
	}},
	{"category", types.TString, texts(categories, func(e *event) int { return e.category })},
	{"price", types.TDecimal(10, 2), numbers(func(e *event) int64 { return e.price })},
	{"quantity", types.TInt, func(v *vector.Vector, events []event) {
		for i := range events {
			if q := events[i].quantity; q > 0 {
				v.AppendInt32(q)
			} else {
				v.AppendNull()
			}
		}
	}},
	{"country", types.TString, texts(countries, func(e *event) int { return e.country })},
	{"device", types.TString, texts(devices, func(e *event) int { return e.device })},
	{"app_version", types.TString, texts(versions, func(e *event) int { return e.version })},
}

func numbers(of func(*event) int64) func(*vector.Vector, []event) {
	return func(v *vector.Vector, events []event) {
		for i := range events {
			v.AppendInt64(of(&events[i]))
		}
	}
}

func texts(list []string, of func(*event) int) func(*vector.Vector, []event) {
	all := make([][]byte, len(list))
	for i, s := range list {
		all[i] = []byte(s)
	}
	return func(v *vector.Vector, events []event) {
		for i := range events {
			v.AppendBytes(all[of(&events[i])])
		}
	}
}

// bindColumns checks the schema: the columns above, any of them, in any order.
func bindColumns(t *connector.Table) ([]column, error) {
	byName := map[string]column{}
	var names []string
	for _, c := range offered {
		byName[c.name] = c
		names = append(names, c.name)
	}
	for _, c := range t.Schema {
		known, ok := byName[c.Name]
		if !ok {
			text := fmt.Sprintf("column '%s' is none of a 'shop' table", c.Name)
			if hint := option.Nearest(c.Name, names); hint != "" {
				text += "; " + hint
			}
			return nil, fmt.Errorf("%s", text)
		}
		if !c.Type.Same(known.typ) || c.Type.NotNull && c.Name == "quantity" {
			return nil, fmt.Errorf("column '%s' has to be declared as: %s %s", c.Name, c.Name, known.typ)
		}
	}
	var columns []column
	for _, c := range t.Columns {
		columns = append(columns, byName[c.Name])
	}
	return columns, nil
}
