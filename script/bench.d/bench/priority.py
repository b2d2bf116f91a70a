"""Measures what forwarding gains, and what the record loses, when the recorder gets less of the processors."""

import os
import pathlib

from . import exchanges
from .arms import MiddleSock
from .figures import Figures, arguments, brief, in_turn, print_table
from .lab import Lab
from .peers import PacketLoop

KIND = "exchanges"


def niceness(value):
    return lambda pid: os.setpriority(os.PRIO_PROCESS, pid, value)


def policy(number):
    return lambda pid: os.sched_setscheduler(pid, number, os.sched_param(0))


def session(value):
    """Niceness of its session: between sessions the kernel shares before it looks at processes (sched_autogroup)."""
    return lambda pid: pathlib.Path(f"/proc/{pid}/autogroup").write_text(str(value))


WAYS = {
    "as it is": lambda pid: None, "niceness 10": niceness(10), "niceness 19": niceness(19),
    "SCHED_BATCH": policy(os.SCHED_BATCH), "SCHED_IDLE": policy(os.SCHED_IDLE),
    "its session at niceness 10": session(10), "its session at niceness 19": session(19),
}


class Prioritised(MiddleSock):
    """middle-sock with a recorder of another priority."""

    def __init__(self, lab, title):
        super().__init__(lab)
        self.title = title

    def start(self, server):
        super().start(server)
        WAYS[self.title](self.components()["recorder"])


def main():
    options = arguments(runs=3)
    lab = Lab(options.lab, options.binaries)
    loop = PacketLoop(lab)
    arms = [Prioritised(lab, title) for title in WAYS]
    figures = Figures("priority")
    for run in range(1, options.runs + 1):
        for arm in in_turn([loop] + arms, run):
            exchanges.measure(figures, arm, run, KIND)
            if arm.records:
                recorded, missing = arm.accounts()
                figures.add(arm.title, run, "recorded", 100 * recorded / (recorded + missing), "%")
    rows = [[arm.title, brief(figures.values(arm.title, f"{KIND} rate"), 0),
             brief(figures.ratios(arm.title, loop.title, f"{KIND} rate"), 2),
             brief(figures.values(arm.title, "recorded"), 0)] for arm in arms]
    print_table(f"priority: the recorder with less of the processors; {options.runs} runs of each, alternating, median "
                "(range)", ["", "exchanges/s", "to C loop", "recorded %"], rows)
    figures.write(options.csv_descriptor)
