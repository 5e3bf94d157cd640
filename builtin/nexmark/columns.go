package nexmark

import (
	"fmt"

	"tidemark.dev/connector"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// want is what a column of the batch is.
type want uint8

const (
	wantType want = iota
	wantPerson
	wantAuction
	wantBid
)

func fields(list ...any) []types.Field {
	var all []types.Field
	for i := 0; i < len(list); i += 2 {
		all = append(all, types.Field{Name: list[i].(string), Type: list[i+1].(types.Type)})
	}
	return all
}

// The columns and their types as published; a table may leave some out.
var (
	at = types.TTimestamp(3)

	personType = types.TRow(fields("id", types.TBigInt, "name", types.TString, "emailAddress", types.TString,
		"creditCard", types.TString, "city", types.TString, "state", types.TString, "dateTime", at, "extra", types.TString)...)
	auctionType = types.TRow(fields("id", types.TBigInt, "itemName", types.TString, "description", types.TString,
		"initialBid", types.TBigInt, "reserve", types.TBigInt, "dateTime", at, "expires", at,
		"seller", types.TBigInt, "category", types.TBigInt, "extra", types.TString)...)
	bidType = types.TRow(fields("auction", types.TBigInt, "bidder", types.TBigInt, "price", types.TBigInt,
		"channel", types.TString, "url", types.TString, "dateTime", at, "extra", types.TString)...)

	columnTypes = map[string]struct {
		want want
		typ  types.Type
	}{
		"event_type": {wantType, types.TInt},
		"person":     {wantPerson, personType},
		"auction":    {wantAuction, auctionType},
		"bid":        {wantBid, bidType},
	}
)

// bindColumns checks the schema: the names and types above, any of them.
func bindColumns(t *connector.Table) ([]want, error) {
	for _, c := range t.Schema {
		known, ok := columnTypes[c.Name]
		if !ok {
			return nil, fmt.Errorf("column '%s': the columns of a 'nexmark' table are event_type, person, auction and bid", c.Name)
		}
		if !c.Type.Equal(known.typ) && !(known.want == wantType && c.Type.Same(known.typ)) {
			return nil, fmt.Errorf("column '%s' has to be declared as: %s %s", c.Name, c.Name, known.typ)
		}
	}
	var wanted []want
	for _, c := range t.Columns {
		wanted = append(wanted, columnTypes[c.Name].want)
	}
	return wanted, nil
}

// setValid gives the row and all its fields one bitmap: where there is no row its fields
// are NULL too.
func setValid(v *vector.Vector, bits []uint64) {
	v.SetValid(bits)
	for i := range v.Type.Fields {
		v.Child(i).SetValid(bits)
	}
}

// rare is a column of people or auctions. There are few of either, so the column is a
// dictionary: an entry for each, and one that is NULL for all other events.
type rare struct {
	indexes []int32
	entries *vector.Vector
	n       int32
}

func newRare(t types.Type, rows, entries int) *rare {
	r := &rare{indexes: make([]int32, rows), entries: vector.New(t, entries+1)}
	for i := range r.indexes {
		r.indexes[i] = int32(entries)
	}
	return r
}

// add begins the entry of a row and returns its slot.
func (r *rare) add(row int) int {
	slot := r.n
	r.indexes[row] = slot
	r.n++
	return int(slot)
}

func (r *rare) vector() *vector.Vector {
	valid := make([]uint64, (r.entries.Len()+63)>>6)
	for i := range valid {
		valid[i] = ^uint64(0)
	}
	last := r.entries.Len() - 1
	valid[last>>6] &^= 1 << (uint(last) & 63)
	setValid(r.entries, valid)
	return vector.NewDictionary(r.entries, r.indexes)
}

// BidType is the type of column bid, for programs that read the generator themselves.
var BidType = bidType
