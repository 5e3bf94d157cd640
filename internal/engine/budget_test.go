package engine_test

import (
	"context"
	"io"
	"regexp"
	"testing"

	"tidemark.dev/internal/engine"
	"tidemark.dev/internal/vfs"
)

// TestStateOverItsBudget: a pipeline whose state grows without end says so and ends, though its sources
// wait at 85 % of the budget: with the operator, the bytes and the option to raise.
func TestStateOverItsBudget(t *testing.T) {
	fs := vfs.NewFaulty(1)
	c, f, fn := engine.BuiltinOn(fs, io.Discard)
	e, err := engine.Open(engine.Options{Connectors: c, Formats: f, Functions: fn, Out: io.Discard, Warn: func(string) {}, FS: fs, DataDir: "/data"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s, err := e.Plan("grows.sql", `
SET 'tidemark.memory.budget' = '16mb';
CREATE TABLE src (k BIGINT, v BIGINT) WITH ('connector' = 'datagen', 'fields.k.kind' = 'sequence', 'fields.k.start' = '1',
  'fields.k.end' = '1000000000', 'rows-per-second' = '1000000000');
CREATE TABLE snk (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO snk SELECT k, COUNT(*) FROM src GROUP BY k;`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Run(context.Background(), s, false)
	want := regexp.MustCompile(`^pipeline grows\.snk: operator .*GroupAggregate.*: pipeline grows\.snk needs \d+ more bytes, and has \d+ of its memory budget of 16777216 bytes in use, \d+ of them for state: give it more with SET 'tidemark\.memory\.budget', or keep less state$`)
	if err == nil || !want.MatchString(err.Error()) {
		t.Fatalf("it ended with: %v", err)
	}
}
