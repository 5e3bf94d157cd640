#!/usr/bin/env python3
"""Judges what a killed pipeline has written, by nothing of ours.

  judge.py SPEC.json

The topics are read by Kafka's own console consumer (read_committed), the files as they
lie there; windows and joins are computed again from the input topics. SPEC:

  kafka     the peers' script; its environment holds PEERS_KAFKA=HOST:PORT
  orders    topic of {"id", "item", "qty", "ts"}; items: topic of {"item", "grade", "price"}
  delay_ms  of the watermark; window_ms: length of a window
  bounded   whether the final watermark has closed all windows
  windows   topics, window_files directories of window rows
  joined    topics of joined rows; order_files: directories of {"run", "id"}
  runs      the tags of the runs, each of which must have written everything once

It prints one line of JSON per output: rows, expected, lost, twice, wrong; and the first
few rows of each kind on stderr. It exits 1 if any of these is not 0.
"""
import collections, concurrent.futures, datetime, decimal, json, os, subprocess, sys

EPOCH = datetime.datetime(1970, 1, 1)


def millis(text):
    text = text.replace('T', ' ').rstrip('Z')
    return round((datetime.datetime.fromisoformat(text) - EPOCH).total_seconds() * 1000)


def consume(spec, topic):
    """All committed records, as (partition, value)."""
    for patience in 4000, 30000:  # on a busy machine it may take long until the consumer has its partitions
        out = subprocess.run(
            [spec['kafka'], 'consume', '--topic', topic, '--from-beginning', '--isolation-level', 'read_committed',
             '--timeout-ms', str(patience), '--formatter-property', 'print.partition=true'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if 'TimeoutException' not in out.stderr and out.returncode != 0:
            sys.exit('the console consumer failed on %s: %s' % (topic, out.stderr))
        if out.stdout:
            break
    for line in out.stdout.splitlines():
        partition, value = line.split('\t', 1)
        yield int(partition.split(':')[1]), parse(value)


def parse(text):
    return json.loads(text, parse_float=decimal.Decimal)


def files(directory):
    """The rows of the visible files below a directory."""
    for at, directories, names in os.walk(directory):
        directories[:] = [d for d in directories if not d.startswith('.')]
        for name in names:
            if name.startswith('.'):
                continue
            with open(os.path.join(at, name)) as f:
                for line in f:
                    yield None, parse(line)


def windows_of(orders, spec):
    """COUNT, SUM, MIN and MAX by item and tumbling window, of the windows that are closed."""
    latest, groups = {}, {}
    for partition, o in orders:
        t = millis(o['ts'])
        latest[partition] = max(latest.get(partition, t), t)
        start = t - t % spec['window_ms']
        g = groups.setdefault((start, o['item']), [0, 0, o['id'], o['id']])
        g[0] += 1
        g[1] += o['qty']
        g[2] = min(g[2], o['id'])
        g[3] = max(g[3], o['id'])
    watermark = float('inf') if spec['bounded'] else min(latest.values()) - spec['delay_ms']
    return {(k, tuple(g)) for k, g in groups.items() if k[0] + spec['window_ms'] - 1 <= watermark}


def window_row(r):
    return (millis(r['ws']), r['item']), (r['n'], r['qty'], r['lo'], r['hi'])


def joins_of(orders, items):
    by_item = collections.defaultdict(list)
    for _, i in items:
        by_item[i['item']].append(i)
    return {(o['id'], i['grade'], o['item'], decimal.Decimal(str(i['price'])) * o['qty'])
            for _, o in orders for i in by_item[o['item']]}


def join_row(r):
    return r['id'], r['grade'], r['item'], decimal.Decimal(str(r['total']))


def judge(name, expected, rows, key, runs):
    seen = collections.defaultdict(collections.Counter)
    n = 0
    for _, r in rows:
        seen[r['run']][key(r)] += 1
        n += 1
    lost, twice, wrong = [], [], [('run', r) for r in seen if r not in runs]
    for run in runs:
        got = seen[run]
        lost += [(run, e) for e in expected if e not in got]
        twice += [(run, e) for e, times in got.items() if times > 1]
        wrong += [(run, e) for e in got if e not in expected]
    print(json.dumps({'output': name, 'rows': n, 'expected': len(expected) * len(runs),
                      'lost': len(lost), 'twice': len(twice), 'wrong': len(wrong)}))
    for kind, found in ('lost', lost), ('twice', twice), ('wrong', wrong):
        for e in sorted(found, key=str)[:5]:
            print('%s: %s: %s' % (name, kind, e), file=sys.stderr)
    return not (lost or twice or wrong)


def main():
    spec = json.load(open(sys.argv[1]))
    names = [spec['orders'], spec['items']] + spec['windows'] + spec['joined']
    with concurrent.futures.ThreadPoolExecutor(3) as pool:  # each waits for its consumer's timeout
        topics = dict(zip(names, pool.map(lambda t: list(consume(spec, t)), names)))
    orders, items = topics[spec['orders']], topics[spec['items']]
    ids = collections.Counter(o['id'] for _, o in orders)
    if not orders or any(n > 1 for n in ids.values()):
        sys.exit('the input topic %s is empty or holds an id twice' % spec['orders'])
    windows, joins = windows_of(orders, spec), joins_of(orders, items)
    good = True
    for t in spec['windows']:
        good &= judge(t, windows, topics[t], window_row, spec['runs'])
    for t in spec['joined']:
        good &= judge(t, joins, topics[t], join_row, spec['runs'])
    for d in spec['window_files']:
        good &= judge(os.path.basename(d), windows, files(d), window_row, spec['runs'])
    for d in spec['order_files']:
        good &= judge(os.path.basename(d), set(ids), files(d), lambda r: r['id'], spec['runs'])
    sys.exit(0 if good else 1)


main()
