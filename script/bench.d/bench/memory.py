"""Measures what each component takes of the memory: at rest, and under load."""

import time

from . import processes
from .arms import MiddleSock
from .figures import Figures, arguments, brief, in_turn, print_table
from .lab import Lab
from .peers import DHCRelay
from .servers import Sink

REST = 5
MODERATE = 5_000
SECONDS = 2


def measure(figures, arm, run):
    arm.start(Sink())
    components = arm.components()

    def note(metric, field):
        for program, pid in components.items():
            figures.add(program, run, metric, processes.memory(pid, field) / 1024, "MiB")

    # The figure itself is the memory after five seconds of rest: there is no event to wait for.
    time.sleep(REST)
    note("rest", "VmRSS")
    note("rest, own", "RssAnon")
    arm.lab.flood(MODERATE, SECONDS, mark=1)
    note("moderate", "VmRSS")
    arm.lab.flood(0, SECONDS, mark=1)
    arm.await_quiet()
    note("after the flood", "VmRSS")
    note("after the flood, own", "RssAnon")
    note("peak", "VmHWM")
    arm.stop()


def main():
    options = arguments(runs=2)
    lab = Lab(options.lab, options.binaries)
    arms = [MiddleSock(lab), DHCRelay(lab)]
    figures = Figures("memory")
    for run in range(options.runs):
        for arm in in_turn(arms, run):
            measure(figures, arm, run + 1)
    metrics = ["rest", "rest, own", "moderate", "after the flood", "after the flood, own", "peak"]
    rows = []
    for program in MiddleSock.programs + DHCRelay.forwarding:
        rows.append([program] + [brief(figures.values(program, metric)) for metric in metrics])
    print_table(
        f"memory: resident MiB of each program, median (range) of {options.runs} runs: at rest after {REST} s, at "
        f"{MODERATE:,} requests/s, after a flood, at the peak; own: without the pages of files", [""] + metrics, rows)
    figures.write(options.csv_descriptor)
