package bench

import (
	"fmt"
	"runtime"
	"sort"
	"syscall"
	"time"

	"tidemark.dev/format"
	"tidemark.dev/option"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// Decoding is what was measured of one decoder on the records of one case.
type Decoding struct {
	Format  string `json:"format"`
	Case    string `json:"case"`
	Decoder string `json:"decoder"` // tidemark, or the library beside it
	// Bytes were decoded in Seconds of processor time, the collector's included.
	Bytes       int64   `json:"bytes"`
	Seconds     float64 `json:"seconds"`
	GBPerSecond float64 `json:"gb_per_second"`
	// Allocations are those of a record.
	Allocations float64 `json:"allocations"`
	// Checksum is over all decoded values: the same of all decoders of a case.
	Checksum string `json:"checksum"`
}

// decoding is a case: records, and those that decode them.
type decoding struct {
	format, name string
	records      format.Records
	decoders     []decoder
}

// decoder decodes all records of a case again and again.
type decoder struct {
	name   string
	decode func() error
	sum    func() uint64 // over the values that decode left, in no order
}

// DecodeOptions are how decoding is measured.
type DecodeOptions struct {
	Cases  string        // those whose "format name" contains it
	Rounds int           // of which the middle one counts
	Time   time.Duration // at least, of each decoder in each round
}

// Decode measures the formats' decoders beside others, in turn, on records that are
// decoded into columns (others: into what suits them) and whose values are then hashed,
// outside of the time measured. It fails where two do not agree.
func Decode(o DecodeOptions, each func(Decoding)) error {
	for _, c := range decodings() {
		if !contains(c.format+" "+c.name, o.Cases) {
			continue
		}
		results, err := c.measure(o)
		if err != nil {
			return fmt.Errorf("%s %s: %w", c.format, c.name, err)
		}
		for _, r := range results {
			each(r)
		}
	}
	return nil
}

func (c decoding) measure(o DecodeOptions) ([]Decoding, error) {
	rounds := make([][]Decoding, len(c.decoders))
	for range max(o.Rounds, 1) {
		for k, d := range c.decoders {
			r, err := c.round(d, o.Time)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", d.name, err)
			}
			rounds[k] = append(rounds[k], r)
		}
	}
	var results []Decoding
	for k, all := range rounds {
		sort.Slice(all, func(i, j int) bool { return all[i].GBPerSecond < all[j].GBPerSecond })
		r := all[len(all)/2]
		if results = append(results, r); r.Checksum != results[0].Checksum {
			return nil, fmt.Errorf("%s decodes to the checksum %s, and %s to %s", c.decoders[0].name, results[0].Checksum, c.decoders[k].name, r.Checksum)
		}
	}
	return results, nil
}

// round decodes the records as often as fits into that time, at least once.
func (c decoding) round(d decoder, least time.Duration) (r Decoding, err error) {
	if err := d.decode(); err != nil { // layouts learned, room made
		return r, err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	size := 0
	for i := range c.records.From {
		size += int(c.records.To[i] - c.records.From[i])
	}
	times, start := 0, processorTime()
	for times == 0 || r.Seconds < least.Seconds() {
		for range 4 {
			if err := d.decode(); err != nil {
				return r, err
			}
			times++
		}
		r.Seconds = processorTime() - start
	}
	runtime.ReadMemStats(&after)
	r.Format, r.Case, r.Decoder = c.format, c.name, d.name
	r.Bytes = int64(size) * int64(times)
	r.GBPerSecond = float64(r.Bytes) / r.Seconds / 1e9
	r.Allocations = float64(after.Mallocs-before.Mallocs) / float64(times*c.records.Len())
	r.Checksum = fmt.Sprintf("%016x", d.sum())
	return r, nil
}

// processorTime is what this process has used, in seconds.
func processorTime() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// ours is the decoder of a format.
func ours(f *format.Format, records format.Records, fields []types.Field) decoder {
	values, problems := option.Parse(f.Options, nil)
	if len(problems) > 0 {
		panic(problems[0])
	}
	t := &format.Table{Name: "bench", Options: values, Schema: fields, Zone: "UTC"}
	b := vector.NewBatch(0)
	for i, c := range fields {
		t.Wanted = append(t.Wanted, i)
		b.Cols = append(b.Cols, vector.NewBuilder(c.Type, records.Len()))
	}
	d, err := f.NewDecoder(t)
	if err != nil {
		panic(err)
	}
	return decoder{
		name: "tidemark",
		decode: func() error {
			for _, c := range b.Cols {
				c.Reset(0)
			}
			b.SetLen(0)
			done, err := d.Decode(records, b, nil)
			if err == nil && (done != records.Len() || b.Len() != done) {
				err = fmt.Errorf("%d rows of %d records", b.Len(), records.Len())
			}
			return err
		},
		sum: func() (total uint64) {
			for i := range b.Len() {
				h := hash(seed)
				for _, c := range b.Cols {
					h.column(c, i)
				}
				total += uint64(h)
			}
			return total
		},
	}
}

// hash is FNV-1a, eight bytes at a time.
type hash uint64

const seed = 14695981039346656037

func (h *hash) int(x int64) {
	*h = (*h ^ hash(uint64(x))) * 1099511628211
	*h ^= *h >> 29
}

func hashText[T string | []byte](h *hash, s T) {
	h.int(int64(len(s)))
	for i := 0; i < len(s); i++ {
		*h = (*h ^ hash(s[i])) * 1099511628211
	}
}

// column adds row i of a vector.
func (h *hash) column(v *vector.Vector, i int) {
	switch v.Layout() {
	case vector.Bools:
		h.bool(v.Bools()[i])
	case vector.Int32s:
		h.int(int64(v.Int32s()[i]))
	case vector.Int64s:
		h.int(v.Int64s()[i])
	case vector.Float64s:
		h.float(v.Float64s()[i])
	case vector.Texts:
		hashText(h, v.Bytes(i))
	case vector.Rows:
		for k := range v.Type.Fields {
			h.column(v.Child(k), i)
		}
	case vector.Lists:
		from, to := v.Span(i)
		h.int(int64(to - from))
		for k := from; k < to; k++ {
			h.column(v.Child(0), k)
		}
	}
}
