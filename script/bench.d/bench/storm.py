"""Lets strangers send all that can hurt the record, at the relay's full rate, while a real server grants addresses.

It fails unless the record has kept its promises: recorder answers a status within a second throughout; each grant of
the server's lease file is in `leases` within five seconds; what was kept aside is in the tables after as long as its
packets take; no program has more memory than its unit allows.
"""

import array
import contextlib
import json
import random
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time

from . import processes
from .arms import MiddleSock
from .figures import Figures, arguments, print_table
from .lab import Lab
from .servers import Dhcpd

SECONDS = 600
# What a packet of the backlog may take, and what the beginning and the end of that may, in seconds.
#
# It is to be 30 µs a packet, and is that of a processor; beside other work it was 65 (docs/benchmarks.md).
PER_PACKET, SLACK = 80e-6, 5
STATUS_LIMIT, GRANT_LIMIT = 1, 5
# Of docs/systemd, in MiB.
MEMORY = {"relay": 64, "recorder": 256, "discovery": 32}
OUTSTANDING = 32
REQUEST = struct.pack("!4sBBHI", b"MSOK", 1, 7, 0, 12)


class Strangers(Dhcpd):
    """dhcpd with addresses for those who are played as clients; of the others it knows nobody."""

    def prepare(self, lab, arm):
        super().prepare(lab, arm)
        lab.write(arm.role, "etc/dhcp/bench.conf", """
            authoritative;
            ping-check false;
            default-lease-time 600;
            class "residents" { match if substring(hardware, 1, 3) = 02:00:be; }
            subnet 192.168.50.0 netmask 255.255.255.0 {
                pool { allow members of "residents"; range 192.168.50.60 192.168.50.250; }
                pool { deny members of "residents"; range 192.168.50.10 192.168.50.50; }
            }
            """)


class Asker(threading.Thread):
    """Asks a component for its status ten times a second, and notes how long that takes; `limit` at most."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.longest, self.fields, self.stops = path, 0.0, {}, threading.Event()

    def run(self):
        while not self.stops.wait(0.1):
            began = time.monotonic()
            self.fields = self.ask()
            self.longest = max(self.longest, time.monotonic() - began)

    def ask(self):
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with near, far, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            near.settimeout(60)
            sender.settimeout(60)
            passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [far.fileno()]))]
            sender.sendmsg([REQUEST], passed, 0, self.path)
            return fields(near.recv(65_536))


def fields(message):
    """The names and values of a status."""
    position, texts = 15, []
    while position < len(message):
        length, = struct.unpack_from("!H", message, position)
        texts.append(message[position + 2:position + 2 + length].decode())
        position += 2 + length
    return dict(zip(texts[::2], texts[1::2], strict=True))


class Grants:
    """The grants of the server's lease file, and since when they are known."""

    def __init__(self, file, database):
        self.file, self.database, self.position = file, database, 0
        self.open, self.count, self.late, self.rest = {}, 0, {}, ""

    def look(self):
        """Reads what was added to the file, and looks for what is not in `leases` yet."""
        now = time.monotonic()
        with self.file.open(encoding="utf-8") as file:
            file.seek(self.position)
            self.rest += file.read()
            self.position = file.tell()
        *blocks, self.rest = self.rest.split("\n}\n")
        for block in blocks:
            address = re.search(r"lease ([0-9.]+) {", block)
            client = re.search(r"hardware ethernet ([0-9a-f:]+);", block)
            if address and client and "\n  binding state active;" in block:
                self.count += 1
                self.open.setdefault((address[1], client[1]), now)
        if not self.open:
            return
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as database:
            for grant, since in list(self.open.items()):
                if database.execute("SELECT 1 FROM leases WHERE address = ? AND client_mac = ?", grant).fetchone():
                    del self.open[grant]
                elif now - since > GRANT_LIMIT:
                    self.late[grant] = now - since


def main():
    options = arguments(runs=1)
    seconds = options.seconds or SECONDS
    seed = random.randrange(10_000) if options.seed is None else options.seed
    print(f"storm: {seconds} s by the seed {seed}", flush=True)
    arm = MiddleSock(Lab(options.lab, options.binaries))
    arm.start(Strangers())
    components = arm.components()
    asker = Asker(f"/run/middle-sock-lab/{options.lab}/host/run/middle-sock/recorder.sock")
    relay = Asker(asker.path.replace("recorder.sock", "relay.sock"))
    asker.start()
    grants = Grants(arm.lab.file("host", "var/lib/dhcp/dhcpd.leases"), arm.database)
    said, most = storm(arm, seconds, seed, grants, asker)
    drained = drain(arm, said, asker, grants)
    asker.stops.set()
    asker.join()
    lost = relay.ask()
    memory = {program: processes.memory(pid, "VmHWM") / 1024 for program, pid in components.items()}
    recorded, missing = arm.accounts()
    arm.stop()
    report(options, said, most, asker, grants, drained, memory, recorded, missing, lost)


def storm(arm, seconds, seed, grants, asker):
    """The strangers and the clients; what the former say, and the largest backlog."""
    # The bridge of the lab is no switch with a table of its size: it would look through as many addresses as strangers
    # invent, and carry ever less of what they send.
    arm.lab.configure("lan", "link set client1 type bridge_slave learning off flood on")
    words = arm.lab.load("storm", "--interface", "eth0", "--seconds", seconds, "--seed", seed)
    clients = arm.lab.load("exchange", "--interface", "eth0", "--server", arm.address, "--clients", 150,
                           "--outstanding", OUTSTANDING, "--count", 8_000_000, "--patience", 1)
    most = 0
    with (subprocess.Popen(arm.lab.command("client1", *words), stdout=subprocess.PIPE, text=True) as strangers,
          subprocess.Popen(arm.lab.command("client2", *clients), stdout=subprocess.PIPE, text=True) as residents):
        while strangers.poll() is None:
            if arm.started[0].poll() is not None:
                strangers.kill()
                residents.kill()
                raise SystemExit(f"middle-sock has ended:\n{arm.words()}")
            grants.look()
            most = max(most, int(asker.fields.get("backlog-bytes", 0)))
            with contextlib.suppress(subprocess.TimeoutExpired):
                strangers.wait(0.5)
        residents.send_signal(signal.SIGTERM)
        residents.wait()
        return json.loads(strangers.stdout.read()), most


def drain(arm, said, asker, grants):
    """How long it takes until nothing is kept aside, and how long it may take, in seconds."""
    began = time.monotonic()
    # What stands before a frame in its record.
    packets = int(asker.ask()["backlog-bytes"]) / (said["mean_length"] + 29)
    allowed = packets * PER_PACKET + SLACK
    while int(asker.ask()["backlog-bytes"]) > 0 and time.monotonic() - began < 4 * allowed + 60:
        grants.look()
        time.sleep(0.05)
    taken = time.monotonic() - began
    while grants.open and not grants.late:
        grants.look()
        time.sleep(0.05)
    return packets, taken, allowed


def report(options, said, most, asker, grants, drained, memory, recorded, missing, lost):
    packets, taken, allowed = drained
    limits = {program: limit for program, limit in MEMORY.items() if memory[program] > limit}
    wrong = [text for text, is_wrong in [
        (f"a status took {asker.longest:.2f} s", asker.longest > STATUS_LIMIT),
        (f"grants that were not in leases within {GRANT_LIMIT} s: {grants.late}", grants.late),
        ("the server has granted nothing", grants.count == 0),
        (f"the backlog took {taken:.1f} s, not {allowed:.1f}", taken > allowed),
        (f"more memory than the units allow: {limits}", limits),
        (f"{lost['lease-records-lost']} records of leases were lost", lost["lease-records-lost"] != "0"),
    ] if is_wrong]
    figures = Figures("storm")
    rows = [
        ["sent", f"{said['sent']:,}"], ["a second", f"{said['sent'] / said['elapsed_us'] * 1e6:,.0f}"],
        ["recorded", f"{recorded:,}"], ["in gaps", f"{missing:,}"],
        ["grants in the lease file", f"{grants.count:,}"], ["longest status, ms", f"{asker.longest * 1000:.0f}"],
        ["largest backlog, MiB", f"{most / 2**20:.0f}"], ["packets in the backlog at the end", f"{packets:,.0f}"],
        ["until it was empty, s", f"{taken:.1f} ({allowed:.1f} allowed)"],
    ] + [[f"memory of {program}, MiB", f"{size:.0f}"] for program, size in memory.items()]
    for name, value in rows:
        figures.add("middle-sock", 1, name, value, "")
    print_table("storm: strangers at the full rate", ["", ""], rows)
    figures.write(options.csv_descriptor)
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
