"""Measures how long clients wait for a server that has crashed: from its death to the next ACK for a client that asks
every 10 ms and had an address before.

Beside it dhcpd is alone on the host, and started again as soon as the kernel tells that it has ended.
"""

import contextlib
import gc
import os
import signal
import sqlite3
import threading
import time

from . import processes, starts
from .client import Client
from .figures import Figures, arguments, print_table, summary
from .starts import Arm, Launched

# A client that has no address yet is pinged for a second before it gets one.
LIMIT = 20


class Bare(Arm):
    """dhcpd, started again by whoever waits for its end."""

    def crash(self, pid):
        """Kills the server and starts the next; when the first had ended, and the process to stop at the end."""
        death = kill(pid)
        os.waitpid(pid, 0)
        return death, self.spawn()[0]


class Supervised(Launched):
    """The server under middle-sock, which starts it again."""

    def crash(self, pid):
        return kill(self.find_server(pid)), pid

    def restarted(self):
        """The row of the second start, in milliseconds, and what happened meanwhile."""
        with contextlib.closing(sqlite3.connect(f"file:{starts.DATABASE}?mode=ro", uri=True)) as database:
            outcome, *row = database.execute(
                "SELECT outcome, spawn_us, ready_us, total_us FROM starts ORDER BY id DESC LIMIT 1").fetchone()
            kinds = [kind for kind, in database.execute("SELECT kind FROM events ORDER BY id")]
        return outcome, [microseconds / 1000 for microseconds in row], kinds


def kill(server):
    """When the server had ended (monotonic, in nanoseconds)."""
    ended = processes.watch_end(server)
    os.kill(server, signal.SIGKILL)
    processes.await_ends([ended], LIMIT)
    return time.monotonic_ns()


def obtain(arm, client):
    """When the client has its address."""
    client.obtain(LIMIT)
    if client.acknowledged is None:
        raise SystemExit(f"{arm.title}: no address within {LIMIT} s:\n{processes.read(starts.LOG).decode()}")
    return client.acknowledged


def measure(arm, lab):
    """Milliseconds from the server's death to the client's next ACK; the leases are those of the runs before."""
    arm.prepare(keeping_leases=True)
    pid, _ = arm.spawn()
    # The lab's host has a /run of its own; whoever called has the one with the lab's namespaces.
    client = Client(f"/proc/{os.getppid()}/root/run/netns/{lab}-client1")
    in_thread(obtain, arm, client)
    death, pid = arm.crash(pid)
    acknowledged = in_thread(obtain, arm, client)
    await_record(arm)
    arm.stop(pid)
    return (acknowledged - death) / 1e6


def in_thread(function, *values):
    """What the function gives in a thread of its own: the client's enters a network namespace."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*values)))
    thread.start()
    thread.join()
    if not results:
        raise SystemExit(1)
    return results[0]


def await_words(arm, words):
    """Until middle-sock has said this."""
    await_that(arm, lambda: words in processes.read(starts.LOG), f"say '{words.decode()}'")


def await_record(arm):
    """Until middle-sock has recorded the second start."""
    if isinstance(arm, Supervised):
        await_that(arm, lambda: len(arm.recorded()) >= arm.known + 2, "record that the server was started again")


def await_that(arm, condition, words):
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{arm.title} did not {words}:\n{processes.read(starts.LOG).decode()}")
        time.sleep(starts.SEARCH)


def note(figures, arm, run, elapsed):
    figures.add(arm.title, run, "ack", elapsed, "ms")
    if not isinstance(arm, Supervised):
        return
    outcome, phases, kinds = arm.restarted()
    if outcome != "ready" or kinds.count("server-exited") <= run:
        raise SystemExit(f"{arm.title} recorded the second start as '{outcome}', and the events {kinds}")
    for phase, value in zip(("spawn", "ready", "total"), phases, strict=True):
        figures.add(arm.title, run, phase, value, "ms")


def main():
    options = arguments(runs=20)
    gc.disable()
    starts.look_precisely()
    host = starts.own_network()
    bare = Bare("dhcpd, started again at once", host, starts.FILE_1)
    supervised = Supervised("middle-sock", host, options.binaries, starts.FILE_1)
    figures = Figures("restart")
    for run in range(options.runs + 1):
        for arm in (bare, supervised) if run % 2 else (supervised, bare):
            time.sleep(options.settle / 1000)
            elapsed = measure(arm, options.lab)
            # In the first round the client gets its address.
            if run > 0:
                note(figures, arm, run, elapsed)
    report(figures, bare, supervised, options)
    figures.write(options.csv_descriptor)


def report(figures, bare, supervised, options):
    rows = [[arm.title] + summary(figures.values(arm.title, "ack"), 1) for arm in (bare, supervised)]
    rows.append(["ratio"] + summary(figures.ratios(supervised.title, bare.title, "ack"), 2))
    rows += [[f"middle-sock's own record: {phase}"] + summary(figures.values(supervised.title, phase), 2)
             for phase in ("spawn", "ready", "total")]
    print_table(
        f"restart: ms from the death of the server to the next ACK; {options.runs} runs of each, alternating, a client "
        f"that asks every 10 ms", ["", "median", "range"], rows)
