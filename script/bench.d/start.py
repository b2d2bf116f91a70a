"""Measures how long a DHCP server takes from the spawn of its command until it has bound UDP port 67.

Runs on the lab's host: the commands are its children, and it looks at them from outside, by /proc.
"""

import contextlib
import ctypes
import gc
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import processes
from figures import Figures, arguments, median, print_table, summary

LOG = "/run/bench.log"
LEASES = "/var/lib/dhcp/dhcpd.leases"
DATABASE = "/var/lib/middle-sock/middle-sock.sqlite"
PHASES = ["discovery", "namespace", "link", "spawn", "ready", "total"]
# Between two looks, in seconds; the kernel makes about 0.12 ms of it. The looks must not take the processors away from
# what is measured: a server needs many milliseconds, so that it is found in time also when it is sought less often.
LOOK = 0.000_1
SEARCH = 0.001
LIMIT = 10
CLONE_NEWNET = 0x4000_0000
PR_SET_TIMERSLACK = 29
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *values):
    if getattr(libc, name)(*values) < 0:
        raise OSError(ctypes.get_errno(), name)


def container_network(home):
    """A network namespace as docker makes it: eth0 with 172.17.0.3/16."""
    call("unshare", CLONE_NEWNET)
    for step in ("link add eth0 type veth peer name runtime", "address add 172.17.0.3/16 dev eth0",
                 "link set lo up", "link set runtime up", "link set eth0 up"):
        subprocess.run(["ip"] + step.split(), check=True)
    made = os.open("/proc/self/ns/net", os.O_RDONLY)
    call("setns", home, CLONE_NEWNET)
    return made


class Arm:
    """A way to start the server."""

    def __init__(self, title, network, command):
        self.title, self.network, self.command = title, network, command
        self.path = shutil.which(command[0])

    def measure(self):
        """One start and one end; the time in milliseconds, and how long before its end the last look was."""
        self.prepare()
        before = time.monotonic_ns()
        pid = os.posix_spawn(self.path, self.command, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)])
        try:
            table = self.open_table(pid, before)
            looked = time.monotonic_ns()
            while not processes.hears_dhcp(os.pread(table, 16_384, 0)):
                looked = time.monotonic_ns()
                self.pause(pid, before, LOOK)
            ready = time.monotonic_ns()
            os.close(table)
            self.await_record(pid, before)
        finally:
            self.stop(pid)
        return (ready - before) / 1e6, (ready - looked) / 1e6

    def prepare(self):
        for file in (LOG, "/run/dhcpd.pid", LEASES):
            if os.path.exists(file):
                os.unlink(file)
        with open(LEASES, "w", encoding="ascii"):
            pass
        call("setns", self.network, CLONE_NEWNET)

    def open_table(self, pid, before):
        """The UDP sockets in the server's namespace, as soon as there is a server."""
        while (server := self.find_server(pid)) is None:
            self.pause(pid, before, SEARCH)
        return os.open(f"/proc/{server}/net/udp", os.O_RDONLY)

    def find_server(self, pid):
        return pid

    def await_record(self, pid, before):
        """Nobody records this start."""

    def pause(self, pid, before, seconds):
        time.sleep(seconds)
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            raise SystemExit(f"{self.title} ended before it was ready:\n{processes.read(LOG).decode()}")
        if time.monotonic_ns() - before > LIMIT * 1e9:
            raise SystemExit(f"{self.title} was not ready within {LIMIT} s:\n{processes.read(LOG).decode()}")

    def stop(self, pid):
        """Ends it, and waits until nothing of it is left: no process, and no namespace in the kernel."""
        descriptors = [processes.watch_end(member) for member in processes.family(pid)]
        os.kill(pid, signal.SIGTERM)
        processes.await_ends(descriptors, LIMIT)
        os.waitpid(pid, 0)
        deadline = time.monotonic() + LIMIT
        quiet = 0
        # Twice: the work may not have begun at the first look.
        while quiet < 2:
            time.sleep(0.002)
            quiet = 0 if processes.is_removing_namespaces() else quiet + 1
            if time.monotonic() > deadline:
                raise SystemExit("network namespaces are not removed by the kernel")


class Launched(Arm):
    """The server under middle-sock, which records its start itself."""

    def __init__(self, title, network, binaries, command):
        super().__init__(title, network, [f"{binaries}/middle-sock", "--"] + command)
        self.server = command[0]
        self.starts = []

    def find_server(self, pid):
        return processes.member(pid, self.server)

    def await_record(self, pid, before):
        """Until the start is in the database, what the agent has measured of it: milliseconds for each phase."""
        while len(rows := self.recorded()) <= len(self.starts):
            self.pause(pid, before, SEARCH)
        outcome, *phases = rows[-1]
        if outcome != "ready":
            raise SystemExit(f"{self.title} recorded its start as '{outcome}'")
        self.starts.append(dict(zip(PHASES, (microseconds / 1000 for microseconds in phases))))

    def recorded(self):
        try:
            with contextlib.closing(sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True)) as database:
                columns = ", ".join(f"{phase}_us" for phase in PHASES)
                return database.execute(f"SELECT outcome, {columns} FROM starts ORDER BY id").fetchall()
        except sqlite3.OperationalError:
            # There is no database yet, or no table in it.
            return []


def main():
    options = arguments(runs=50)
    gc.disable()
    call("prctl", PR_SET_TIMERSLACK, 1, 0, 0, 0)
    host = os.open("/proc/self/ns/net", os.O_RDONLY)
    dhcpd = ["dhcpd", "-f", "-4", "-cf"]
    bare = Arm("dhcpd with File 1 on the host", host, dhcpd + ["/etc/dhcp/dhcpd.conf"])
    rewritten = Arm("dhcpd with File 5 on eth0 172.17.0.3/16", container_network(host),
                    dhcpd + ["/etc/dhcp/dhcpd-rewritten.conf"])
    launched = Launched("middle-sock -- dhcpd with File 1", host, options.binaries, bare.command)
    arms = [bare, rewritten, launched]
    figures = Figures("start")
    looks = []
    for run in range(options.runs + 1):
        for arm in arms[run % 3:] + arms[:run % 3]:
            time.sleep(options.settle / 1000)
            elapsed, look = arm.measure()
            # The first run fills caches and makes the database.
            if run > 0:
                figures.add(arm.title, run, "outside", elapsed, "ms")
                looks.append(look)
    for run, start in enumerate(launched.starts[1:], 1):
        for phase, value in start.items():
            figures.add(launched.title, run, phase, value, "ms")
    report(figures, arms, looks, options)
    figures.write(options.csv_descriptor)


def report(figures, arms, looks, options):
    bare, rewritten, launched = [arm.title for arm in arms]
    rows = []
    for arm in (bare, rewritten, launched):
        values = figures.values(arm, "outside")
        rows.append([arm] + summary(values, 2) + [f"{sum(values) / len(values):.2f}"])
    for peer, words in ((bare, "ratio to File 1 on the host"), (rewritten, "ratio to File 5 on eth0")):
        ratios = figures.ratios(launched, peer, "outside")
        rows.append([words] + summary(ratios, 2) + [f"{sum(ratios) / len(ratios):.2f}"])
    print_table(
        f"start: ms from the spawn of the command until the server has bound UDP 67; {options.runs} runs of each, "
        f"alternating, after {options.settle} ms of rest", ["", "median", "range", "mean"], rows)
    inside = {phase: figures.values(launched, phase) for phase in PHASES}
    between = [total - sum(phases) for total, *phases in zip(*(inside[phase] for phase in reversed(PHASES)))]
    difference = [one - other for one, other in zip(figures.values(launched, "outside"), inside["total"])]
    print_table(
        "The same starts as middle-sock recorded them (table starts), ms", ["phase", "median", "range"],
        [[phase] + summary(values, 2) for phase, values in inside.items()]
        + [["total without these phases"] + summary(between, 2), ["outside minus total"] + summary(difference, 2)])
    print(f"  Between the last two looks from outside: median {median(looks, 2)} ms.")


if __name__ == "__main__":
    main()
