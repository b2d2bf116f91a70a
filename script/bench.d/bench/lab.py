"""The lab in which everything is measured, and what plays the clients in it."""

import contextlib
import functools
import json
import os
import pathlib
import subprocess
import tempfile
import time

LIMIT = 20
SCRIPT = str(pathlib.Path(__file__).parents[2] / "lab")


# With one processor for a host: all of its programs share the first one, with a server that is behind it, and clients
# have the second.
ONE_PROCESSOR = {"host": "0", "remote": "0", "router": "0", "client1": "1", "client2": "1"}


class Lab:
    """The lab, and where our programs are.

    `one_processor` keeps what runs on the host on one processor, and clients on another.
    """

    def __init__(self, name, binaries, one_processor=False):
        self.name, self.binaries = name, binaries
        self.processors = ONE_PROCESSOR if one_processor else {}
        if not set(self.processors.values()) <= set(map(str, os.sched_getaffinity(0))):
            raise SystemExit("--one-processor needs two: one for the host, and one for its clients")
        self.logs = tempfile.TemporaryDirectory()

    def command(self, role, *words):
        pinned = ["taskset", "--cpu-list", self.processors[role]] if role in self.processors else []
        return [SCRIPT, "run", self.name, role, *pinned, *words]

    def load(self, *words):
        return [f"{self.binaries}/dhcp-load", *map(str, words)]

    def start(self, role, log, *words):
        """A process with this log on one of the machines; it is the program itself, not a shell."""
        with open(log, "wb") as output:
            return subprocess.Popen(self.command(role, *words), stdout=output, stderr=output)

    @property
    def arrangement(self):
        return "the host on one processor, clients on another" if self.processors else "all share two processors"

    def log(self, name):
        return pathlib.Path(self.logs.name, name)

    def file(self, role, path):
        """Where a file of a machine lies."""
        return pathlib.Path("/run/middle-sock-lab", self.name, role, path)

    def write(self, role, path, text):
        self.file(role, path).write_text(text)

    def remove(self, role, path):
        self.file(role, path).unlink(missing_ok=True)

    def configure(self, role, *steps):
        """Applies `ip` commands on a machine."""
        subprocess.run(["ip", "-n", f"{self.name}-{role}", "-batch", "-"], input="\n".join(steps), text=True,
                       check=True)

    def cable(self, interface, role, peer, mac=None):
        """Connects the host and another machine; both ends are up and running."""
        end = ["name", peer] + (["address", mac] if mac else []) + ["netns", f"{self.name}-{role}"]
        subprocess.run(["ip", "link", "add", interface, "netns", f"{self.name}-host", "type", "veth", "peer", *end],
                       check=True)
        self.configure("host", f"link set {interface} up")
        self.configure(role, f"link set {peer} up")
        self.await_running(role, peer)

    def await_running(self, role, interface):
        """Kea is deaf for ever on an interface that does not run when it starts."""
        words = ["ip", "-json", "-n", f"{self.name}-{role}", "link", "show", "dev", interface]
        deadline = time.monotonic() + LIMIT
        while json.loads(subprocess.check_output(words))[0]["operstate"] not in ("UP", "UNKNOWN"):
            if time.monotonic() > deadline:
                raise SystemExit(f"{interface} of {role} does not run")

    def run(self, role, *words, **options):
        """A command on a machine, and what it printed."""
        return subprocess.run(self.command(role, *words), check=True, capture_output=True, text=True, **options).stdout

    def flood(self, rate, seconds, mark, interfaces=("eth0",)):
        """Requests from client1; rate 0 is as many as possible. What the sender says of it."""
        names = [word for interface in interfaces for word in ("--interface", interface)]
        words = self.load("flood", *names, "--rate", rate, "--seconds", seconds, "--mark", mark)
        return json.loads(self.run("client1", *words))

    def exchange(self, server, outstanding, seconds, clients):
        """Exchanges of client1 with a server; what the client says of them."""
        words = self.load("exchange", "--interface", "eth0", "--server", server, "--outstanding", outstanding,
                          "--seconds", seconds, "--clients", clients)
        return json.loads(self.run("client1", *words))

    def received_by_client(self):
        """How many frames client1 has received: the server's broadcasts, for nothing else is on the LAN."""
        words = ["ip", "-json", "-statistics", "-n", f"{self.name}-client1", "link", "show", "dev", "eth0"]
        return json.loads(subprocess.check_output(words))[0]["stats64"]["rx"]["packets"]


@contextlib.contextmanager
def awake_processors():
    """Keeps every processor from sleeping, with work that anything else interrupts at once (SCHED_IDLE)."""
    spinners = []
    try:
        for processor in os.sched_getaffinity(0):
            spinners.append(subprocess.Popen(["sh", "-c", "while :; do :; done"],
                                             preexec_fn=functools.partial(rest_on, processor)))
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def rest_on(processor):
    os.sched_setaffinity(0, [processor])
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


# How the processors are while something is measured: as they come, or without the time that waking them up takes.
PROCESSORS = {"sleeping": contextlib.nullcontext, "awake": awake_processors}
