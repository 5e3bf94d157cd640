"""Windows per location over rides, worked out row by row, to hold the engine's against.

usage: windows.py FILE KIND STEP SIZE DELAY     (seconds; KIND is TUMBLE, HOP or CUMULATE)

Prints a JSON object: "rows" are [location, start, end, count, sum of driver ids, least,
greatest] in milliseconds, "late" is how many rows counted in no window, "counted" in how many
windows all rows counted together.

A watermark follows every row: the greatest time so far, less the delay. A window has closed
when the watermark before a row has come to its end less a millisecond. The row counts in those
of its windows that have not closed; if all have, it is late. There are no panes, timers or
batches here: the definition is all there is.
"""
import json
import sys
from datetime import datetime


def windows_of(kind, t, step, size):
    if kind == "TUMBLE":
        start = t - t % size
        return [(start, start + size)]
    if kind == "HOP":
        last = t - t % step
        return [(s, s + size) for s in range(last, t - size, -step)]
    if kind == "CUMULATE":
        start = t - t % size
        return [(start, e) for e in range(start + step, start + size + 1, step) if e > t]
    raise SystemExit("no window is called " + kind)


def main(path, kind, step, size, delay):
    step, size, delay = (int(float(x) * 1000) for x in (step, size, delay))
    watermark = None
    result, late, counted = {}, 0, 0
    for line in open(path, encoding="utf-8"):
        ride = json.loads(line)
        t = int(datetime.fromisoformat(ride["timestamp"].replace("Z", "+00:00")).timestamp() * 1000)
        taken = False
        for start, end in windows_of(kind, t, step, size):
            if watermark is not None and watermark >= end - 1:
                continue
            taken = True
            counted += 1
            d = ride["driver_id"]
            n, total, least, most = result.get((ride["location"], start, end), (0, 0, d, d))
            result[ride["location"], start, end] = (n + 1, total + d, min(least, d), max(most, d))
        late += not taken
        watermark = t - delay if watermark is None else max(watermark, t - delay)
    rows = sorted([*key, *values] for key, values in result.items())
    json.dump({"rows": rows, "late": late, "counted": counted}, sys.stdout)


main(*sys.argv[1:])
