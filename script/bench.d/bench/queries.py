"""Measures how long each example of docs/database.md takes with 10 million packets and a million leases.

Without a lab: nothing here touches a network.
"""

import argparse
import os
import pathlib
import re
import sqlite3
import tempfile
import time

from . import records
from .figures import Figures, print_table, summary

DOCUMENT = pathlib.Path(__file__).parents[3] / "docs/database.md"
PACKETS = 10_000_000
LEASES = 1_000_000


def examples():
    text = re.sub(r"\n   \.\.\.> ", " ", DOCUMENT.read_text())
    return re.findall(r"^sqlite> (.*;)$", text, re.MULTILINE)


def elapsed(path, query):
    """Milliseconds of a reader that has just opened the database, until it has all rows."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    before = time.monotonic_ns()
    database.execute(query).fetchall()
    after = time.monotonic_ns()
    database.close()
    return (after - before) / 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--settle", type=int)
    parser.add_argument("--csv-descriptor", type=int, required=True)
    options = parser.parse_args()
    figures = Figures("queries")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as directory:
        path = f"{directory}/records.sqlite"
        records.make(options.binaries, path, PACKETS, LEASES)
        for run in range(1, options.runs + 1):
            for query in examples():
                figures.add(query, run, "answer", elapsed(path, query), "ms")
    rows = [[query[:100]] + summary(figures.values(query, "answer"), 1) for query in examples()]
    print_table(f"queries: ms of each example of docs/database.md, {PACKETS:,} packets, {LEASES:,} leases, "
                f"{options.runs} runs of each in turn", ["", "median", "range"], rows)
    figures.write(options.csv_descriptor)
