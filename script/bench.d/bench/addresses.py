"""Measures how long a start takes on a host with many addresses and routes: alone, by the least that copies can take,
and under middle-sock.
"""

import gc
import statistics
import time

from . import starts
from .figures import Figures, arguments, in_turn, print_table, summary
from .starts import Arm, Launched

# How many addresses and routes the host has.
HOSTS = [(1, 0), (1, 200), (8, 200), (64, 200)]
GATEWAY = "192.168.50.1"


def host(addresses, routes):
    """A host with so many addresses on its LAN, and so many routes by its gateway."""
    return starts.network(
        "link add ens34 type veth peer name far", "link set far up", "link set ens34 up",
        *(f"address add 192.168.50.{2 + number}/24 broadcast + dev ens34" for number in range(addresses)),
        f"route add default via {GATEWAY}",
        *(f"route add 10.0.{number}.0/24 via {GATEWAY}" for number in range(routes)))


class Start:
    """The ways to start on one host."""

    def __init__(self, binaries, addresses, routes):
        title = f"{addresses} address{'es' if addresses > 1 else ''}" + (f", {routes} routes" if routes else "")
        network = host(addresses, routes)
        floor = [
            f"{binaries}/start-floor", "-a", str(addresses), "-r", str(routes), "ens34", "192.168.50.2", "24", GATEWAY]
        self.bare = Arm(f"{title}: dhcpd on the host", network, starts.FILE_1)
        self.floor = Arm(f"{title}: the floor", network, floor + ["/usr/sbin/dhcpd"] + starts.FILE_1[1:])
        self.launched = Launched(f"{title}: middle-sock", network, binaries, starts.FILE_1)

    @property
    def arms(self):
        return [self.bare, self.floor, self.launched]


def main():
    options = arguments(runs=30)
    starts.look_precisely()
    hosts = [Start(options.binaries, *counts) for counts in HOSTS]
    arms = [arm for each in hosts for arm in each.arms]
    figures = Figures("addresses")
    gc.disable()
    # The first round fills caches and makes the database.
    for run in range(options.runs + 1):
        for arm in in_turn(arms, run):
            time.sleep(options.settle / 1000)
            elapsed, _ = arm.measure()
            if run > 0:
                figures.add(arm.title, run, "outside", elapsed, "ms")
                for phase, value in arm.phases.items():
                    figures.add(arm.title, run, phase, value, "ms")
    print_table(
        f"addresses: ms from the spawn of the command until the server has bound UDP 67; {options.runs} runs of each",
        ["", "median", "range", "mean"],
        [[arm.title] + summary(times) + [f"{statistics.mean(times):.1f}"]
         for arm in arms for times in [figures.values(arm.title, "outside")]])
    print_table(
        "middle-sock's times, divided by those of the floor in the same rounds", ["", "median", "range"],
        [[each.launched.title] + summary(figures.ratios(each.launched.title, each.floor.title, "outside"), 2)
         for each in hosts])
    print_table(
        "of which, as it recorded them, in ms (medians)", ["", "discovery", "namespace", "link", "spawn", "ready"],
        [[each.launched.title] + [f"{statistics.median(figures.values(each.launched.title, phase)):.2f}"
                                  for phase in starts.PHASES[:-1]] for each in hosts])
    figures.write(options.csv_descriptor)
