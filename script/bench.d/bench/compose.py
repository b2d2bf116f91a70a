"""Measures how long it takes from the command that an administrator gives until the server hears clients, and until the
first client has an address.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import threading
import time

import yaml

from . import processes
from .client import Client
from .figures import Figures, arguments, print_table, summary

PROJECT = pathlib.Path(__file__).parents[3]
LIMIT = 60
# Where the lab's engine keeps its images: what the processes of its containers have mounted begins with it.
ENGINE = os.environ.get("MIDDLE_SOCK_CACHE", "/var/cache/middle-sock-test") + "/engine/"
# How often the server is looked for, and when it is there, whether it hears clients; in seconds.
SEARCH, LOOK = 0.01, 0.001
# The networks of the containers that compose.yaml has beside the server's: discovery, relay, recorder.
OTHERS = ("host", "none", "none")
METRICS = {"ready": "the server hears clients", "ack": "first ACK", "command": "the command has ended"}


class Readiness(threading.Thread):
    """Waits until a DHCP server in a container has bound its UDP port; `time` says when that was."""

    def __init__(self):
        super().__init__(daemon=True)
        self.time = None

    def run(self):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            server = processes.contained("dhcpd", ENGINE)
            while server and (table := processes.read(f"/proc/{server}/net/udp")):
                if processes.hears_dhcp(table):
                    self.time = time.monotonic_ns()
                    return
                time.sleep(LOOK)
            time.sleep(SEARCH)


class Arm:
    """A way to start the server in containers, and the machine whose client it answers."""

    def __init__(self, lab, role):
        self.files = pathlib.Path(f"/run/middle-sock-lab/{lab}/host/run/bench")
        self.files.mkdir(exist_ok=True)
        self.client = Client(f"/run/netns/{lab}-{role}")

    def measure(self):
        """Milliseconds from the command until each of METRICS."""
        answered, ready = threading.Thread(target=self.client.obtain, args=(LIMIT,)), Readiness()
        answered.start()
        if not self.client.asks.wait(LIMIT):
            raise SystemExit(f"{self.title}: the client does not ask")
        ready.start()
        before = time.monotonic_ns()
        run(self.up)
        ended = time.monotonic_ns()
        answered.join()
        ready.join()
        times = {"ready": ready.time, "ack": self.client.acknowledged, "command": ended}
        if None in times.values():
            raise SystemExit(f"{self.title}: no address within {LIMIT} s:\n{run(self.logs)}")
        run(self.down)
        return {metric: (moment - before) / 1e6 for metric, moment in times.items()}


class Compose(Arm):
    """compose.yaml, for a client on the host's LAN."""

    def __init__(self, lab, command):
        super().__init__(lab, "client1")
        self.title = f"{' '.join(command)} up, File 1"
        shutil.copytree(PROJECT / "compose", self.files / "compose", dirs_exist_ok=True)
        shutil.copy(PROJECT / "script/paper/dhcpd.conf", self.files / "compose")
        self.up, self.logs, self.down = compose(command, self.files / "compose/compose.yaml")


class Single(Arm):
    """The image of single.yaml with what that file gives it, for a client on the host's LAN."""

    title = "docker run middle-sock, File 1"

    def __init__(self, lab):
        super().__init__(lab, "client1")
        configuration = shutil.copy(PROJECT / "script/paper/dhcpd.conf", self.files)
        service = yaml.safe_load((PROJECT / "compose/single.yaml").read_text())["services"]["middle-sock"]
        options = [f"--{option.replace('_', '-')}={value}"
                   for option in ("cap_drop", "cap_add", "security_opt", "tmpfs") for value in service[option]]
        self.up = ["docker", "run", "--detach", "--name", "single", "--read-only",
                   "--network", service["network_mode"], "--memory", service["mem_limit"],
                   "--volume", f"{configuration}:/etc/dhcp/dhcpd.conf:ro", "--volume", "/var/lib/dhcp",
                   "--volume", "/var/lib/middle-sock", *options, service["image"], *service["command"]]
        self.logs = ["docker", "logs", "single"]
        self.down = ["docker", "rm", "--force", "--volumes", "single"]


class Bare(Arm):
    """dhcpd alone in the same image with the rewritten configuration, for a client on docker's bridge."""

    title = "docker run dhcpd, File 5"
    image = "middle-sock/netns-agent"
    command = ["dhcpd", "-f", "-d", "-4", "-cf", "/etc/dhcp/dhcpd.conf"]

    def __init__(self, lab):
        super().__init__(lab, "client2")
        self.connect(lab)
        configuration = shutil.copy(PROJECT / "script/paper/dhcpd-rewritten.conf", self.files)
        self.volume = f"{configuration}:/etc/dhcp/dhcpd.conf:ro"
        self.up = ["docker", "run", "--detach", "--name", "bare", "--volume", self.volume,
                   "--entrypoint", self.command[0], self.image, *self.command[1:]]
        self.logs = ["docker", "logs", "bare"]
        self.down = ["docker", "rm", "--force", "--volumes", "bare"]

    def connect(self, lab):
        """Moves the client from the LAN to the bridge: broadcasts of the LAN would reach no bare container."""
        for step in (f"-n {lab}-client2 link delete eth0",
                     f"-n {lab}-host link add bare0 type veth peer name eth0 netns {lab}-client2",
                     f"-n {lab}-client2 link set eth0 address 02:00:00:00:51:02 up",
                     f"-n {lab}-host link set bare0 master docker0 up"):
            run(["ip"] + step.split())


class BareCompose(Arm):
    """The same container, made by compose: what that takes for itself. With as many others beside it as compose.yaml
    has, in which nothing is done, it is what making them takes.
    """

    def __init__(self, bare, command, idle=()):
        others = f" and {len(idle)} idle containers" if idle else ""
        self.title = f"{' '.join(command)} up dhcpd{others}, File 5"
        self.client = bare.client
        services = {"bare": {"entrypoint": bare.command, "volumes": [bare.volume], "network_mode": "bridge"}}
        # As first process of a container, sleep hears no SIGTERM.
        idler = {"entrypoint": ["sleep", "infinity"], "stop_signal": "SIGKILL"}
        services |= {f"idle-{number}": idler | {"network_mode": network} for number, network in enumerate(idle)}
        file = bare.files / f"bare-{len(idle)}.yaml"
        services = {name: {"image": bare.image} | service for name, service in services.items()}
        file.write_text(yaml.safe_dump({"version": "3.7", "services": services}))
        self.up, self.logs, self.down = compose(command, file)


def implementations():
    """The commands by which compose can be run here: Debian's 1.29, and 2 where that is installed."""
    second = ["docker", "compose"]
    has_second = subprocess.run(second + ["version"], capture_output=True, check=False).returncode == 0
    return [["docker-compose"]] + [second] * has_second


def versions(commands):
    """What the figures depend on: the engine, and each compose."""
    engine = run(["docker", "version", "--format", "{{.Server.Version}}"]).strip()
    return ", ".join([f"Docker {engine}"] + [
        f"{' '.join(command)} {run(command + ['version', '--short']).strip()}" for command in commands])


def compose(command, file):
    """The commands that start what a file says, show what it wrote, and remove it."""
    command = command + ["--ansi", "never", "--file", str(file)]
    return command + ["up", "--detach", "--no-build"], command + ["logs", "--no-color"], command + ["down", "--volumes"]


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout}")
    return done.stdout


def main():
    options = arguments(runs=20)
    bare = Bare(options.lab)
    commands = implementations()
    print(versions(commands))
    stacks = [Compose(options.lab, command) for command in commands]
    bare_stacks = [BareCompose(bare, command) for command in commands]
    idle_stacks = [BareCompose(bare, command, idle=OTHERS) for command in commands]
    arms = stacks + bare_stacks + idle_stacks + [Single(options.lab), bare]
    figures = Figures("compose")
    try:
        for number in range(options.runs + 1):
            turn = number % len(arms)
            for arm in arms[turn:] + arms[:turn]:
                time.sleep(options.settle / 1000)
                for metric, value in arm.measure().items():
                    # The first run fills caches.
                    if number > 0:
                        figures.add(arm.title, number, metric, value, "ms")
    finally:
        for arm in arms:
            with contextlib.suppress(SystemExit):
                run(arm.down)
    report(figures, [arm.title for arm in arms], list(zip(stacks, bare_stacks, idle_stacks, strict=True)), options)
    figures.write(options.csv_descriptor)


def report(figures, titles, stacks, options):
    bare = titles[-1]
    print_table(
        f"compose: ms from the command on; {options.runs} runs of each, alternating, images built, no leases",
        ["", "median", "range"],
        [[f"{title}: {words}"] + summary(figures.values(title, metric), 0)
         for metric, words in METRICS.items() for title in titles])
    print_ratios(f"Ratios to {bare}", figures, [(title, bare) for title in titles[:-1]])
    print_ratios("Ratios to dhcpd alone by the same command", figures,
                 [(ours.title, alone.title) for ours, alone, _ in stacks])
    print_ratios("Ratios to dhcpd and three idle containers by the same command", figures,
                 [(ours.title, idle.title) for ours, _, idle in stacks])


def print_ratios(title, figures, pairs):
    print_table(
        title, ["", "median", "range"],
        [[f"{numerator}: {words}"] + summary(figures.ratios(numerator, denominator, metric), 2)
         for metric, words in METRICS.items() for numerator, denominator in pairs])
