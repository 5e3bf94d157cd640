package state

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"tidemark.dev/internal/memory"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// model is what a table must be equal to: a map, and the log replayed into another table.
type model map[string]int64

func dumpTable(t *Table) []string {
	var rows []string
	t.All(func(id ID) {
		rows = append(rows, fmt.Sprintf("%d|%x=%d", t.Namespace(id), t.KeyOf(id), *(*int64)(t.Value(id))))
	})
	sort.Strings(rows)
	return rows
}

func (m model) dump() []string {
	var rows []string
	for k, v := range m {
		rows = append(rows, fmt.Sprintf("%s=%d", k, v))
	}
	sort.Strings(rows)
	return rows
}

func equalRows(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// TestTableFollowsAMap does random insertions, updates, deletions and drops of namespaces, with
// barriers in between whose extraction is mixed with the next epoch's writes. The table must
// equal a map all the time, and a table that replays the changes must equal the map as it
// was at each barrier.
func TestTableFollowsAMap(t *testing.T) {
	for _, c := range []struct {
		name   string
		types  []types.Type
		spaced bool
	}{
		{"bigint", []types.Type{types.TBigInt.Required()}, false},
		{"nullable bigint, by time", []types.Type{types.TBigInt}, true},
		{"text", []types.Type{types.TString}, false},
		{"text and int, by time", []types.Type{types.TString.Required(), types.TInt}, true},
		{"no columns", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(6) {
				randomTable(t, rand.New(rand.NewPCG(seed, 1)), c.types, c.spaced)
			}
		})
	}
}

func randomTable(t *testing.T, r *rand.Rand, ts []types.Type, spaced bool) {
	codec := NewCodec(ts)
	desc := Desc{Name: "t", Key: codec, Namespaced: spaced, Fields: []Field{{"v", Word}}}
	live, copied := NewStore(nil), NewStore(nil)
	defer live.Close()
	defer copied.Close()
	table, replica := live.Table("op", desc), copied.Table("op", desc)
	m := model{}
	var atBarrier []string
	pending := false
	enc := codec.NewEncoder()
	finish := func() {
		for !live.Extract(1) {
		}
		if err := copied.Apply(live.Change(), anyGroup, anyGroup); err != nil {
			t.Fatal(err)
		}
		if got := dumpTable(replica); !equalRows(got, atBarrier) {
			t.Fatalf("replayed:\n%v\nat the barrier:\n%v", got, atBarrier)
		}
		pending = false
	}
	for step := range 400 {
		n := 1 + r.IntN(20)
		cols := make([]*vector.Vector, len(ts))
		for i, ct := range ts {
			cols[i] = vector.NewBuilder(ct, n)
			for range n {
				switch {
				case !ct.NotNull && r.IntN(5) == 0:
					cols[i].AppendNull()
				case ct.IsText():
					cols[i].AppendBytes([]byte(fmt.Sprintf("%0*d", 1+r.IntN(3)*8, r.IntN(30))))
				case ct.Kind == types.Int:
					cols[i].AppendInt32(int32(r.IntN(5)))
				default:
					cols[i].AppendInt64(int64(r.IntN(200)))
				}
			}
		}
		keys := enc.Encode(cols, nil, n)
		var spaces []int64
		if spaced {
			for range n {
				spaces = append(spaces, int64(r.IntN(4))*1000)
			}
		}
		name := func(j int) string {
			ns := int64(0)
			if spaced {
				ns = spaces[j]
			}
			return fmt.Sprintf("%d|%x", ns, keys.Row(j))
		}
		switch r.IntN(4) {
		case 0, 1:
			ids, _, err := table.Probe(keys, spaces, nil, nil, true)
			if err != nil {
				t.Fatal(err)
			}
			for j, id := range ids {
				table.Touch(id)
				*(*int64)(table.Value(id)) += int64(step)
				m[name(j)] += int64(step)
			}
		case 2:
			ids, _, _ := table.Probe(keys, spaces, nil, nil, false)
			for j, id := range ids {
				if _, ok := m[name(j)]; ok != (id != None) && table.Len() > 0 && ok {
					t.Fatalf("key %s: in the map %v, in the table %v", name(j), ok, id != None)
				}
				if id != None && table.Live(id) && name(j) == fmt.Sprintf("%d|%x", table.Namespace(id), table.KeyOf(id)) {
					table.Delete(id)
					delete(m, name(j))
				}
			}
		case 3:
			if spaced && r.IntN(3) == 0 {
				ns := int64(r.IntN(4)) * 1000
				taken := 1 + r.IntN(30)
				table.Take(ns, taken, func(id ID) {
					delete(m, fmt.Sprintf("%d|%x", ns, table.KeyOf(id)))
				})
			}
		}
		if got := dumpTable(table); !equalRows(got, m.dump()) {
			t.Fatalf("step %d: table:\n%v\nmap:\n%v", step, got, m.dump())
		}
		if r.IntN(10) == 0 {
			if pending {
				finish()
			}
			live.Barrier()
			atBarrier, pending = m.dump(), true
		} else if pending {
			if live.Extract(1) {
				finish()
			}
		}
	}
}

// TestTableGrowsWithinItsBudget: a refused page is an error that names the account, and what
// was inserted before is still there.
func TestTableGrowsWithinItsBudget(t *testing.T) {
	account := memory.NewAccount("pipeline p", 4<<20, nil)
	s := NewStore(account)
	codec := NewCodec([]types.Type{types.TBigInt.Required()})
	table := s.Table("op", Desc{Name: "t", Key: codec, Fields: []Field{{"v", Word}}})
	enc := codec.NewEncoder()
	var err error
	n := int64(0)
	for ; err == nil && n < 10<<20; n += 1000 {
		v := vector.New(types.TBigInt.Required(), 1000)
		for i := range v.Int64s() {
			v.Int64s()[i] = n + int64(i)
		}
		_, _, err = table.Probe(enc.Encode([]*vector.Vector{v}, nil, 1000), nil, nil, nil, true)
	}
	if over, ok := err.(*memory.OverBudget); !ok || over.Account != "pipeline p" {
		t.Fatalf("got %v", err)
	}
	if table.Len() < 50_000 {
		t.Errorf("only %d keys fit into 4 MiB", table.Len())
	}
	s.Close()
	if account.Used() != 0 {
		t.Errorf("%d bytes are still charged after Close", account.Used())
	}
}

// TestApplyRefusesDamage: any prefix and any flipped byte of a change is an error or another
// state, never a panic.
func TestApplyRefusesDamage(t *testing.T) {
	codec := NewCodec([]types.Type{types.TString})
	desc := Desc{Name: "t", Key: codec, Fields: []Field{{"v", Word}, {"s", Text}}}
	s := NewStore(nil)
	table := s.Table("op", desc)
	v := vector.NewBuilder(types.TString, 3)
	for _, x := range []string{"a", "a longer text than fits", ""} {
		v.AppendBytes([]byte(x))
	}
	ids, _, _ := table.Probe(codec.NewEncoder().Encode([]*vector.Vector{v}, nil, 3), nil, nil, nil, true)
	for _, id := range ids {
		table.SetRef((*Ref)(table.Value(id)), nil)
	}
	s.Barrier()
	for !s.Extract(10) {
	}
	change := s.Change()
	try := func(b []byte) error {
		s := NewStore(nil)
		defer s.Close()
		s.Table("op", desc)
		return s.Apply(b, anyGroup, anyGroup)
	}
	if err := try(change); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(change); n++ {
		if err := try(change[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were taken for a whole change", n, len(change))
		}
	}
	for i := range change {
		b := append([]byte(nil), change...)
		b[i] ^= 0xff
		try(b)
	}
}

func anyGroup(int) bool { return true }

// A namespace that one task has emptied may still have keys of others in the same epoch.
func TestAnEmptiedNamespaceIsThatOfItsTask(t *testing.T) {
	codec := NewCodec([]types.Type{types.TBigInt.Required()})
	make := func() (*Store, *Table) {
		s := NewStore(memory.NewAccount("test", 0, nil))
		return s, s.Table("w", Desc{Name: "t", Key: codec, Namespaced: true})
	}
	half := func(task int) func(int) bool { return func(group int) bool { return group*2/KeyGroups == task } }
	col := vector.New(types.TBigInt.Required(), 100)
	spaces, keys := [100]int64{}, [2]Keys{{At: []int32{0}}, {At: []int32{0}}}
	for i := range spaces {
		spaces[i], col.Int64s()[i] = 7, int64(i)
	}
	all := codec.NewEncoder().Encode([]*vector.Vector{col}, nil, 100)
	for j, h := range all.Hash {
		k := &keys[TaskOf(h, 2)]
		k.Data = append(k.Data, all.Row(j)...)
		k.At, k.Hash = append(k.At, int32(len(k.Data))), append(k.Hash, h)
	}
	whole, table := make()
	var changes [][2][]byte
	for epoch := range 2 {
		changes = append(changes, [2][]byte{})
		for task := range 2 {
			s, mine := make()
			mine.Probe(&keys[task], spaces[:], nil, nil, true)
			for epoch == 1 && task == 0 && !mine.Take(7, 10, func(ID) {}) {
			}
			s.Barrier()
			for !s.Extract(1) {
			}
			changes[epoch][task] = s.Change()
		}
	}
	for _, epoch := range changes {
		for _, task := range []int{1, 0} {
			if err := whole.Apply(epoch[task], anyGroup, half(task)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := table.SpaceLen(7), keys[1].Len(); got != want {
		t.Fatalf("%d keys are left, the other task has %d", got, want)
	}
}
