"""Measures what a frame costs when the same number of requests comes from 1, 8 or 32 LANs.

The LANs are cables between client1 and the host, beside the one of the lab.
"""

from . import processes
from .arms import MiddleSock
from .figures import Figures, arguments, brief, in_turn, print_table
from .lab import Lab
from .servers import Sink

COUNTS = (1, 8, 32)
RATES = {"5,000 requests/s": 5_000, "20,000 requests/s": 20_000, "flood": 0}
SECONDS = 2


class SeveralLANs(MiddleSock):
    """middle-sock for this many LANs without a gateway."""

    def __init__(self, lab, count):
        super().__init__(lab)
        self.title = f"{count} LAN" + ("s" if count > 1 else "")
        self.interfaces = [f"lan{number}" for number in range(count)]

    def connect(self):
        for number, interface in enumerate(self.interfaces):
            self.lab.cable(interface, "client1", interface)
            self.lab.configure("host", f"address add 10.1.{number}.1/24 dev {interface}")

    def disconnect(self):
        self.lab.configure("host", *(f"link delete {interface}" for interface in self.interfaces))

    def options(self):
        return [word for interface in self.interfaces for word in ("--interface", interface)]


class OnSeveralLANs(Sink):
    """A sink that is reached through each of the LANs."""

    def is_reached(self, lab, arm):
        before = processes.received_datagrams(arm.server)
        lab.flood(2_000, 0.05, mark=0, interfaces=arm.interfaces)
        return processes.received_datagrams(arm.server) >= before + len(arm.interfaces)


def measure(figures, arm, run, kind):
    arm.start(OnSeveralLANs())
    relay = arm.components()["relay"]
    before = processes.processor_time(relay)
    flood = arm.lab.flood(RATES[kind], SECONDS, mark=1, interfaces=arm.interfaces)
    arm.await_quiet()
    used = processes.processor_time(relay) - before
    sink = Sink.counted(arm.stop())
    figures.add(arm.title, run, f"{kind} cost", used / sink["distinct"], "us/frame")
    figures.add(arm.title, run, f"{kind} lost", 100 * (1 - sink["distinct"] / flood["sent"]), "%")


def main():
    options = arguments(runs=5)
    lab = Lab(options.lab, options.binaries)
    arms = [SeveralLANs(lab, count) for count in COUNTS]
    figures = Figures("lans")
    for run in range(1, options.runs + 1):
        for kind in RATES:
            for arm in in_turn(arms, run):
                measure(figures, arm, run, kind)
    for kind in RATES:
        rows = [[arm.title] + [brief(figures.values(arm.title, f"{kind} {metric}"), 2) for metric in ("cost", "lost")]
                + [brief(figures.ratios(arm.title, arms[0].title, f"{kind} cost"), 2)] for arm in arms]
        print_table(f"lans: the relay's processor time for each frame, {kind}; {options.runs} runs, alternating, "
                    "median (range)", ["", "us/frame", "lost %", "to 1 LAN"], rows)
    figures.write(options.csv_descriptor)
