"""What was measured: kept, summed up in tables, written as CSV."""

import argparse
import csv
import os
import statistics


def arguments(runs, picture=False):
    """The command line that all benchmarks share, and a descriptor for a picture where one can be drawn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("lab")
    parser.add_argument("binaries")
    parser.add_argument("--runs", type=int, default=runs)
    parser.add_argument("--settle", type=int, default=20)
    parser.add_argument("--part")
    parser.add_argument("--against")
    parser.add_argument("--exchanges", type=int)
    parser.add_argument("--rate", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--one-processor", action="store_true")
    parser.add_argument("--csv-descriptor", type=int, required=True)
    if picture:
        parser.add_argument("--picture-descriptor", type=int)
    return parser.parse_args()


def in_turn(arms, run):
    """The arms in another order in each run, so that none always comes after the same one."""
    first = run % max(1, len(arms))
    return arms[first:] + arms[:first]


class Figures:
    """The measurements of one benchmark, each with the arm and the run that it belongs to."""

    def __init__(self, bench):
        self.bench = bench
        self.rows = []

    def add(self, arm, run, metric, value, unit):
        self.rows.append((self.bench, arm, run, metric, value, unit))

    def values(self, arm, metric):
        """All values in the order of the runs."""
        return [row[4] for row in self.rows if (row[1], row[3]) == (arm, metric)]

    def ratios(self, arm, peer, metric):
        """The arm's values divided by those of its peer in the same runs."""
        return [one / other for one, other in zip(self.values(arm, metric), self.values(peer, metric), strict=True)]

    def write(self, descriptor):
        with os.fdopen(os.dup(descriptor), "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(self.rows)


def median(values, digits=1):
    return f"{statistics.median(values):,.{digits}f}" if values else "-"


def summary(values, digits=1):
    """The median, and the range in which all values lie."""
    if not values:
        return ["-", "-"]
    return [median(values, digits), f"{min(values):,.{digits}f} to {max(values):,.{digits}f}"]


def brief(values, digits=1):
    """The summary in one column."""
    return "{} ({})".format(*summary(values, digits)) if values else "-"


def print_table(title, headings, rows):
    """A table for people: the first column to the left, numbers to the right."""
    rows = [headings] + [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print(f"\n{title}\n")
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  " + "   ".join([row[0].ljust(widths[0])] + cells).rstrip())
    print(flush=True)
