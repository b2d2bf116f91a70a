"""Plays a day of a large site in less than an hour: millions of exchanges, all recorded, while programs are killed.

At random moments one of middle-sock's programs, or the server, gets SIGKILL; the rest has to go on, and the next one to
take over. At the end each message that is known to have passed has to be in the database once, or counted as missing.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import time

from . import processes
from .arms import MiddleSock
from .figures import Figures, arguments, print_table
from .lab import Lab
from .servers import Responder

EXCHANGES = 5_000_000
RATE = 2_400
CLIENTS = 50_000
# Seconds between two kills on the average, and how often whose turn it is.
PAUSE = 15
VICTIMS = {"relay": 8, "recorder": 8, "discovery": 4, "netns-agent": 1, "dhcp-load": 1}
MARK = 7
# For what is kept aside at the end, in seconds.
PATIENCE = 600
# The bits of dhcp-load's log, in which an answer proves that its question passed, too.
MESSAGES = {"DISCOVER": 1, "OFFER": 2, "REQUEST": 4, "ACK": 8}
PROVEN = bytes((3 if byte & 2 else 0) | (12 if byte & 8 else 0) for byte in range(256))


class Watch:
    """What the programs are, when some of them were killed, and what memory they had."""

    def __init__(self, arm, chance):
        self.arm, self.chance = arm, chance
        self.began = time.monotonic()
        self.kills = []
        self.samples = []
        self.next_kill = self.began + chance.expovariate(1 / PAUSE)

    def look(self):
        now = time.monotonic()
        for program in MiddleSock.programs:
            if pid := self.find(program):
                with contextlib.suppress(StopIteration):  # It is ending.
                    self.samples.append((now - self.began, program, processes.memory(pid, "VmRSS") / 1024))
        if now >= self.next_kill:
            self.next_kill = now + self.chance.expovariate(1 / PAUSE)
            self.kill(self.chance.choices(list(VICTIMS), VICTIMS.values())[0], now)

    def find(self, program):
        return processes.member(self.arm.started[0].pid, program)

    def kill(self, program, now):
        # One that is away already needs no kill.
        if pid := self.find(program):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.kills.append((now - self.began, program))

    def memory(self, program, quarter):
        """The most that the program had in one of the quarters, 0 to 3, in MiB."""
        length = self.samples[-1][0] / 4
        return max(size for at, name, size in self.samples
                   if name == program and quarter * length <= at <= (quarter + 1) * length)


def stored(path, length):
    """The messages that are in the database, as dhcp-load's log has them, and how many of them are there again."""
    found, again = bytearray(length), 0
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        for transaction, message in database.execute(
                "SELECT transaction_id, message_type FROM packets WHERE verdict = 'forwarded'"):
            number = int(transaction, 16)
            if number >> 24 != MARK:
                continue
            bit = MESSAGES[message]
            again += bool(found[number & 0xFFFFFF] & bit)
            found[number & 0xFFFFFF] |= bit
    return found, again


def await_tables(arm):
    """Until the recorder has all, and all is in the tables."""
    deadline = time.monotonic() + PATIENCE
    for program, field in ("relay", "records-pending"), ("recorder", "backlog-bytes"):
        while status(arm, program)[field] != "0":
            if time.monotonic() > deadline:
                raise SystemExit(f"day: not all is in the tables after {PATIENCE} s")
            time.sleep(1)


def status(arm, program):
    lines = arm.lab.run("host", f"{arm.lab.binaries}/{program}", "status").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def bits(data):
    return int.from_bytes(data)


def run(arm, options, watch):
    """Plays the clients; what they say, and their log."""
    log = pathlib.Path(arm.lab.logs.name, "exchanges")
    words = arm.lab.load("exchange", "--interface", "eth0", "--server", arm.address, "--clients", CLIENTS,
                         "--mark", MARK, "--rate", options.rate, "--outstanding", 512,
                         "--count", options.exchanges, "--patience", 1, "--log", log)
    # Whoever ends this with SIGTERM gets what there is until then.
    with subprocess.Popen(arm.lab.command("client1", *words), stdout=subprocess.PIPE, text=True) as clients:
        signal.signal(signal.SIGTERM, lambda *_: clients.terminate())
        while clients.poll() is None:
            if arm.started[0].poll() is not None:
                clients.kill()
                raise SystemExit(f"middle-sock has ended:\n{arm.words()}")
            watch.look()
            with contextlib.suppress(subprocess.TimeoutExpired):
                clients.wait(1)
        return json.loads(clients.stdout.read()), log.read_bytes()


def main():
    options = arguments(runs=1)
    options.exchanges, options.rate = options.exchanges or EXCHANGES, options.rate or RATE
    seed = random.randrange(10_000) if options.seed is None else options.seed
    print(f"day: {options.exchanges:,} exchanges, {options.rate:,} a second at most, kills by the seed {seed}",
          flush=True)
    arm = MiddleSock(Lab(options.lab, options.binaries))
    arm.start(Responder())
    watch = Watch(arm, random.Random(seed))
    said, log = run(arm, options, watch)
    await_tables(arm)
    size = sum(file.stat().st_size for file in arm.database.parent.glob(arm.database.name + "*"))
    arm.stop()
    report(arm, options, watch, said, log, size)


def report(arm, options, watch, said, log, size):
    figures = Figures("day")
    recorded, missing = arm.accounts()
    found, again = stored(arm.database, len(log))
    proven, there = bits(log.translate(PROVEN)), bits(found)
    lost_on_the_way = (bits(log) & ~there & ~proven).bit_count()
    absent = (proven & ~there).bit_count()
    for metric, value, unit in [
        ("completed", said["completed"], "exchanges"), ("given up", said["lost"], "exchanges"),
        ("per second", said["completed"] / said["elapsed_us"] * 1e6, "exchanges/s"),
        ("sent by clients", said["sent"], "packets"), ("received by clients", said["received"], "packets"),
        ("received twice", said["repeated"], "packets"), ("longest pause", said["longest_pause_us"] / 1000, "ms"),
        ("recorded", recorded, "packets"), ("recorded twice", again, "packets"),
        ("passed and not recorded", absent, "packets"), ("counted as missing", missing, "packets"),
        ("never heard of again", lost_on_the_way, "packets"), ("database", size / 2**30, "GiB"),
        ("kills", len(watch.kills), "kills"),
    ]:
        figures.add("day", 1, metric, value, unit)
        print(f"  {metric}: {value:,.{0 if isinstance(value, int) else 1}f} {unit}")
    for victim in VICTIMS:
        figures.add("day", 1, f"kills of {victim}", sum(program == victim for _, program in watch.kills), "kills")
    rows = []
    for program in MiddleSock.programs:
        quarters = [watch.memory(program, quarter) for quarter in range(4)]
        for quarter, most in enumerate(quarters, 1):
            figures.add("day", 1, f"{program}, quarter {quarter}", most, "MiB")
        kills = sum(victim == program for _, victim in watch.kills)
        rows.append([program, kills] + [f"{most:.1f}" for most in quarters])
    print_table("day: the most that each program had of the memory in each quarter of the time, MiB",
                ["", "killed", "first", "second", "third", "last"], rows)
    figures.write(options.csv_descriptor)
    if absent > missing or again or said["repeated"]:
        raise SystemExit("day: packets passed that are neither recorded nor counted, or are there twice")
