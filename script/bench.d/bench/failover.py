"""Measures how long clients wait when a second server takes over: from `kill -9` of the first, or from its SIGSTOP, to
the next ACK for a client that asks every 10 ms and had an address before; and what a switch by hand loses.

Beside it dhcpd is alone on the host, and started again as soon as the kernel tells that it has ended.
"""

import gc
import json
import os
import signal
import subprocess
import time

from . import restart, starts
from .figures import Figures, arguments, print_table, summary
from .starts import Launched

SILENCE = 2
CLIENTS = 60


class Standby(restart.Supervised):
    """The server under middle-sock, with a second one behind it."""

    def __init__(self, title, network, binaries, command):
        Launched.__init__(self, title, network, binaries, command)
        self.command[1:1] = ["--standby", "--silence", f"{SILENCE}s", "--silent-clients", "1"]

    def spawn(self):
        """Also until the second server's place is ready."""
        started = super().spawn()
        restart.await_words(self, b"a second server's links are there")
        return started


class Stopped(Standby):
    """The same, whose first server stops without an end."""

    def crash(self, pid):
        death = time.monotonic_ns()
        os.kill(self.find_server(pid), signal.SIGSTOP)
        return death, pid


def switch(arm, lab, binaries, runs):
    """What clients notice of switches by hand: what `dhcp-load residents` counts."""
    arm.prepare()
    pid, _ = arm.spawn()
    network = f"/proc/{os.getppid()}/root/run/netns/{lab}-client1"
    clients = subprocess.Popen(
        ["nsenter", f"--net={network}", f"{binaries}/dhcp-load", "residents", "--interface", "eth0", "--server",
         "192.168.50.2", "--clients", str(CLIENTS), "--renewal", "0.5", "--retransmission", "4"],
        stdout=subprocess.PIPE)
    took = []
    for _ in range(runs):
        # dhcpd pings an address for a second before it offers it, and begins anew after a switch.
        time.sleep(2.5)
        before = time.monotonic_ns()
        subprocess.run([f"{binaries}/middle-sock", "failover"], check=True, stdout=subprocess.DEVNULL)
        took.append((time.monotonic_ns() - before) / 1e6)
    clients.send_signal(signal.SIGTERM)
    counted = json.loads(clients.communicate()[0])
    arm.stop(pid)
    return took, counted


def main():
    options = arguments(runs=10)
    gc.disable()
    starts.look_precisely()
    host = starts.own_network()
    bare = restart.Bare("dhcpd, started again at once", host, starts.FILE_1)
    killed = Standby("middle-sock --standby, kill -9", host, options.binaries, starts.FILE_1)
    stopped = Stopped(f"middle-sock --standby, SIGSTOP, less {SILENCE} s", host, options.binaries, starts.FILE_1)
    figures = Figures("failover")
    for run in range(options.runs + 1):
        for arm in (bare, killed, stopped) if run % 2 else (stopped, killed, bare):
            time.sleep(options.settle / 1000)
            elapsed = restart.measure(arm, options.lab) - (SILENCE * 1000 if arm is stopped else 0)
            # In the first round the client gets its address.
            if run > 0:
                figures.add(arm.title, run, "ack", elapsed, "ms")
    took, counted = switch(killed, options.lab, options.binaries, options.runs)
    for run, elapsed in enumerate(took):
        figures.add("switch by hand", run + 1, "switch", elapsed, "ms")
    report(figures, (bare, killed, stopped), counted, options)
    figures.write(options.csv_descriptor)


def report(figures, arms, counted, options):
    rows = [[arm.title] + summary(figures.values(arm.title, "ack"), 1) for arm in arms]
    rows += [[f"ratio: {arm.title}"] + summary(figures.ratios(arm.title, arms[0].title, "ack"), 2) for arm in arms[1:]]
    rows.append(["middle-sock failover, the command"] + summary(figures.values("switch by hand", "switch"), 1))
    print_table(
        f"failover: ms until the next ACK, {options.runs} runs of each, alternating, a client that asks every 10 ms",
        ["", "median", "range"], rows)
    print(f"{options.runs} switches by hand under {CLIENTS} clients: "
          f"{counted['granted'] + counted['renewed']} requests granted, {counted['repeated']} asked twice, "
          f"{counted['denied']} denied, {counted['unserved']} unserved")
