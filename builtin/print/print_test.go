package print

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"tidemark.dev/connector"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

func open(t *testing.T, c *connector.Connector, options map[string]string, wake func()) connector.Writer {
	t.Helper()
	values, problems := option.Parse(c.Options, options)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	s, err := c.NewSink(&connector.Table{Name: "t", Options: values})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(context.Background(), connector.Env{}, nil); err != nil {
		t.Fatal(err)
	}
	w, err := s.OpenWriter(0, connector.Env{Wake: wake})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func numbers(xs ...int64) *vector.Batch {
	v := vector.NewBuilder(types.TBigInt, len(xs))
	for _, x := range xs {
		v.AppendInt64(x)
	}
	return vector.NewBatch(len(xs), v)
}

// Lines as Flink 2.3 prints them at parallelism 1.
func TestLines(t *testing.T) {
	name := vector.NewBuilder(types.TString, 4)
	n := vector.NewBuilder(types.TBigInt, 4)
	row := vector.NewBuilder(types.TRow(types.Field{Name: "x", Type: types.TInt}, types.Field{Name: "y", Type: types.TDouble}), 4)
	for i, s := range []string{"a", "", "a text of more than twelve bytes", "b"} {
		name.AppendBytes([]byte(s))
		n.AppendInt64(int64(i))
		row.AppendValue(types.Value{Elems: []types.Value{types.Int64(int64(i)), types.Float64(1e7)}})
	}
	n.SetNull(1)
	at := vector.NewConstant(types.TTimestamp(3), types.Int64(1_600_000_000_123_000), 4)
	b := vector.NewBatch(4, name, n, row, at)
	b.Kinds = []vector.Kind{vector.Insert, vector.UpdateBefore, vector.UpdateAfter, vector.Delete}

	for _, c := range []struct {
		options  map[string]string
		sel      []int32
		out, err string
	}{
		{nil, nil, `
+I[a, 0, +I[0, 1.0E7], 2020-09-13T12:26:40.123]
-U[, null, +I[1, 1.0E7], 2020-09-13T12:26:40.123]
+U[a text of more than twelve bytes, 2, +I[2, 1.0E7], 2020-09-13T12:26:40.123]
-D[b, 3, +I[3, 1.0E7], 2020-09-13T12:26:40.123]
`, ""},
		{map[string]string{"print-identifier": "id"}, []int32{3}, `
id> -D[b, 3, +I[3, 1.0E7], 2020-09-13T12:26:40.123]
`, ""},
		{map[string]string{"standard-error": "TRUE"}, []int32{3}, "", `
-D[b, 3, +I[3, 1.0E7], 2020-09-13T12:26:40.123]
`},
		{nil, []int32{}, "", ""},
	} {
		var out, stderr bytes.Buffer
		w := open(t, New(&out, &stderr), c.options, nil)
		if status, err := w.Write(b.Under(c.sel)); status != connector.Ready || err != nil {
			t.Fatal(status, err)
		}
		if got := out.String(); got != strings.TrimPrefix(c.out, "\n") {
			t.Errorf("%v: %q", c.options, got)
		}
		if got := stderr.String(); got != strings.TrimPrefix(c.err, "\n") {
			t.Errorf("%v: on standard error %q", c.options, got)
		}
	}
}

// gate is a terminal that takes nothing until it is opened.
type gate struct {
	open chan struct{}
	mu   sync.Mutex
	got  int
	err  error
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got += len(p)
	return len(p), g.err
}

// A terminal that takes nothing stops the table, not the task, and with a bounded
// buffer; nothing is lost, and an epoch ends only when all is written.
func TestSlowTerminal(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	woken := make(chan struct{}, 100)
	w := open(t, create(newQueue(g), nil), nil, func() { woken <- struct{}{} })
	b := numbers(make([]int64, 1000)...) // 6,000 bytes
	written := 0
	for {
		status, err := w.Write(b)
		if err != nil {
			t.Fatal(err)
		}
		if status == connector.Waiting {
			break
		}
		written += 6 * 1000
		if written > 3*queueSize {
			t.Fatal("the buffer has no bound")
		}
	}
	if _, status, err := w.Flush(1, false); status != connector.Waiting || err != nil {
		t.Fatalf("Flush: %v %v", status, err)
	}
	close(g.open)
	for {
		_, status, err := w.Flush(1, false)
		if err != nil {
			t.Fatal(err)
		}
		if status == connector.Ready {
			break
		}
		<-woken
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.got != written {
		t.Errorf("%d bytes came out of %d", g.got, written)
	}
}

func TestBrokenTerminal(t *testing.T) {
	broken := errors.New("broken pipe")
	g := &gate{open: make(chan struct{}), err: broken}
	close(g.open)
	woken := make(chan struct{}, 100)
	w := open(t, create(newQueue(g), nil), nil, func() { woken <- struct{}{} })
	if _, err := w.Write(numbers(1)); err != nil {
		t.Fatal(err)
	}
	for {
		_, status, err := w.Flush(1, false)
		if err != nil {
			if !errors.Is(err, broken) || err.Error() != "table t: broken pipe" {
				t.Error(err)
			}
			break
		}
		if status == connector.Ready {
			t.Fatal("the error was swallowed")
		}
		<-woken
	}
	if _, err := w.Write(numbers(1)); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func BenchmarkWrite(b *testing.B) {
	w, _ := (&sink{out: &direct{w: io.Discard}}).OpenWriter(0, connector.Env{})
	batch := numbers(make([]int64, 1024)...)
	for range b.N {
		w.Write(batch)
	}
}
