"""Measures how long a DHCP server takes until it hears clients: alone, by the least that its surroundings can take, and
under middle-sock.
"""

import gc
import os
import statistics
import time

from . import plots, starts
from .figures import Figures, arguments, median, print_table, summary
from .starts import Arm, Cold, Launched

# How the paper's Figure 12 has them: the existing method and the proposed one.
PICTURE = "Start until the server hears clients, {runs} runs of each"


class Start:
    """The arms, and what was measured of them."""

    def __init__(self, options):
        host, lans = starts.own_network(), starts.eight_lans()
        floor = [f"{options.binaries}/start-floor", "ens34", "192.168.50.2", "24", "192.168.50.1"]
        server = starts.FILE_1
        self.rewritten = Arm("dhcpd, File 5 on eth0", starts.container_network(), starts.FILE_5)
        self.bare = Arm("dhcpd, File 1 on the host", host, server)
        self.floor = Arm("the floor, File 1", host, floor + ["/usr/sbin/dhcpd"] + server[1:])
        self.launched = Launched("middle-sock, File 1", host, options.binaries, server)
        self.bare_lans = Arm("dhcpd, 8 LANs", lans, starts.EIGHT_LANS)
        self.launched_lans = Launched("middle-sock, 8 LANs", lans, options.binaries, starts.EIGHT_LANS)
        self.bare_cold, self.launched_cold = Cold(self.bare), Cold(self.launched)
        self.options = options
        self.figures = Figures("start")
        self.looks = []

    @property
    def warm(self):
        return [self.rewritten, self.bare, self.floor, self.launched, self.bare_lans, self.launched_lans]

    @property
    def cold(self):
        return [self.bare_cold, self.launched_cold]

    def measure(self, arms):
        """All runs of these arms, which take turns; the first round fills caches and makes the database."""
        for run in range(self.options.runs + 1):
            for arm in arms[run % len(arms):] + arms[:run % len(arms)]:
                time.sleep(self.options.settle / 1000)
                elapsed, look = arm.measure()
                if run > 0:
                    self.note(arm, run, elapsed)
                    self.looks.append(look)

    def note(self, arm, run, elapsed):
        self.figures.add(arm.title, run, "outside", elapsed, "ms")
        for phase, value in arm.phases.items():
            self.figures.add(arm.title, run, phase, value, "ms")
        if arm.phases:
            self.figures.add(arm.title, run, "until the spawn", arm.phases["total"] - arm.phases["ready"], "ms")

    def times(self, arm, metric="outside"):
        return self.figures.values(arm.title, metric)

    def report(self):
        options = self.options
        print_table(
            f"start: ms from the spawn of the command until the server has bound UDP 67; {options.runs} runs of each, "
            f"alternating, after {options.settle} ms of rest", ["", "median", "range", "mean", "95 % within"],
            [[arm.title] + distribution(self.times(arm)) for arm in self.warm + self.cold])
        print_table("Ratios: of the medians, and of two starts in the same round",
                    ["", "of medians", "of rounds", "range", "mean"], self.ratios())
        for arm in (self.launched, self.launched_lans, self.launched_cold):
            self.report_phases(arm)
        self.report_targets()
        print(f"  Between the last two looks from outside: median {median(self.looks, 2)} ms.")

    def ratios(self):
        launched, rows = self.launched, []
        for arm, peer in ((launched, self.rewritten), (launched, self.bare), (launched, self.floor),
                          (self.floor, self.bare), (self.launched_lans, self.bare_lans),
                          (self.launched_lans, launched), (self.bare_lans, self.bare),
                          (self.launched_cold, self.bare_cold)):
            ratios = self.figures.ratios(arm.title, peer.title, "outside")
            of_medians = statistics.median(self.times(arm)) / statistics.median(self.times(peer))
            rows.append([f"{arm.title} / {peer.title}", f"{of_medians:.2f}"] + summary(ratios, 2)
                        + [f"{statistics.mean(ratios):.2f}"])
        return rows

    def report_phases(self, arm):
        inside = {phase: self.times(arm, phase) for phase in starts.PHASES + ["until the spawn"]}
        difference = [one - other for one, other in zip(self.times(arm), inside["total"], strict=True)]
        print_table(
            f"{arm.title}: as it recorded the same starts (table starts), ms", ["phase", "median", "range"],
            [[phase] + summary(values, 2) for phase, values in inside.items()]
            + [["outside minus total"] + summary(difference, 2)])

    def report_targets(self):
        launched, floor = self.times(self.launched), statistics.median(self.times(self.floor))
        print(f"  1.10 times the floor and 3 ms are {1.1 * floor + 3:.2f} ms; middle-sock's median is "
              f"{median(launched, 2)} ms.\n"
              f"  Its longest start took {max(launched) / statistics.median(launched):.2f} times the median.")

    def draw(self):
        groups = [(arm.title, self.times(arm)) for arm in (self.rewritten, self.bare, self.floor, self.launched)]
        plots.boxes(self.options.picture_descriptor, PICTURE.format(runs=self.options.runs), "ms", groups)


def distribution(values):
    """Median, range, mean, and what 95 of 100 do not exceed."""
    within = statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return summary(values, 2) + [f"{statistics.mean(values):.2f}", f"{within:.2f}"]


def main():
    options = arguments(runs=50, picture=True)
    if options.one_processor:
        # What is started inherits it: one processor for everything, also for who looks.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    gc.disable()
    starts.look_precisely()
    start = Start(options)
    start.measure(start.warm)
    # Last: they empty the caches of the others.
    start.measure(start.cold)
    start.report()
    start.figures.write(options.csv_descriptor)
    if options.picture_descriptor is not None:
        start.draw()
