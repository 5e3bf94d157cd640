-- Bikes of a city: how often they were unlocked at each station, every five minutes.
--
--   tidemark run examples/rides.sql
--
-- The file holds events as they came in: out of order by up to 14 seconds, and two of
-- them minutes late, from bikes that had no signal. The watermark waits 15 seconds, so
-- those two find their windows closed; they are counted in the summary at the end.

CREATE TABLE rides (
  `at` TIMESTAMP(3),
  bike INT,
  event STRING,
  station STRING,
  battery INT,
  WATERMARK FOR `at` AS `at` - INTERVAL '15' SECOND
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/rides.json',
  'format' = 'json'
);

CREATE TABLE unlocked (
  window_start TIMESTAMP(3),
  window_end TIMESTAMP(3),
  station STRING,
  unlocks BIGINT,
  lowest_battery INT
) WITH (
  'connector' = 'print'
);

INSERT INTO unlocked
SELECT window_start, window_end, station, COUNT(*), MIN(battery)
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(`at`), INTERVAL '5' MINUTE))
WHERE event = 'unlock'
GROUP BY window_start, window_end, station;
