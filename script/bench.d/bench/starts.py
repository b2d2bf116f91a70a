"""The ways to start a DHCP server, each measured from outside: from the spawn of the command until UDP port 67 is
bound.

For a program on the lab's host: the commands are its children, and it looks at them by /proc.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from . import processes

LOG = "/run/bench.log"
LEASES = "/var/lib/dhcp/dhcpd.leases"
DATABASE = "/var/lib/middle-sock/middle-sock.sqlite"
PHASES = ["discovery", "namespace", "link", "spawn", "ready", "total"]
# Between two looks, in seconds. The looks must not take the processors away from what is measured: each 0.15 ms they
# take a quarter of one, which a server alone does not need, but middle-sock beside its server does. A server needs many
# milliseconds, so that it is found in time also when it is sought less often.
LOOK = 0.000_5
SEARCH = 0.001
LIMIT = 10
CLONE_NEWNET = 0x4000_0000
PR_SET_TIMERSLACK = 29
DHCPD = ["dhcpd", "-f", "-4", "-cf"]
FILE_1 = DHCPD + ["/etc/dhcp/dhcpd.conf"]
FILE_5 = DHCPD + ["/etc/dhcp/dhcpd-rewritten.conf"]
LANS = 8
EIGHT_LANS = DHCPD + ["/etc/dhcp/dhcpd-eight.conf"]
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *values):
    if getattr(libc, name)(*values) < 0:
        raise OSError(ctypes.get_errno(), name)


def look_precisely():
    """Waits as short as asked, for this process, and not in steps of 0.05 ms."""
    call("prctl", PR_SET_TIMERSLACK, 1, 0, 0, 0)


def own_network():
    return os.open("/proc/self/ns/net", os.O_RDONLY)


def network(*steps):
    """A network namespace that these commands of ip(8) make."""
    home = own_network()
    call("unshare", CLONE_NEWNET)
    for step in ("link set lo up",) + steps:
        subprocess.run(["ip"] + step.split(), check=True)
    made = own_network()
    call("setns", home, CLONE_NEWNET)
    os.close(home)
    return made


def container_network():
    """What docker makes: eth0 with 172.17.0.3/16."""
    return network("link add eth0 type veth peer name runtime", "address add 172.17.0.3/16 dev eth0",
                   "link set runtime up", "link set eth0 up")


def eight_lans():
    """A host on eight LANs, each with a gateway, and the configuration for them."""
    steps, subnets = [], []
    for number in range(LANS):
        lan, prefix = f"lan{number}", f"192.168.{100 + number}"
        steps += [f"link add {lan} type veth peer name far{number}", f"link set far{number} up", f"link set {lan} up",
                  f"address add {prefix}.2/24 dev {lan}", f"route add default via {prefix}.1 metric {number}"]
        subnets.append(f"subnet {prefix}.0 netmask 255.255.255.0 {{ range {prefix}.30 {prefix}.200; }}\n")
    with open(EIGHT_LANS[-1], "w", encoding="ascii") as file:
        file.write("authoritative;\n" + "".join(subnets))
    return network(*steps)


class Arm:
    """A way to start the server."""

    server = DHCPD[0]
    # What it records of its last start, in milliseconds.
    phases = {}

    def __init__(self, title, network, command):
        self.title, self.network, self.command = title, network, command
        self.path = shutil.which(command[0])

    def measure(self):
        """One start and one end; the time in milliseconds, and how long before its end the last look was."""
        self.prepare()
        pid, before = self.spawn()
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

    def spawn(self):
        """The process, and when it was not there yet (monotonic, in nanoseconds)."""
        before = time.monotonic_ns()
        return os.posix_spawn(self.path, self.command, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2)]), before

    def prepare(self, keeping_leases=False):
        for file in (LOG, "/run/dhcpd.pid"):
            if os.path.exists(file):
                os.unlink(file)
        with open(LEASES, "a" if keeping_leases else "w", encoding="ascii"):
            pass
        call("setns", self.network, CLONE_NEWNET)

    def open_table(self, pid, before):
        """The UDP sockets in the server's namespace, as soon as there is a server."""
        while (server := self.find_server(pid)) is None:
            self.pause(pid, before, SEARCH)
        return os.open(f"/proc/{server}/net/udp", os.O_RDONLY)

    def find_server(self, pid):
        return processes.member(pid, self.server)

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


class Cold(Arm):
    """The same way, with nothing of any file in memory."""

    def __init__(self, arm):
        super().__init__(f"{arm.title}, page cache dropped", arm.network, arm.command)
        self.arm = arm

    def prepare(self, keeping_leases=False):
        self.arm.prepare(keeping_leases)
        os.sync()
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
            file.write("3")

    def await_record(self, pid, before):
        self.arm.await_record(pid, before)
        self.phases = self.arm.phases


class Launched(Arm):
    """The server under middle-sock, which records its start itself."""

    def __init__(self, title, network, binaries, command):
        super().__init__(title, network, [f"{binaries}/middle-sock", "--"] + command)

    def prepare(self, keeping_leases=False):
        super().prepare(keeping_leases)
        self.known = len(self.recorded())

    def await_record(self, pid, before):
        """Until the start is in the database, what the agent has measured of it: milliseconds for each phase."""
        while len(rows := self.recorded()) <= self.known:
            self.pause(pid, before, SEARCH)
        outcome, *phases = rows[-1]
        if outcome != "ready":
            raise SystemExit(f"{self.title} recorded its start as '{outcome}'")
        self.phases = dict(zip(PHASES, (microseconds / 1000 for microseconds in phases), strict=True))

    def recorded(self):
        try:
            with contextlib.closing(sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True)) as database:
                columns = ", ".join(f"{phase}_us" for phase in PHASES)
                return database.execute(f"SELECT outcome, {columns} FROM starts ORDER BY id").fetchall()
        except sqlite3.OperationalError:
            # There is no database yet, or no table in it.
            return []
