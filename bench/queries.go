// Package bench measures Tidemark, in ways that cannot cheat: every column of every
// change is hashed, and beside each query a loop written by hand does the same work over
// the same columns, so that what is left to gain can be seen.
package bench

// Query is a query of the Nexmark benchmark, in Flink's own SQL.
type Query struct {
	Name string
	// Sink are the columns of the table it is written to.
	Sink string
	SQL  string
	// Delay is the watermark's, as published.
	Hand hand // nil: no loop was written
}

// source is the table of all events and the views that the published queries read.
const source = `
CREATE TABLE nexmark (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, ` + "`dateTime`" + ` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, ` + "`dateTime`" + ` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, ` + "`dateTime`" + ` TIMESTAMP(3), extra STRING>,
  ` + "`dateTime`" + ` AS CASE WHEN event_type = 0 THEN person.` + "`dateTime`" + ` WHEN event_type = 1 THEN auction.` + "`dateTime`" + ` ELSE bid.` + "`dateTime`" + ` END,
  WATERMARK FOR ` + "`dateTime` AS `dateTime`" + ` - INTERVAL '4' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '%d', 'first-event.rate' = '%d', 'next-event.rate' = '%d', 'scan.parallelism' = '%d');
CREATE VIEW person AS SELECT person.id, person.name, person.emailAddress, person.creditCard, person.city, person.state, ` + "`dateTime`" + `, person.extra FROM nexmark WHERE event_type = 0;
CREATE VIEW auction AS SELECT auction.id, auction.itemName, auction.description, auction.initialBid, auction.reserve, ` + "`dateTime`" + `, auction.expires, auction.seller, auction.category, auction.extra FROM nexmark WHERE event_type = 1;
CREATE VIEW bid AS SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, ` + "`dateTime`" + `, bid.extra FROM nexmark WHERE event_type = 2;
`

// Queries are the queries that can be measured.
var Queries = []Query{
	{Name: "q0", Sink: "auction BIGINT, bidder BIGINT, price BIGINT, `dateTime` TIMESTAMP(3), extra STRING",
		SQL: "SELECT auction, bidder, price, `dateTime`, extra FROM bid", Hand: passThrough},
	{Name: "q1", Sink: "auction BIGINT, bidder BIGINT, price DECIMAL(23, 3), `dateTime` TIMESTAMP(3), extra STRING",
		SQL: "SELECT auction, bidder, 0.908 * price AS price, `dateTime`, extra FROM bid", Hand: currency},
	{Name: "q2", Sink: "auction BIGINT, price BIGINT",
		SQL: "SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0", Hand: selection},
	{Name: "q17", Sink: "auction BIGINT, `day` STRING, total_bids BIGINT, rank1_bids BIGINT, rank2_bids BIGINT, rank3_bids BIGINT, min_price BIGINT, max_price BIGINT, avg_price BIGINT, sum_price BIGINT",
		SQL: `SELECT auction, DATE_FORMAT(` + "`dateTime`" + `, 'yyyy-MM-dd') AS ` + "`day`" + `,
  COUNT(*) AS total_bids,
  COUNT(*) FILTER (WHERE price < 10000) AS rank1_bids,
  COUNT(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bids,
  COUNT(*) FILTER (WHERE price >= 1000000) AS rank3_bids,
  MIN(price) AS min_price, MAX(price) AS max_price, AVG(price) AS avg_price, SUM(price) AS sum_price
FROM bid GROUP BY auction, DATE_FORMAT(` + "`dateTime`" + `, 'yyyy-MM-dd')`, Hand: statistics},
	{Name: "tumble", Sink: "auction BIGINT, num BIGINT, starttime TIMESTAMP(3), endtime TIMESTAMP(3)",
		SQL: `SELECT auction, COUNT(*) AS num, window_start AS starttime, window_end AS endtime
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(` + "`dateTime`" + `), INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end`, Hand: tumbling},
	{Name: "hop", Sink: "auction BIGINT, num BIGINT, starttime TIMESTAMP(3), endtime TIMESTAMP(3)",
		SQL: `SELECT auction, COUNT(*) AS num, window_start AS starttime, window_end AS endtime
FROM TABLE(HOP(TABLE bid, DESCRIPTOR(` + "`dateTime`" + `), INTERVAL '2' SECOND, INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end`},
	{Name: "q3", Sink: "name STRING, city STRING, state STRING, id BIGINT",
		SQL: `SELECT P.name, P.city, P.state, A.id FROM auction AS A INNER JOIN person AS P ON A.seller = P.id
WHERE A.category = 10 AND (P.state = 'OR' OR P.state = 'ID' OR P.state = 'CA')`},
}
