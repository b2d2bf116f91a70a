"""Measures the recorder: what it stores in a second, what it takes of memory and disk, how long records wait for it.

Its peer is the C library of SQLite (programs/sqlite-load), which inserts the same rows in transactions of the same
length.
"""

import contextlib
import itertools
import json
import multiprocessing
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time

from . import database, processes
from .arms import MiddleSock
from .figures import Figures, arguments, brief, print_table
from .lab import Lab
from .queries import examples
from .servers import Sink

LIMIT = 60
STORING = {"exchanges": 60, "DISCOVERs": 15}
RATE = 20_000
# The slow ones run together, the fast one alone.
SNAPSHOT_RATES = [[100, 250, 500, 1_000], [RATE]]
AFTERWARDS = 10
READERS_RATES = [1_000, 5_000]
# How many ask, and how long each rests after each answer, in seconds.
READERS = {"no readers": (0, 0), "10 readers": (10, 0.02), "10 without a pause": (10, 0)}
SECONDS = {"beside": 60, "snapshot": 60, "readers": 20}


class Recorder:
    """A recorder with a directory of its own, and what sends it records."""

    def __init__(self, binaries, *options):
        self.binaries, self.options = binaries, options
        self.files = tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR"))
        self.directory = self.files.name
        self.database = f"{self.directory}/records.sqlite"

    def __enter__(self):
        command = [f"{self.binaries}/recorder", "--runtime-directory", self.directory, "--database", self.database,
                   *self.options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        if not any("storing in" in line for line in self.process.stderr):
            raise SystemExit("the recorder does not start")
        return self

    def __exit__(self, *_):
        self.stop()
        self.files.cleanup()

    def gaps(self):
        """How many packets the database says are missing in it."""
        return database.ask(self.database, database.GAPS)

    def stop(self):
        """Ends it, unless it has ended."""
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(LIMIT) != 0:
            raise SystemExit(f"the recorder ended with status {self.process.returncode}")

    def load(self, seconds, *words):
        """Begins to send it packets."""
        command = [f"{self.binaries}/dhcp-load", "records", "--runtime-directory", self.directory]
        return subprocess.Popen(command + ["--seconds", str(seconds), *map(str, words)], stdout=subprocess.PIPE)

    def use(self):
        """Microseconds of the processors, and MiB of memory at the most."""
        return processes.processor_time(self.process.pid), processes.memory(self.process.pid, "VmHWM") / 1024

    def log_size(self):
        return os.path.getsize(self.database + "-wal") / 2**20


def finished(load):
    """What the sender says when it is done."""
    output, _ = load.communicate()
    if load.returncode != 0:
        raise SystemExit(f"dhcp-load ended with status {load.returncode}")
    return json.loads(output)


def storing(figures, lab, run):
    for kind, seconds in STORING.items():
        # With a backlog it would be measured how fast records are put aside.
        with Recorder(lab.binaries, "--max-backlog", "0") as recorder:
            before, _ = recorder.use()
            found = finished(recorder.load(seconds, *(["--discovers-only"] if kind == "DISCOVERs" else [])))
            used, memory = recorder.use()
            rows_per_commit = found["sent"] // found["commits"]
            recorder.stop()
            peer = raw(lab.binaries, recorder.database, rows_per_commit)
        figures.add("recorder", run, f"{kind} per second", found["sent"] / found["elapsed_us"] * 1e6, "packets/s")
        figures.add("SQLite", run, f"{kind} per second", peer["rows"] / peer["elapsed_us"] * 1e6, "packets/s")
        figures.add("recorder", run, f"{kind} cost", (used - before) / found["sent"], "us/packet")
        figures.add("SQLite", run, f"{kind} cost", peer["processor_us"] / peer["rows"], "us/packet")
        figures.add("recorder", run, f"{kind} rows", rows_per_commit, "packets")
        figures.add("recorder", run, f"{kind} memory", memory, "MiB")


def raw(binaries, database, rows):
    copy = pathlib.Path(database + "-copy")
    return json.loads(subprocess.check_output([f"{binaries}/sqlite-load", database, copy, str(rows)]))


def beside(figures, lab, run):
    """Beside a relay that forwards: the whole of middle-sock, a flood through it, and the sink."""
    arm = MiddleSock(lab)
    arm.start(Sink())
    recorder = arm.components()["recorder"]
    before = processes.processor_time(recorder)
    flood = lab.flood(RATE, SECONDS["beside"], mark=1)
    arm.await_quiet()
    used, memory = processes.processor_time(recorder) - before, processes.memory(recorder, "VmHWM") / 1024
    sink = Sink.counted(arm.stop())
    _, gaps = arm.accounts()
    for metric, value, unit in [
        ("sent", flood["sent"] / flood["elapsed_us"] * 1e6, "requests/s"), ("arrived", sink["distinct"], "requests"),
        ("not arrived", flood["sent"] - sink["distinct"], "requests"), ("in gaps", gaps, "records"),
        ("not recorded", sink["distinct"] - arm.recorded(), "requests"),
        ("cost", used / sink["distinct"], "us/packet"), ("memory", memory, "MiB"),
    ]:
        figures.add("beside", run, metric, value, unit)


def snapshot(figures, lab, run):
    """The log at the end of a minute in which somebody reads, and what is lost while it is brought in afterwards."""
    for rates in SNAPSHOT_RATES:
        with contextlib.ExitStack() as stack:
            recorders = [stack.enter_context(Recorder(lab.binaries)) for _ in rates]
            readers = [stack.enter_context(contextlib.closing(hold(one.database))) for one in recorders]
            loads = [one.load(SECONDS["snapshot"] + AFTERWARDS, "--rate", rate)
                     for one, rate in zip(recorders, rates, strict=True)]
            # What is measured: there is no event to wait for.
            time.sleep(SECONDS["snapshot"])
            logs = [one.log_size() for one in recorders]
            for reader in readers:
                reader.rollback()
            for rate, recorder, load, log in zip(rates, recorders, loads, logs, strict=True):
                found, (_, memory) = finished(load), recorder.use()
                for metric, value, unit in [
                    ("log", log, "MiB"), ("log per packet", log * 2**20 / rate / SECONDS["snapshot"], "bytes"),
                    ("log afterwards", recorder.log_size(), "MiB"), ("memory", memory, "MiB"),
                    ("longest wait", found["max_us"] / 1000, "ms"), ("lost", found["lost"], "packets"),
                    ("in gaps", recorder.gaps(), "packets"),
                ]:
                    figures.add(f"{rate:,}/s", run, metric, value, unit)


def hold(database):
    """A reader whose snapshot is of now."""
    reader = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM packets").fetchone()
    return reader


def readers(figures, lab, run):
    """How long batches wait until they are stored, while nobody reads and while ten do."""
    for rate, (words, (count, pause)) in itertools.product(READERS_RATES, READERS.items()):
        with Recorder(lab.binaries) as recorder:
            asking = [multiprocessing.Process(target=ask, args=[recorder.database, pause]) for _ in range(count)]
            for one in asking:
                one.start()
            found = finished(recorder.load(SECONDS["readers"], "--rate", rate))
            for one in asking:
                one.terminate()
                one.join()
            for metric in ["median", "p99", "max"]:
                figures.add(f"{rate:,}/s, {words}", run, metric, found[f"{metric}_us"] / 1000, "ms")
            figures.add(f"{rate:,}/s, {words}", run, "lost", found["lost"], "packets")
            figures.add(f"{rate:,}/s, {words}", run, "log", recorder.log_size(), "MiB")


def ask(database, pause):
    """Asks what docs/database.md asks, again and again."""
    reader = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    while True:
        for query in examples():
            reader.execute(query).fetchall()
            time.sleep(pause)


PARTS = {"storing": storing, "beside": beside, "snapshot": snapshot, "readers": readers}


def report(figures, part, runs):
    def row(title, arm, *metrics, digits=1):
        return [title] + [brief(figures.values(arm, metric), digits) for metric in metrics]

    if part == "storing":
        for kind, seconds in STORING.items():
            metrics = [f"{kind} per second", f"{kind} cost", f"{kind} rows", f"{kind} memory"]
            rows = [row(arm, arm, *metrics) for arm in ["recorder", "SQLite"]]
            ratios = [brief(figures.ratios("recorder", "SQLite", one), 2) for one in metrics[:2]]
            rows.append(["ratio", *ratios, "", ""])
            print_table(f"recorder: {kind}, stored for {seconds} s, {runs} runs of each, alternating",
                        ["", "packets/s", "µs of processor time each", "rows of a commit", "MiB at most"], rows)
    if part == "beside":
        metrics = ["sent", "arrived", "not arrived", "not recorded", "in gaps", "cost", "memory"]
        print_table(f"recorder: beside a relay, {RATE:,} requests/s for {SECONDS['beside']} s, {runs} runs",
                    [""] + metrics, [row("middle-sock", "beside", *metrics)])
    if part == "snapshot":
        metrics = ["log", "log per packet", "log afterwards", "memory", "longest wait", "lost", "in gaps"]
        print_table(f"recorder: a reader holds a snapshot for {SECONDS['snapshot']} s, {runs} runs; MiB, bytes, ms",
                    [""] + metrics, [row(f"{rate:,}/s", f"{rate:,}/s", *metrics) for rate in sum(SNAPSHOT_RATES, [])])
    if part == "readers":
        metrics = ["median", "p99", "max", "lost", "log"]
        arms = [f"{rate:,}/s, {words}" for rate in READERS_RATES for words in READERS]
        print_table(f"recorder: ms until a batch is stored, {SECONDS['readers']} s, {runs} runs; the log in MiB",
                    [""] + metrics, [row(arm, arm, *metrics) for arm in arms])


def main():
    options = arguments(runs=2)
    lab = Lab(options.lab, options.binaries)
    figures = Figures("recorder")
    for part in [options.part] if options.part else PARTS:
        for run in range(1, options.runs + 1):
            PARTS[part](figures, lab, run)
        report(figures, part, options.runs)
    figures.write(options.csv_descriptor)
