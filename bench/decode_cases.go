package bench

import (
	"bytes"
	stdcsv "encoding/csv"
	stdjson "encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand"
	"strconv"
	"strings"

	"github.com/valyala/fastjson"

	"tidemark.dev/builtin/csv"
	"tidemark.dev/builtin/javatext"
	"tidemark.dev/builtin/json"
	"tidemark.dev/format"
	"tidemark.dev/types"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func (h *hash) bool(b bool) {
	if b {
		h.int(1)
	} else {
		h.int(0)
	}
}

func (h *hash) float(f float64) { h.int(int64(math.Float64bits(f))) }

// order is the record of the JSON cases, about 320 bytes.
type order struct {
	ID      int64  `json:"id"`
	Type    string `json:"type"`
	Created string `json:"created"`
	Buyer   struct {
		ID      int64  `json:"id"`
		Name    string `json:"name"`
		Country string `json:"country"`
	} `json:"buyer"`
	Amount float64  `json:"amount"`
	Count  int32    `json:"count"`
	Paid   bool     `json:"paid"`
	Tags   []string `json:"tags"`
	URL    string   `json:"url"`
	Note   string   `json:"note"`

	created int64 // Created, read
}

var orderFields = []types.Field{
	{Name: "id", Type: types.TBigInt},
	{Name: "type", Type: types.TString},
	{Name: "created", Type: types.TTimestamp(3)},
	{Name: "buyer", Type: types.TRow(types.Field{Name: "id", Type: types.TBigInt}, types.Field{Name: "name", Type: types.TString},
		types.Field{Name: "country", Type: types.TString})},
	{Name: "amount", Type: types.TDouble},
	{Name: "count", Type: types.TInt},
	{Name: "paid", Type: types.TBoolean},
	{Name: "tags", Type: types.Type{Kind: types.Array, Elem: &types.TString}},
	{Name: "url", Type: types.TString},
	{Name: "note", Type: types.TString},
}

func (o *order) sum() uint64 {
	h := hash(seed)
	h.int(o.ID)
	hashText(&h, o.Type)
	h.int(o.created)
	h.int(o.Buyer.ID)
	hashText(&h, o.Buyer.Name)
	hashText(&h, o.Buyer.Country)
	h.float(o.Amount)
	h.int(int64(o.Count))
	h.bool(o.Paid)
	h.int(int64(len(o.Tags)))
	for _, t := range o.Tags {
		hashText(&h, t)
	}
	hashText(&h, o.URL)
	hashText(&h, o.Note)
	return uint64(h)
}

const recordsOfACase = 2048

// texts makes texts by chance.
type texts struct{ *rand.Rand }

func (r texts) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.Intn(26))
	}
	return string(b)
}

func (r texts) time() string {
	return fmt.Sprintf("2026-%02d-%02d %02d:%02d:%02d.%03d", 1+r.Intn(12), 1+r.Intn(28), r.Intn(24), r.Intn(60), r.Intn(60), r.Intn(1000))
}

func (r texts) one(of ...string) string { return of[r.Intn(len(of))] }

// lines are records with a line feed behind each.
func lines(n int, record func() string) (records format.Records) {
	for range n {
		records.From = append(records.From, int32(len(records.Data)))
		records.Data = append(records.Data, record()...)
		records.To = append(records.To, int32(len(records.Data)))
		records.Data = append(records.Data, '\n')
	}
	return records
}

// orders are records of JSON, all of one layout or each with its keys in an order of its
// own and with escapes in its texts.
func orders(shuffled bool) format.Records {
	r := texts{rand.New(rand.NewSource(1))}
	object := func(members ...string) string {
		if shuffled {
			r.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	return lines(recordsOfACase, func() string {
		name, note := r.letters(8)+" "+r.letters(6), r.letters(12)+" "+r.letters(7)+" "+r.letters(9)+" "+r.letters(20)
		url := "https://shop.example.com/" + r.letters(8) + "/" + r.letters(6) + "?ref=" + r.letters(10)
		if shuffled {
			name, url = name[:8]+`\u00e9`+name[8:], strings.ReplaceAll(url, "/", `\/`)
			note = note[:10] + `\n` + note[10:30] + `\"` + note[30:] + `\ud83d\ude00`
		}
		return object(
			fmt.Sprintf(`"id":%d`, 1000000+r.Intn(9000000)),
			fmt.Sprintf(`"type":"%s"`, r.one("created", "paid", "shipped", "returned")),
			fmt.Sprintf(`"created":"%s"`, r.time()),
			`"buyer":`+object(fmt.Sprintf(`"id":%d`, r.Intn(1000000)), `"name":"`+name+`"`, `"country":"`+r.one("DE", "FR", "JP", "US")+`"`),
			fmt.Sprintf(`"amount":%d.%02d`, r.Intn(10000), r.Intn(100)),
			fmt.Sprintf(`"count":%d`, 1+r.Intn(20)),
			fmt.Sprintf(`"paid":%v`, r.Intn(2) == 0),
			fmt.Sprintf(`"tags":["%s","%s"]`, r.one("mobile", "web", "store"), r.letters(6)),
			`"url":"`+url+`"`,
			`"note":"`+note+`"`,
		)
	})
}

// created reads a timestamp for those who leave it a text.
func created(text []byte) (int64, error) {
	if micros, ok := javatext.UsualTimestamp(append(text, 0), 23, ' '); ok {
		return micros, nil
	}
	return 0, fmt.Errorf("%q is no timestamp", text)
}

// standardJSON is encoding/json.
func standardJSON(records format.Records) decoder {
	out := make([]order, records.Len())
	buffer := make([]byte, 0, 32)
	return decoder{
		name: "encoding/json",
		decode: func() (err error) {
			for i := range out {
				o := &out[i]
				o.Tags = nil
				if err := stdjson.Unmarshal(records.Data[records.From[i]:records.To[i]], o); err != nil {
					return err
				}
				buffer = append(buffer[:0], o.Created...)
				if o.created, err = created(buffer); err != nil {
					return err
				}
			}
			return nil
		},
		sum: func() uint64 { return sumOrders(out) },
	}
}

func sumOrders(all []order) (total uint64) {
	for i := range all {
		total += all[i].sum()
	}
	return total
}

// fastJSON is valyala/fastjson, the fastest library that was measured. What it returns
// lives until the next record, so texts are copied.
func fastJSON(records format.Records) decoder {
	out := make([]order, records.Len())
	var p fastjson.Parser
	var arena []byte
	buffer := make([]byte, 0, 32)
	text := func(v *fastjson.Value, keys ...string) string {
		b := v.GetStringBytes(keys...)
		at := len(arena)
		arena = append(arena, b...)
		return types.View(arena[at:])
	}
	return decoder{
		name: "fastjson",
		decode: func() error {
			arena = make([]byte, 0, len(records.Data))
			for i := range out {
				o := &out[i]
				v, err := p.ParseBytes(records.Data[records.From[i]:records.To[i]])
				if err != nil {
					return err
				}
				o.ID = v.GetInt64("id")
				o.Type = text(v, "type")
				buffer = append(buffer[:0], v.GetStringBytes("created")...)
				if o.created, err = created(buffer); err != nil {
					return err
				}
				buyer := v.Get("buyer")
				o.Buyer.ID = buyer.GetInt64("id")
				o.Buyer.Name = text(buyer, "name")
				o.Buyer.Country = text(buyer, "country")
				o.Amount = v.GetFloat64("amount")
				o.Count = int32(v.GetInt("count"))
				o.Paid = v.GetBool("paid")
				o.Tags = o.Tags[:0]
				for _, t := range v.GetArray("tags") {
					o.Tags = append(o.Tags, text(t))
				}
				o.URL = text(v, "url")
				o.Note = text(v, "note")
			}
			return nil
		},
		sum: func() uint64 { return sumOrders(out) },
	}
}

// bid is the record of the CSV cases, about 200 bytes.
type bid struct {
	auction, bidder int64
	price           float64
	channel, url    string
	dateTime        int64
	extra           string
}

var bidFields = []types.Field{
	{Name: "auction", Type: types.TBigInt},
	{Name: "bidder", Type: types.TBigInt},
	{Name: "price", Type: types.TDouble},
	{Name: "channel", Type: types.TString},
	{Name: "url", Type: types.TString},
	{Name: "dateTime", Type: types.TTimestamp(3)},
	{Name: "extra", Type: types.TString},
}

// bidLines are records of CSV, without quotes or with texts in quotes that hold
// delimiters and quotes.
func bidLines(quoted bool) format.Records {
	r := texts{rand.New(rand.NewSource(2))}
	return lines(recordsOfACase, func() string {
		channel, extra := r.one("Google", "Facebook", "Baidu", "Apple", "channel-"+strconv.Itoa(r.Intn(10000))), r.letters(50+r.Intn(40))
		if quoted {
			channel, extra = `"`+channel+`, `+r.letters(5)+`"`, `"`+extra[:20]+`, ""`+extra[20:]+`"""`
		}
		return fmt.Sprintf("%d,%d,%d.%02d,%s,https://www.nexmark.com/%s/%s/item.htm?query=1&channel_id=%d,%s,%s",
			1000+r.Intn(6000000), 1000+r.Intn(2000000), r.Intn(10000), r.Intn(100), channel, r.letters(3), r.letters(4), r.Int31(), r.time(), extra)
	})
}

// standardCSV is encoding/csv, with numbers by strconv.
func standardCSV(records format.Records) decoder {
	out := make([]bid, records.Len())
	buffer := make([]byte, 0, 32)
	one := func(b *bid, row []string) (err error) {
		if b.auction, err = strconv.ParseInt(row[0], 10, 64); err != nil {
			return err
		}
		if b.bidder, err = strconv.ParseInt(row[1], 10, 64); err != nil {
			return err
		}
		if b.price, err = strconv.ParseFloat(row[2], 64); err != nil {
			return err
		}
		b.channel, b.url, b.extra = row[3], row[4], row[6]
		buffer = append(buffer[:0], row[5]...)
		b.dateTime, err = created(buffer)
		return err
	}
	return decoder{
		name: "encoding/csv",
		decode: func() error {
			r := stdcsv.NewReader(bytes.NewReader(records.Data))
			r.ReuseRecord, r.FieldsPerRecord = true, len(bidFields)
			for i := 0; ; i++ {
				row, err := r.Read()
				if err == io.EOF && i == len(out) {
					return nil
				}
				if err != nil {
					return err
				}
				if err := one(&out[i], row); err != nil {
					return err
				}
			}
		},
		sum: func() (total uint64) {
			for i := range out {
				b := &out[i]
				h := hash(seed)
				h.int(b.auction)
				h.int(b.bidder)
				h.float(b.price)
				hashText(&h, b.channel)
				hashText(&h, b.url)
				h.int(b.dateTime)
				hashText(&h, b.extra)
				total += uint64(h)
			}
			return total
		},
	}
}

func decodings() []decoding {
	var all []decoding
	for _, shuffled := range []bool{false, true} {
		name, records := "stable layout", orders(shuffled)
		if shuffled {
			name = "shuffled keys and escapes"
		}
		all = append(all, decoding{"json", name, records,
			[]decoder{ours(&json.Format, records, orderFields), standardJSON(records), fastJSON(records)}})
	}
	for _, quoted := range []bool{false, true} {
		name, records := "plain", bidLines(quoted)
		if quoted {
			name = "quoted"
		}
		all = append(all, decoding{"csv", name, records, []decoder{ours(&csv.Format, records, bidFields), standardCSV(records)}})
	}
	return all
}
