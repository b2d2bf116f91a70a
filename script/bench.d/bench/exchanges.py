"""Measures how many exchanges of four messages pass in a second, how long an answer takes, and what that costs.

Each measurement begins with a fresh start of all programs of its arm, and the arms take turns.
"""

from . import plots, processes
from .arms import Arm
from .figures import Figures, arguments, brief, in_turn, print_table
from .lab import PROCESSORS, Lab
from .peers import DHCRelay, PacketLoop, all_ways
from .servers import Dhcpd, Kea, Responder

SECONDS = 2
OUTSTANDING = 64
# The servers that people run have 151 addresses here.
CLIENTS = 100
KINDS = {
    "exchanges": (Responder(), OUTSTANDING), "round trip": (Responder(), 1),
    "dhcpd": (Dhcpd(), OUTSTANDING), "Kea": (Kea(), OUTSTANDING),
}


def measure(figures, arm, run, kind):
    server, outstanding = KINDS[kind]
    arm.start(server)
    components = arm.components()
    before = {program: processes.processor_time(pid) for program, pid in components.items()}
    found = arm.lab.exchange(arm.address, outstanding, SECONDS, CLIENTS)
    used = {program: processes.processor_time(pid) - before[program] for program, pid in components.items()}
    if arm.records:
        # So that all is in the tables that the recorder has kept.
        arm.await_quiet()
    arm.stop()
    figures.add(arm.title, run, f"{kind} rate", found["completed"] / found["elapsed_us"] * 1e6, "exchanges/s")
    figures.add(arm.title, run, f"{kind} lost", found["lost"], "exchanges")
    figures.add(arm.title, run, f"{kind} p50", found["p50_us"], "us")
    figures.add(arm.title, run, f"{kind} p99", found["p99_us"], "us")
    if arm.forwarding:
        frames = 4 * max(1, found["completed"])
        figures.add(arm.title, run, f"{kind} cost", used[arm.forwarding[0]] / frames, "us/frame")


def main():
    options = arguments(runs=5, picture=True)
    lab = Lab(options.lab, options.binaries, options.one_processor)
    arms = all_ways(lab)
    for state, processors in PROCESSORS.items():
        figures = Figures(f"exchanges, {state} processors")
        with processors():
            for run in range(1, options.runs + 1):
                for kind in KINDS:
                    for arm in in_turn(arms, run):
                        measure(figures, arm, run, kind)
        report(figures, arms, options.runs, f"{lab.arrangement}, {state}")
        figures.write(options.csv_descriptor)
        if state == "awake" and options.picture_descriptor:
            draw(figures, arms, options.picture_descriptor)


def draw(figures, arms, descriptor):
    groups = [(arm.title, figures.values(arm.title, "round trip p50"), figures.values(arm.title, "exchanges rate"))
              for arm in arms]
    plots.points(descriptor, "From a client to an instant server and back: median and range of all runs",
                 "round trip with one outstanding, median of a run, us",
                 f"exchanges per second with {OUTSTANDING} outstanding", groups)


def report(figures, arms, runs, state):
    direct, loop, dhcrelay = Arm.title, PacketLoop.title, DHCRelay.title
    for kind, (_, outstanding) in KINDS.items():
        metrics = ("p50", "p99") if outstanding == 1 else ("rate", "cost")
        rows = []
        for arm in arms:
            row = [arm.title]
            for metric in metrics:
                row.append(brief(figures.values(arm.title, f"{kind} {metric}"), 1 if metric != "rate" else 0))
            row += [brief(figures.ratios(arm.title, peer, f"{kind} {metrics[0]}"), 2)
                    for peer in (direct, loop, dhcrelay)]
            rows.append(row + [sum(figures.values(arm.title, f"{kind} lost"))])
        headings = ["", *(f"{metric}" for metric in metrics), "to no relay", "to C loop", "to dhcrelay", "lost"]
        print_table(f"{kind}, {outstanding} outstanding, {state}; {runs} runs of {SECONDS} s, "
                    f"median (range)", headings, rows)
