package kafka

import (
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark.dev/connector"
	"tidemark.dev/format"
	"tidemark.dev/types"
	"tidemark.dev/vector"
)

// reader reads one partition. A Read
//
//  1. takes the next records that the fetcher holds for it, if its own are used up,
//  2. lays the values (and keys) of up to max of them out in one buffer,
//  3. has the value format append rows to the batch, and the key format its columns,
//  4. adds the metadata columns and the offset of each row,
//  5. moves its position behind the records that were decoded, and gives them back.
//
// Control records (the marks of transactions) have no rows; they only move the position.
type reader struct {
	source    *source
	partition *partition
	name      string
	env       connector.Env
	position  position
	decode    decoders
	meta      metadataReader

	chunk []*kgo.Record // taken from the fetcher, not yet decoded

	data     []*kgo.Record // of this Read: without control records
	values   layout
	keys     layout
	rows     []int32
	keyRows  []int32
	nullKeys sync.Once
}

// layout is where records lie in a buffer; its slices are used again, the buffer is not:
// texts of the batch point into it.
type layout struct{ from, to []int32 }

// maxLayout bounds the bytes of one buffer: offsets in it are int32.
const maxLayout = 1 << 30

// decoders are the formats of one reader.
type decoders struct {
	value, key format.Decoder
	keyed      bool
}

func (s *source) newDecoders() (d decoders, err error) {
	part := ""
	if d.keyed = s.columns.keyed; d.keyed {
		part = "value"
		if d.key, err = s.table.NewDecoder("key", s.columns.key.record()); err != nil {
			return d, err
		}
	}
	d.value, err = s.table.NewDecoder(part, s.columns.value.record())
	return d, err
}

// Position implements connector.Reader.
func (r *reader) Position() []byte { return r.position.encode() }

// Lag implements connector.Lag.
func (r *reader) Lag() int64 { return r.source.fetch.lag(r.partition, r.position.next) }

// Close implements connector.Reader.
func (r *reader) Close() error {
	r.source.fetch.remove(r.partition)
	return nil
}

// Read implements connector.Reader.
func (r *reader) Read(b *vector.Batch, max int) (connector.Status, error) {
	status, err := r.read(b, max)
	if status == connector.Ended {
		r.source.ended(r.partition.split, r.position.next)
	}
	return status, err
}

func (r *reader) read(b *vector.Batch, max int) (connector.Status, error) {
	if r.ended() {
		return connector.Ended, nil
	}
	if len(r.chunk) == 0 {
		chunk, status, err := r.source.fetch.take(r.partition, r.position.next)
		if status == connector.Ended {
			r.position.next = r.position.end
		}
		if status != connector.Ready || err != nil {
			return status, err
		}
		r.chunk = chunk
	}
	if !insertOnly(r.source.Kinds()) {
		max = (max + 1) / 2 // a record may be two rows, before and after
	}
	records := r.chunk[:r.choose(max)]
	done, err := r.append(b)
	if err != nil {
		done++ // behind the bad one
	}
	records = r.consumed(records, done)
	r.finish(records)
	if err != nil {
		return connector.Ready, err
	}
	if r.ended() {
		return connector.Ended, nil
	}
	return connector.Ready, nil
}

func (r *reader) ended() bool {
	return r.position.end != unbounded && r.position.next >= r.position.end
}

// choose picks the records of this Read, and counts how many of the chunk they and
// the control records among them are.
func (r *reader) choose(max int) int {
	r.data = r.data[:0]
	bytes := 0
	for i, rec := range r.chunk {
		if r.position.end != unbounded && rec.Offset >= r.position.end {
			return i
		}
		if rec.Attrs.IsControl() {
			continue
		}
		bytes += len(rec.Value) + len(rec.Key)
		if len(r.data) == max || len(r.data) > 0 && bytes > maxLayout {
			return i
		}
		r.data = append(r.data, rec)
	}
	return len(r.chunk)
}

// consumed cuts the records of this Read behind the done first of those with data.
func (r *reader) consumed(records []*kgo.Record, done int) []*kgo.Record {
	if done == len(r.data) {
		return records
	}
	for i, rec := range records {
		if rec == r.data[done] {
			return records[:i]
		}
	}
	return records
}

// finish is step 5.
func (r *reader) finish(records []*kgo.Record) {
	n := int64(0)
	for _, rec := range records {
		n += recordBytes + int64(len(rec.Key)+len(rec.Value))
		r.position.next = rec.Offset + 1
	}
	rest := r.chunk[len(records):]
	if r.position.end != unbounded && len(rest) > 0 && rest[0].Offset >= r.position.end {
		r.position.next = r.position.end // whatever is there is beyond the end
	}
	for i, rec := range records {
		rec.Recycle()
		records[i] = nil
	}
	r.chunk = rest
	clear(r.data)
	r.source.fetch.used(r.partition, n)
}

// append is steps 2 to 4. It answers how many records it appended before the first that
// does not decode.
func (r *reader) append(b *vector.Batch) (done int, err error) {
	before := b.Len()
	values := r.values.lay(r.data, func(rec *kgo.Record) []byte { return rec.Value })
	if r.rows = r.rows[:0]; cap(r.rows) < len(r.data) {
		r.rows = make([]int32, 0, max(len(r.data), vector.DefaultRows))
	}
	r.rows = r.rows[:len(r.data)]
	columns := r.source.columns
	sub := subBatch(b, columns.value.at, before)
	done, err = r.decode.value.Decode(values, sub, r.rows)
	err = r.locate(err, done)
	if r.decode.keyed {
		if bad, keyErr := r.appendKeys(b, sub, before, done); keyErr != nil {
			done, err = bad, keyErr
		}
	}
	r.meta.append(b, r.data[:done], r.rows, before)
	b.Kinds = sub.Kinds
	r.appendPositions(b, done, before)
	b.SetLen(sub.Len())
	return done, err
}

// lay copies the values of records into one buffer.
func (l *layout) lay(records []*kgo.Record, of func(*kgo.Record) []byte) format.Records {
	size := 0
	for _, rec := range records {
		size += len(of(rec))
	}
	data := make([]byte, 0, size)
	l.from, l.to = l.from[:0], l.to[:0]
	for _, rec := range records {
		v := of(rec)
		from := int32(len(data))
		data = append(data, v...)
		if v == nil {
			from = -1
		}
		l.from, l.to = append(l.from, from), append(l.to, int32(len(data)))
	}
	return format.Records{Data: data, From: l.from, To: l.to}
}

// subBatch is the part of a batch that a format appends to.
func subBatch(b *vector.Batch, at []int, n int) *vector.Batch {
	cols := make([]*vector.Vector, len(at))
	for i, c := range at {
		cols[i] = b.Cols[c]
	}
	sub := b.With(cols)
	sub.SetLen(n)
	return sub
}

// locate fills in where a record is that does not decode.
func (r *reader) locate(err error, bad int) error {
	var at *format.RecordError
	if errors.As(err, &at) {
		at.Split, at.Position = r.name, fmt.Sprintf("offset %d", r.data[bad].Offset)
	}
	return err
}

// appendKeys decodes the keys of the first n records and appends the columns of each to
// the rows that its value gave. A record without a key has no row, as in Flink, and the
// rows of a value whose key does not decode are taken back; bad is then that record.
func (r *reader) appendKeys(b, sub *vector.Batch, before, n int) (bad int, err error) {
	columns := &r.source.columns.key
	keys := r.keys.lay(r.data[:n], func(rec *kgo.Record) []byte { return rec.Key })
	decoded := vector.NewBatch(0)
	for _, c := range columns.columns {
		decoded.Cols = append(decoded.Cols, vector.NewBuilder(c.Type, n))
	}
	if cap(r.keyRows) < n {
		r.keyRows = make([]int32, max(n, vector.DefaultRows))
	}
	done, err := r.decode.key.Decode(keys, decoded, r.keyRows[:n])
	err = r.locate(err, done)
	if err != nil {
		var at *format.RecordError
		if errors.As(err, &at) {
			at.Reason = "in the key: " + at.Reason
		}
	}
	of := r.match(sub, before, done)
	for i, c := range columns.at {
		for _, k := range of {
			b.Cols[c].AppendFrom(decoded.Cols[i], int(k))
		}
	}
	return done, err
}

// match lists, for each row that the values gave, the row of its key. It takes back the
// rows of values from record n on, and of those whose key gave no row.
func (r *reader) match(sub *vector.Batch, before, n int) []int32 {
	of := make([]int32, 0, sub.Len()-before)
	keep := make([]int32, 0, sub.Len())
	for i := range before {
		keep = append(keep, int32(i))
	}
	var key, lost int32
	row := int32(before)
	for i := range n {
		for ; row < r.rows[i]; row++ {
			if r.keyRows[i] > key {
				of, keep = append(of, key), append(keep, row)
			} else {
				lost++
			}
		}
		r.rows[i] = int32(len(keep))
		key = r.keyRows[i]
	}
	if len(keep) == sub.Len() {
		return of
	}
	if lost > 0 {
		r.nullKeys.Do(func() {
			r.env.Warn(fmt.Sprintf("%s: records without a key give no row, because the table has key columns", r.name))
		})
	}
	for i, c := range sub.Cols {
		*c = *rebuild(c, keep)
		sub.Cols[i] = c
	}
	if sub.Kinds != nil {
		for i, k := range keep {
			sub.Kinds[i] = sub.Kinds[k]
		}
		sub.Kinds = sub.Kinds[:len(keep)]
	}
	sub.SetLen(len(keep))
	return of
}

// rebuild copies rows of a vector into a new one that can be appended to.
func rebuild(v *vector.Vector, rows []int32) *vector.Vector {
	out := vector.NewBuilder(v.Type, len(rows))
	for _, r := range rows {
		out.AppendFrom(v, int(r))
	}
	return out
}

// appendPositions notes the offset of each row.
func (r *reader) appendPositions(b *vector.Batch, n, before int) {
	row := int32(before)
	for i, rec := range r.data[:n] {
		for ; row < r.rows[i]; row++ {
			b.Pos = append(b.Pos, rec.Offset)
		}
	}
}

// metadataReader appends the metadata columns of a partition's rows.
type metadataReader struct {
	columns []metaColumn
	topic   []byte
	number  int32
}

func newMetadataReader(c *columns, s *split) metadataReader {
	return metadataReader{columns: c.meta, topic: []byte(s.topic), number: s.partition}
}

func (m *metadataReader) append(b *vector.Batch, records []*kgo.Record, rows []int32, before int) {
	for _, c := range m.columns {
		v := b.Cols[c.at]
		row := int32(before)
		write := m.writer(c.key, v)
		for i, rec := range records {
			for ; row < rows[i]; row++ {
				write(rec)
			}
		}
	}
}

// timestampTypes are Kafka's names, by number.
var timestampTypes = [3][]byte{[]byte("NoTimestampType"), []byte("CreateTime"), []byte("LogAppendTime")}

// writer answers what appends one metadata column: the choice is made once a batch.
func (m *metadataReader) writer(key string, v *vector.Vector) func(*kgo.Record) {
	switch key {
	case metaTopic:
		buffer := v.AddBuffer(m.topic)
		return func(*kgo.Record) { v.AppendView(buffer, 0, m.topic) }
	case metaPartition:
		return func(*kgo.Record) { v.AppendInt32(m.number) }
	case metaOffset:
		return func(rec *kgo.Record) { v.AppendInt64(rec.Offset) }
	case metaLeaderEpoch:
		return func(rec *kgo.Record) {
			if rec.LeaderEpoch < 0 {
				v.AppendNull()
			} else {
				v.AppendInt32(rec.LeaderEpoch)
			}
		}
	case metaTimestamp:
		if v.Layout() == vector.Fine {
			return func(rec *kgo.Record) { v.AppendFine(rec.Timestamp.UnixMilli()*1000, 0) }
		}
		return func(rec *kgo.Record) { v.AppendInt64(rec.Timestamp.UnixMilli() * 1000) }
	case metaTimestampType:
		return func(rec *kgo.Record) { v.AppendBytes(timestampTypes[(rec.Attrs.TimestampType()+1)%3]) }
	case metaHeaders:
		return func(rec *kgo.Record) { v.AppendValue(headersValue(rec.Headers)) }
	}
	panic("kafka: no metadata column " + key)
}

// headersValue is the map of a record's headers; of several of one name the last counts.
func headersValue(headers []kgo.RecordHeader) types.Value {
	m := types.Value{Elems: []types.Value{}}
	for i, h := range headers {
		last := true
		for _, later := range headers[i+1:] {
			last = last && later.Key != h.Key
		}
		if !last {
			continue
		}
		value := types.Value{S: string(h.Value)}
		if h.Value == nil {
			value = types.NullValue
		}
		m.Elems = append(m.Elems, types.Text(h.Key), value)
	}
	return m
}
