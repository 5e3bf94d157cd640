#!/usr/bin/env python3
"""Asks a real Flink what the expressions of a file mean, and writes its answers into it.

    testdata/record.py FLINK FILE...     FLINK: the "flink" script of the peers

A file has an expression a line, over the table of setup.sql (a
file, so that Flink computes at run time what it cannot know before); lines that begin with #
stay; "# zone: NAME" sets the session's time zone. Behind the expression stand, after tabs, the type and the sorted rows that Flink
printed, or "error" and its message.
"""
import os, re, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
setup = open(os.path.join(here, "setup.sql")).read() + f"""WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '{here}/setup.json');
"""


def answer(out, err):
    m = re.search(r"\|\s+r \|\s+(.*?) \|\s+(TRUE|FALSE) \|", out)
    rows = sorted(r[3:-1] for r in out.splitlines() if r.startswith("+I["))
    t = m.group(1) + ("" if m.group(2) == "TRUE" else " NOT NULL") if m else "?"
    if err:
        message = re.sub(r"^\S+\.sql:\d+: ", "", err.strip().splitlines()[0])
        return [t, "error", message[:160]]
    return [t] + rows


for name in sys.argv[2:]:
    lines = open(name).read().splitlines()
    zone = "".join(f"SET 'table.local-time-zone' = '{l[8:]}';\n" for l in lines if l.startswith("# zone: "))
    with tempfile.TemporaryDirectory() as scripts, tempfile.TemporaryDirectory() as out:
        asked = {}
        for n, line in enumerate(lines):
            e = line.split("\t")[0]
            if not e or e.startswith("#"):
                continue
            asked[n] = e
            with open(f"{scripts}/{n:04d}.sql", "w") as f:
                f.write(f"{zone}{setup}\nCREATE TEMPORARY VIEW v AS SELECT {e} AS r FROM t;\nDESCRIBE v;\nSELECT r FROM v;\n")
        subprocess.run([sys.argv[1], "sql", "--mode", "batch", "--out", out, scripts], capture_output=True)
        for n, e in asked.items():
            read = lambda end: open(p).read() if os.path.exists(p := f"{out}/{n:04d}.flink.{end}") else ""
            lines[n] = "\t".join([e] + answer(read("out"), read("err")))
    open(name, "w").write("\n".join(lines) + "\n")
