"""What the recorder's database says."""

import contextlib
import sqlite3

PACKETS = "SELECT count(*) FROM packets"
GAPS = "SELECT coalesce(sum(records), 0) FROM gaps"


def ask(path, query):
    """The first column of the first row, by a reader of its own."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchone()[0]
