package shop

import (
	"context"
	"fmt"
	"math"
	"sort"
	"strings"
	"testing"
	"time"

	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

func schema(names ...string) (cols []connector.Column) {
	for _, c := range offered {
		if len(names) == 0 {
			cols = append(cols, connector.Column{Name: c.name, Type: c.typ})
		}
		for _, n := range names {
			if n == c.name {
				cols = append(cols, connector.Column{Name: c.name, Type: c.typ})
			}
		}
	}
	return cols
}

func open(options string, cols []connector.Column) (connector.Source, error) {
	given := map[string]string{}
	for _, o := range strings.Split(options, ";") {
		if k, v, ok := strings.Cut(o, "="); ok {
			given[k] = v
		}
	}
	values, problems := option.Parse(declared, given)
	if len(problems) > 0 {
		return nil, problems[0]
	}
	return Connector.NewSource(&connector.Table{Name: "t", Options: values, Schema: cols, Columns: cols})
}

// rows reads all splits in batches of max, opening each anew after every batch.
func rows(t testing.TB, options string, cols []connector.Column, max int) (all []string) {
	t.Helper()
	s, err := open(options, cols)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	splits, err := s.Splits(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, split := range splits {
		var at []byte
		for status := connector.Ready; status != connector.Ended; {
			r, err := s.OpenSplit(ctx, split, at, connector.Env{})
			if err != nil {
				t.Fatal(err)
			}
			b := vector.NewBatch(0)
			for _, c := range cols {
				b.Cols = append(b.Cols, vector.NewBuilder(c.Type, 0))
			}
			if status, err = r.Read(b, max); err != nil || b.Len() > max || len(b.Pos) != b.Len() {
				t.Fatalf("%v: %d rows, %d positions", err, b.Len(), len(b.Pos))
			}
			for i := range b.Len() {
				row := fmt.Sprintf("%06d:", b.Pos[i])
				for k, c := range b.Cols {
					row += " " + string(types.AppendText(nil, c.Value(i), cols[k].Type))
				}
				all = append(all, row)
			}
			at = r.Position()
		}
	}
	sort.Strings(all)
	return all
}

func TestEventsDependOnlyOnTheirNumber(t *testing.T) {
	want := strings.Join(rows(t, "number-of-rows=3000", schema(), 3000), "\n")
	for _, c := range []struct {
		options string
		max     int
	}{{"", 1}, {"", 7}, {"scan.parallelism=3", 100}, {"scan.parallelism=4000", 100}} {
		if got := strings.Join(rows(t, "number-of-rows=3000;"+c.options, schema(), c.max), "\n"); got != want {
			t.Errorf("%s in batches of %d: other events", c.options, c.max)
		}
	}
	if n := strings.Count(want, "\n") + 1; n != 3000 {
		t.Errorf("%d events", n)
	}
}

func TestOptionsAct(t *testing.T) {
	base := strings.Join(rows(t, "number-of-rows=3000", schema(), 3000), "\n")
	for _, o := range []string{"event-interval=31 ms", "base-time=2024-03-01 08:00:01", "users=9999", "late-share=0.5", "skewed-share=0.5"} {
		if strings.Join(rows(t, "number-of-rows=3000;"+o, schema(), 3000), "\n") == base {
			t.Errorf("%s changes nothing", o)
		}
	}
	s, err := open("rows-per-second=1", schema())
	if err != nil || s.Bounded() {
		t.Fatal(err, "or bounded")
	}
	r, _ := s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{Wake: func() {}})
	b := vector.NewBatch(0)
	for _, c := range schema() {
		b.Cols = append(b.Cols, vector.NewBuilder(c.Type, 0))
	}
	r.Read(b, 100)
	if status, _ := r.Read(b, 100); b.Len() != 1 || status != connector.Waiting {
		t.Errorf("rows-per-second: %d events at once, then %v", b.Len(), status)
	}
}

// The story holds: sessions of one customer, carts after views, orders after carts.
func TestSessions(t *testing.T) {
	given, _ := option.Parse(declared, nil)
	s := newShop(given)
	const n = 200_000
	sessions := map[int64][]event{}
	var late, skewed, carts, orders int
	seen := map[int64]bool{}
	for i := range int64(n) {
		e := s.event(i)
		sessions[e.session] = append(sessions[e.session], e)
		seen[e.user] = true
		if want := s.base + i*30_000; e.received != want {
			t.Fatalf("event %d received at %d, want %d", i, e.received, want)
		}
		switch behind := time.Duration(e.received-e.happened) * time.Microsecond; {
		case s.skew(e.user) != 0:
			skewed++
		case behind < 0:
			t.Fatalf("event %d of a good clock happened %v after it was received", i, -behind)
		case behind > maxLate+time.Minute:
			t.Fatalf("event %d was %v on its way", i, behind)
		case behind > minLate:
			late++
		}
		if e.user < 1 || e.user > 10_000 || e.price < 299 || e.price > 20_199 || e.price%100 != 99 {
			t.Fatalf("%+v", e)
		}
	}
	for id, events := range sessions {
		for i, e := range events {
			first := events[0]
			if e.user != first.user || e.device != first.device || e.country != first.country || e.version != first.version {
				t.Fatalf("session %d has two customers: %+v", id, events)
			}
			if (e.quantity == 0) != (e.kind == view) {
				t.Fatalf("%+v", e)
			}
			if e.kind == view {
				continue
			}
			if i == 0 || events[i-1].kind != e.kind-1 || events[i-1].product != e.product || events[i-1].price != e.price {
				t.Fatalf("session %d: %+v", id, events)
			}
			if e.kind == cart {
				carts++
			} else {
				orders++
				if e.quantity != events[i-1].quantity {
					t.Fatalf("session %d orders what is not in the cart: %+v", id, events)
				}
			}
		}
	}
	near := func(what string, got, want, tolerance float64) {
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s: %g, want about %g", what, got, want)
		}
	}
	near("events of a session", n/float64(len(sessions)), 3.4, 0.4)
	near("late", float64(late)/n, 0.02, 0.005)
	near("skewed", float64(skewed)/n, 0.002, 0.002)
	near("carts", float64(carts)/n, 0.07, 0.03)
	near("orders", float64(orders)/n, 0.035, 0.02)
	if len(seen) < 8000 || skewed == 0 {
		t.Errorf("%d customers, %d skewed events", len(seen), skewed)
	}
}

// Some rows, to be looked at.
func TestRows(t *testing.T) {
	got := rows(t, "number-of-rows=3;late-share=0", schema("event_id", "event_type", "received_at", "quantity"), 10)
	want := []string{
		"000001: 1 view 2024-03-01T08:00:00Z null",
		"000002: 2 view 2024-03-01T08:00:00.030Z null",
		"000003: 3 view 2024-03-01T08:00:00.060Z null",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		options string
		cols    []connector.Column
		want    string
	}{
		{"", []connector.Column{{Name: "userid", Type: types.TBigInt}}, "column 'userid' is none of a 'shop' table; did you mean 'user_id'?"},
		{"", []connector.Column{{Name: "price", Type: types.TDouble}}, "column 'price' has to be declared as: price DECIMAL(10, 2)"},
		{"", []connector.Column{{Name: "quantity", Type: types.TInt.Required()}}, "column 'quantity' has to be declared as: quantity INT"},
		{"late-share=1.5", schema(), "option 'late-share' = '1.5': expected a number from 0 to 1"},
		{"skewed-share=x", schema(), "option 'skewed-share' = 'x': expected a number"},
		{"users=0", schema(), "option 'users' = '0': expected a whole number from 1 to 2147483647"},
		{"rows-per-second=-1", schema(), "option 'rows-per-second' = '-1': expected a whole number that is not negative"},
		{"event-interval=0 s", schema(), "option 'event-interval' = '0 s': expected 1 us to 1 h"},
		{"base-time=now", schema(), "option 'base-time' = 'now': expected a time such as '2024-03-01 08:00:00'"},
	} {
		if _, err := open(c.options, c.cols); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.options, err, c.want)
		}
	}
	s, _ := open("scan.parallelism=2", schema())
	if _, err := s.OpenSplit(context.Background(), connector.Split{ID: "0/3"}, nil, connector.Env{}); err == nil || !strings.Contains(err.Error(), "'scan.parallelism' is 2 now") {
		t.Error(err)
	}
	if _, err := s.OpenSplit(context.Background(), connector.Split{ID: "0/2"}, []byte("?"), connector.Env{}); err == nil {
		t.Error("a damaged position was taken")
	}
}

func BenchmarkRead(b *testing.B) {
	s, err := open("", schema())
	if err != nil {
		b.Fatal(err)
	}
	r, _ := s.OpenSplit(context.Background(), connector.Split{ID: "0/1"}, nil, connector.Env{})
	events := 0
	for range b.N {
		batch := vector.NewBatch(0)
		for _, c := range schema() {
			batch.Cols = append(batch.Cols, vector.NewBuilder(c.Type, 2048))
		}
		r.Read(batch, 2048)
		events += batch.Len()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}
