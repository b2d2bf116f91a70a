"""Measures how long it takes from the command that an administrator gives until the first client has an address."""

import contextlib
import pathlib
import shutil
import subprocess
import threading
import time

from client import Client
from figures import Figures, arguments, print_table, summary

PROJECT = pathlib.Path(__file__).parent.parent.parent
LIMIT = 60


class Arm:
    """A way to start the server in containers, and the machine whose client it answers."""

    def __init__(self, lab, role):
        self.files = pathlib.Path(f"/run/middle-sock-lab/{lab}/host/run/bench")
        self.files.mkdir(exist_ok=True)
        self.client = Client(f"/run/netns/{lab}-{role}")

    def measure(self):
        """Milliseconds from the command until the client's ACK, and until the command itself has ended."""
        answered = threading.Thread(target=self.client.obtain, args=(LIMIT,))
        answered.start()
        if not self.client.asks.wait(LIMIT):
            raise SystemExit(f"{self.title}: the client does not ask")
        before = time.monotonic_ns()
        run(self.up)
        ended = time.monotonic_ns()
        answered.join()
        acknowledged = self.client.acknowledged
        if acknowledged is None:
            raise SystemExit(f"{self.title}: no address within {LIMIT} s:\n{run(self.logs)}")
        run(self.down)
        return (acknowledged - before) / 1e6, (ended - before) / 1e6


class Compose(Arm):
    """compose.yaml, for a client on the host's LAN."""

    title = "docker-compose up, File 1"

    def __init__(self, lab):
        super().__init__(lab, "client1")
        shutil.copytree(PROJECT / "compose", self.files / "compose")
        shutil.copy(PROJECT / "script/paper/dhcpd.conf", self.files / "compose")
        compose = ["docker-compose", "--ansi", "never", "--file", f"{self.files}/compose/compose.yaml"]
        self.up = compose + ["up", "--detach", "--no-build"]
        self.logs = compose + ["logs", "--no-color"]
        self.down = compose + ["down", "--volumes"]


class Bare(Arm):
    """dhcpd alone in the same image with the rewritten configuration, for a client on docker's bridge."""

    title = "docker run dhcpd, File 5"

    def __init__(self, lab):
        super().__init__(lab, "client2")
        self.connect(lab)
        configuration = shutil.copy(PROJECT / "script/paper/dhcpd-rewritten.conf", self.files)
        self.up = ["docker", "run", "--detach", "--name", "bare", "--volume",
                   f"{configuration}:/etc/dhcp/dhcpd.conf:ro", "--entrypoint", "dhcpd", "middle-sock/netns-agent",
                   "-f", "-d", "-4", "-cf", "/etc/dhcp/dhcpd.conf"]
        self.logs = ["docker", "logs", "bare"]
        self.down = ["docker", "rm", "--force", "--volumes", "bare"]

    def connect(self, lab):
        """Moves the client from the LAN to the bridge: broadcasts of the LAN would reach no bare container."""
        for step in (f"-n {lab}-client2 link delete eth0",
                     f"-n {lab}-host link add bare0 type veth peer name eth0 netns {lab}-client2",
                     f"-n {lab}-client2 link set eth0 address 02:00:00:00:51:02 up",
                     f"-n {lab}-host link set bare0 master docker0 up"):
            run(["ip"] + step.split())


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout}")
    return done.stdout


def main():
    options = arguments(runs=20)
    arms = [Compose(options.lab), Bare(options.lab)]
    figures = Figures("compose")
    try:
        for number in range(options.runs + 1):
            for arm in arms[number % 2:] + arms[:number % 2]:
                time.sleep(options.settle / 1000)
                acknowledged, ended = arm.measure()
                # The first run fills caches.
                if number > 0:
                    figures.add(arm.title, number, "ack", acknowledged, "ms")
                    figures.add(arm.title, number, "command", ended, "ms")
    finally:
        for arm in arms:
            with contextlib.suppress(SystemExit):
                run(arm.down)
    report(figures, arms, options)
    figures.write(options.csv_descriptor)


def report(figures, arms, options):
    compose, bare = [arm.title for arm in arms]
    rows = []
    for metric, words in (("ack", "first ACK"), ("command", "the command has ended")):
        for title in (compose, bare):
            rows.append([f"{title}: {words}"] + summary(figures.values(title, metric), 0))
        rows.append([f"ratio: {words}"] + summary(figures.ratios(compose, bare, metric), 2))
    print_table(
        f"compose: ms from the command on; {options.runs} runs of each, alternating, images built, no leases",
        ["", "median", "range"], rows)


if __name__ == "__main__":
    main()
