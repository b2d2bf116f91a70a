"""The ways from a client on the LAN to a server that counts: with a relay between them, or without."""

import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import time

import processes

LAB = str(pathlib.Path(__file__).parent.parent / "lab")
LIMIT = 20


class Lab:
    """The lab, and where our programs are."""

    def __init__(self, name, binaries):
        self.name, self.binaries = name, binaries
        self.logs = tempfile.TemporaryDirectory()

    def command(self, role, *words):
        return [LAB, "run", self.name, role, *words]

    def load(self, *words):
        return [f"{self.binaries}/dhcp-load", *map(str, words)]

    def start(self, role, log, *words):
        """A process with this log on one of the machines; it is the program itself, not a shell."""
        with open(log, "wb") as output:
            return subprocess.Popen(self.command(role, *words), stdout=output, stderr=output)

    def log(self, name):
        return pathlib.Path(self.logs.name, name)

    def flood(self, rate, seconds, mark):
        """Requests from client1; rate 0 is as many as possible. What the sender says of it."""
        words = self.load("flood", "--interface", "eth0", "--rate", rate, "--seconds", seconds, "--mark", mark)
        done = subprocess.run(self.command("client1", *words), check=True, capture_output=True)
        return json.loads(done.stdout)

    def received_by_client(self):
        """How many frames client1 has received: the server's broadcasts, for nothing else is on the LAN."""
        words = ["ip", "-json", "-statistics", "-n", f"{self.name}-client1", "link", "show", "dev", "eth0"]
        return json.loads(subprocess.check_output(words))[0]["stats64"]["rx"]["packets"]


class Arm:
    """A sink, and what carries requests to it."""

    title = "no relay: the sink on the host"
    # The programs whose work is the forwarding, each a component of the arm.
    forwarding = ()
    records = False

    def __init__(self, lab):
        self.lab = lab
        self.started = []
        self.sink = None

    def start(self, answers):
        self.log = self.lab.log("sink.log")
        self.begin(answers)
        deadline = time.monotonic() + LIMIT
        while not (self.find_sink() and self.is_carrying()):
            if any(process.poll() is not None for process in self.started) or time.monotonic() > deadline:
                raise SystemExit(f"{self.title}: nothing arrives at the sink:\n{self.words()}")
        self.await_quiet()

    def begin(self, answers):
        self.started = [self.lab.start("host", self.log, *self.sink_command(answers, "192.168.50.2"))]

    def sink_command(self, answers, address):
        return self.lab.load("sink", *(["--answer", address] if answers else []))

    def find_sink(self):
        self.sink = processes.member(self.started[-1].pid, "dhcp-load")
        return self.sink and processes.hears_dhcp(processes.read(f"/proc/{self.sink}/net/udp"))

    def is_carrying(self):
        """Whether requests arrive at the sink; the first ones may be lost while neighbours are being resolved."""
        before = processes.received_datagrams(self.sink)
        self.lab.flood(200, 0.05, mark=0)
        return processes.received_datagrams(self.sink) > before

    def components(self):
        """The processes between client and sink by the names of their programs."""
        return {}

    def await_quiet(self):
        """Until nothing has arrived for 0.2 s, and nothing is being recorded; when that began, in microseconds."""
        deadline = time.monotonic() + LIMIT
        state, since = None, time.monotonic()
        while time.monotonic() - since < 0.2:
            time.sleep(0.01)
            now = self.progress()
            if now != state:
                state, since = now, time.monotonic()
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.title}: not at rest {LIMIT} s after the load:\n{self.words()}")
        return since * 1e6

    def progress(self):
        return processes.received_datagrams(self.sink)

    def stop(self):
        """Ends all; what the sink has counted."""
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
            if process.wait(LIMIT) not in (0, -signal.SIGTERM):
                raise SystemExit(f"{self.title} ended with status {process.returncode}:\n{self.words()}")
        self.started = []
        return json.loads(re.findall(r"{.*}", self.words())[-1])

    def recorded(self):
        """How many requests of the flood were recorded; nothing where nothing records."""
        return None

    def words(self):
        return self.log.read_text(errors="replace")


class DHCRelay(Arm):
    """ISC dhcrelay on the host, the sink on a machine behind it."""

    title = "ISC dhcrelay"
    forwarding = ("dhcrelay",)

    def begin(self, answers):
        relay = self.lab.start("host", os.devnull, "dhcrelay", "-4", "-d", "-i", "ens34", "-i", "server0", "192.168.70.2")
        sink = self.lab.start("remote", self.log, *self.sink_command(answers, "192.168.70.2"))
        self.started = [relay, sink]

    def components(self):
        return {"dhcrelay": self.started[0].pid}


class MiddleSock(Arm):
    """middle-sock on the host, the sink as its server; all is recorded."""

    title = "middle-sock"
    forwarding = ("relay", "recorder")
    records = True
    programs = ("middle-sock", "netns-agent", "discovery", "relay", "recorder")

    def begin(self, answers):
        files = pathlib.Path(subprocess.check_output([LAB, "files", self.lab.name, "host"], text=True).strip())
        self.database = files / "var/lib/middle-sock/middle-sock.sqlite"
        for file in self.database.parent.glob(self.database.name + "*"):
            file.unlink()
        command = [f"{self.lab.binaries}/middle-sock", "--", *self.sink_command(answers, "192.168.50.2")]
        self.started = [self.lab.start("host", self.log, *command)]

    def components(self):
        found = {program: processes.member(self.started[0].pid, program) for program in self.programs}
        if None in found.values():
            raise SystemExit(f"{self.title}: not all programs run: {found}\n{self.words()}")
        return found

    def progress(self):
        # A recorder at rest uses less than 2 ms in the time that counts as rest.
        return super().progress(), processes.processor_time(self.components()["recorder"]) // 2000

    def recorded(self):
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        return database.execute("""SELECT count(*) FROM packets
            WHERE transaction_id LIKE '0x01%' AND verdict = 'forwarded' AND direction = 'to-server'""").fetchone()[0]
