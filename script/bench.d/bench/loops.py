"""Measures other ways to carry frames in user space than the relay's, all with the same bare loop in C."""

from . import exchanges
from .figures import Figures, arguments, brief, in_turn, print_table
from .lab import Lab
from .peers import BlockRingLoop, PacketLoop, RingLoop, SpinningLoop, TapLoop
from .relay import Measurement

KINDS = ("exchanges", "round trip")


def main():
    options = arguments(runs=5)
    lab = Lab(options.lab, options.binaries)
    arms = [PacketLoop(lab), SpinningLoop(lab), RingLoop(lab), BlockRingLoop(lab), TapLoop(lab)]
    figures = Figures("loops")
    for run in range(1, options.runs + 1):
        for arm in in_turn(arms, run):
            for kind in KINDS:
                exchanges.measure(figures, arm, run, kind)
            flood = Measurement(arm, rate=0, seconds=2)
            figures.add(arm.title, run, "flood cost", flood.cost(arm.forwarding), "us/frame")
            figures.add(arm.title, run, "flood lost", 100 * flood.lost / flood.sent, "%")
    metrics = [("exchanges rate", 0), ("exchanges cost", 1), ("round trip p50", 1), ("round trip p99", 1),
               ("flood cost", 1), ("flood lost", 2)]
    rows = [[arm.title] + [brief(figures.values(arm.title, metric), digits) for metric, digits in metrics]
            for arm in arms]
    print_table(f"loops: other ways to carry frames; {options.runs} runs, alternating, median (range)",
                [""] + [metric for metric, _ in metrics], rows)
    rows = [[arm.title] + [brief(figures.ratios(arm.title, PacketLoop.title, metric), 2) for metric, _ in metrics[:5]]
            for arm in arms]
    print_table("The same as ratios to the C loop", [""] + [metric for metric, _ in metrics[:5]], rows)
    figures.write(options.csv_descriptor)
