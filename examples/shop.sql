-- A mobile shop: revenue per minute and category, printed as each minute closes.
--
--   tidemark run examples/shop.sql
--
-- The events are generated (connector 'shop'): customers view products, put them into
-- carts and order them. A minute passes in the shop every second here, for 25 seconds.
-- Take 'number-of-rows' away and it goes on until Ctrl-C.
--
-- Event time is what the phones say. Some were offline and send up to six hours late: the
-- watermark waits 30 seconds for everyone, so their orders come after their minute was
-- printed, and are counted as late in the summary at the end. A few phones have a wrong
-- clock; orders from the future are left out by the WHERE.

CREATE TABLE shop (
  event_type STRING,
  event_time TIMESTAMP_LTZ(3),
  received_at TIMESTAMP_LTZ(3),
  category STRING,
  price DECIMAL(10, 2),
  quantity INT,
  WATERMARK FOR event_time AS received_at - INTERVAL '30' SECOND
) WITH (
  'connector' = 'shop',
  'number-of-rows' = '50000',
  'rows-per-second' = '2000'
);

CREATE TABLE revenue (
  window_start TIMESTAMP(3),
  category STRING,
  orders BIGINT,
  revenue DECIMAL(38, 2)
) WITH (
  'connector' = 'print'
);

INSERT INTO revenue
SELECT window_start, category, COUNT(*), SUM(price * quantity)
FROM TABLE(TUMBLE(TABLE shop, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
WHERE event_type = 'order' AND event_time <= received_at + INTERVAL '1' MINUTE
GROUP BY window_start, window_end, category;
