"""Measures how long after a change of the host's addresses or routes the server's namespace has it.

Both namespaces tell by rtnetlink(7) when they have it; the time is between these two notifications.
"""

import os
import select
import signal
import socket
import subprocess
import time

from . import starts
from .figures import Figures, arguments, print_table, summary

RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE = 0x10, 0x40
LIMIT = 10
INTERFACE, GATEWAY = "ens34", "192.168.50.1"


def listen(network):
    """A socket that hears of changes in a network namespace from now on."""
    home = starts.own_network()
    starts.call("setns", network, starts.CLONE_NEWNET)
    heard = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    heard.bind((0, RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE))
    starts.call("setns", home, starts.CLONE_NEWNET)
    os.close(home)
    return heard


def changes(number):
    """Pairs of commands of ip(8), each of which undoes the one before, and the address that is told of."""
    address, network = f"192.168.50.{100 + number}", f"10.{number}.0.0"
    return [("address", f"address add {address}/24 dev {INTERFACE}", address),
            ("address", f"address delete {address}/24 dev {INTERFACE}", address),
            ("route", f"route add {network}/16 via {GATEWAY}", network),
            ("route", f"route delete {network}/16 via {GATEWAY}", network)]


def measure(host, server, command, address):
    """Makes a change, and gives the milliseconds from when the host has it until the server's namespace has it."""
    mark = socket.inet_aton(address)
    # Of an address that came the kernel tells more than once: so of the last one as well.
    for one in (host, server):
        while select.select([one], [], [], 0)[0]:
            one.recv(65_536)
    times = {}
    before = time.monotonic()
    changing = subprocess.Popen(["ip"] + command.split())
    while len(times) < 2:
        if time.monotonic() > before + LIMIT:
            raise SystemExit(f"within {LIMIT} s the server does not see 'ip {command}'")
        for one in select.select([host, server], [], [], 1)[0]:
            now = time.monotonic_ns()
            if mark in one.recv(65_536):
                times.setdefault(one, now)
    if changing.wait() != 0:
        raise SystemExit(f"'ip {command}' failed")
    return (times[server] - times[host]) / 1e6


def main():
    options = arguments(runs=50)
    starts.look_precisely()
    figures = Figures("changes")
    arm = starts.Launched("middle-sock", starts.own_network(), options.binaries, starts.FILE_1)
    arm.prepare()
    pid, before = arm.spawn()
    try:
        arm.await_record(pid, before)
        found = os.open(f"/proc/{arm.find_server(pid)}/ns/net", os.O_RDONLY)
        host, server = listen(arm.network), listen(found)
        os.close(found)
        for run in range(options.runs):
            kind, command, address = changes(run // 4)[run % 4]
            # Long after the change before: the moments are anywhere between two looks of whoever looks again and again.
            time.sleep((options.settle + 613 * run % 1_000) / 1000)
            figures.add(kind, run, "until seen", measure(host, server, command, address), "ms")
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
    rows = [[kind, len(times)] + summary(times)
            for kind in ("address", "route") for times in [figures.values(kind, "until seen")]]
    everything = [row[4] for row in figures.rows]
    print_table("changes: ms from when the host has a change until the server's namespace has it",
                ["", "changes", "median", "range"], rows + [["all", len(everything)] + summary(everything)])
    figures.write(options.csv_descriptor)
