package file

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"time"

	"errors"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/internal/vfs"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// The tests use a format of their own, so that they are about files and not about
// JSON: a record is the values of the row, separated by commas; an empty record is no
// row; "bad" is an error.

type commas struct{ types []types.Type }

func (c commas) Decode(r format.Records, b *vector.Batch, rows []int32) (int, error) {
	n := b.Len()
	for i := range r.From {
		text := r.Data[r.From[i]:r.To[i]]
		if string(text) == "bad" {
			b.SetLen(n)
			return i, &format.RecordError{Record: i, Reason: "bad", Raw: text}
		}
		if len(text) > 0 {
			fields := strings.Split(string(text), ",")
			for k, col := range b.Cols {
				if c.types[k].IsText() {
					col.AppendBytes([]byte(fields[k]))
				} else {
					x, err := strconv.ParseInt(fields[k], 10, 64)
					if err != nil {
						panic(err)
					}
					col.AppendValue(types.Int64(x))
				}
			}
			n++
		}
		rows[i] = int32(n)
	}
	b.SetLen(n)
	return r.Len(), nil
}

func (c commas) Encode(b *vector.Batch, dst []byte, ends []int32) ([]byte, []int32, error) {
	b.Rows(func(i int) {
		for k, col := range b.Cols {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = types.AppendText(dst, col.Value(i), c.types[k])
		}
		ends = append(ends, int32(len(dst)))
	})
	return dst, ends, nil
}

// table makes what the planner would make of
// CREATE TABLE t (columns...) PARTITIONED BY (partitions) WITH (options).
func table(c *connector.Connector, columns []connector.Column, partitions []string, options map[string]string) (*connector.Table, []*option.Problem) {
	values, problems := option.Parse(c.Options, options)
	t := &connector.Table{Name: "t", Options: values, Columns: columns, Kinds: connector.InsertOnly}
	for _, col := range columns {
		if col.Metadata != "" {
			continue
		}
		t.Schema = append(t.Schema, col)
	}
	for _, p := range partitions {
		for i, col := range t.Schema {
			if p == col.Name {
				t.Partitions = append(t.Partitions, i)
			}
		}
	}
	codec := func(cols []connector.Column) commas {
		var c commas
		for _, col := range cols {
			c.types = append(c.types, col.Type)
		}
		return c
	}
	t.NewDecoder = func(_ string, cols []connector.Column) (format.Decoder, error) { return codec(cols), nil }
	t.NewEncoder = func(_ string, cols []connector.Column) (format.Encoder, error) { return codec(cols), nil }
	return t, problems
}

var (
	columnA = connector.Column{Name: "a", Type: types.TBigInt}
	columnP = connector.Column{Name: "p", Type: types.TString}
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put makes a file and its directory.
func put(t testing.TB, sys vfs.FS, name, text string) {
	t.Helper()
	must(t, sys.MkdirAll(name[:strings.LastIndexByte(name, '/')]))
	f, err := sys.Create(name)
	must(t, err)
	_, err = f.Write([]byte(text))
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
	must(t, sys.SyncDir(name[:strings.LastIndexByte(name, '/')]))
}

// readAll reads every split of a source to its end, in batches of up to max rows, and
// after every restart'th Read opens the split anew at its position. Each row is a line:
// "split:line values".
func readAll(t testing.TB, s connector.Source, columns []connector.Column, max, restart int) (rows []string, err error) {
	t.Helper()
	ctx := context.Background()
	if err := s.Open(ctx, connector.Env{}); err != nil {
		return nil, err
	}
	splits, err := s.Splits(ctx)
	if err != nil {
		return nil, err
	}
	for _, split := range splits {
		r, err := s.OpenSplit(ctx, split, nil, connector.Env{})
		if err != nil {
			return rows, err
		}
		for n := 1; ; n++ {
			b := vector.NewBatch(0)
			for _, c := range columns {
				b.Cols = append(b.Cols, vector.NewBuilder(c.Type, 0))
			}
			status, err := r.Read(b, max)
			if b.Len() > max || b.Len() != len(b.Pos) {
				t.Fatalf("%d rows with %d positions, wanted at most %d", b.Len(), len(b.Pos), max)
			}
			for i := 0; i < b.Len(); i++ {
				row := fmt.Sprintf("%s:%d", split.ID, b.Pos[i])
				for k, col := range b.Cols {
					if col.Len() != b.Len() {
						t.Fatalf("column %d has %d rows of %d", k, col.Len(), b.Len())
					}
					row += " " + string(types.AppendText(nil, col.Value(i), columns[k].Type))
				}
				rows = append(rows, row)
			}
			if err != nil {
				return rows, err
			}
			if status == connector.Ended {
				break
			}
			if restart > 0 && n%restart == 0 {
				at := r.Position()
				must(t, r.Close())
				if r, err = s.OpenSplit(ctx, split, at, connector.Env{}); err != nil {
					return rows, err
				}
			}
		}
		must(t, r.Close())
	}
	return rows, nil
}

// tree shows all files below a directory: path and contents.
func tree(t testing.TB, sys vfs.FS, dir string) string {
	t.Helper()
	var b bytes.Buffer
	var walk func(dir, rel string)
	walk = func(dir, rel string) {
		infos, err := sys.List(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		must(t, err)
		for _, i := range infos {
			if i.Dir {
				walk(dir+"/"+i.Name, rel+i.Name+"/")
				continue
			}
			data, err := vfs.ReadFile(sys, dir+"/"+i.Name)
			must(t, err)
			fmt.Fprintf(&b, "%s%s: %s\n", rel, i.Name, strings.ReplaceAll(string(data), "\n", ";"))
		}
	}
	walk(dir, "")
	return b.String()
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func newClock() *clock                                     { return &clock{time.UnixMilli(1_700_000_000_000)} }
func (c *clock) now() time.Time                            { return c.at }
func (c *clock) pass(d time.Duration)                      { c.at = c.at.Add(d) }
func (c *clock) connector(sys vfs.FS) *connector.Connector { return NewWithClock(sys, c.now) }

// batch makes rows of the columns given from values written like "1,x".
func batch(columns []connector.Column, rows ...string) *vector.Batch {
	b := vector.NewBatch(0)
	codec := commas{}
	for _, c := range columns {
		b.Cols = append(b.Cols, vector.NewBuilder(c.Type, len(rows)))
		codec.types = append(codec.types, c.Type)
	}
	var r format.Records
	for _, row := range rows {
		r.From = append(r.From, int32(len(r.Data)))
		r.Data = append(r.Data, row...)
		r.To = append(r.To, int32(len(r.Data)))
	}
	if _, err := codec.Decode(r, b, make([]int32, len(rows))); err != nil {
		panic(err)
	}
	return b
}
