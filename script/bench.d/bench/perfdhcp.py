"""Measures with Kea's own load generator how many exchanges with a server that people run come to their end.

perfdhcp is a relay agent: answers of a server that is behind another one pass that by, through the host.
"""

import re
import subprocess

from .arms import Arm, MiddleSock, Unrecorded
from .figures import Figures, arguments, brief, in_turn, print_table
from .lab import Lab
from .peers import DHCPHelper, DHCRelay, PacketLoop, Redirect
from .servers import Dhcpd, Kea

SERVERS = {"dhcpd": Dhcpd(), "Kea": Kea()}
SECONDS = 3
# More than the servers answer on the two processors that all share.
OFFERED = 10_000
CLIENT = "192.168.50.5"


def measure(figures, arm, run, name):
    arm.start(SERVERS[name])
    words = ["perfdhcp", "-4", "-B", "-l", "eth0", "-r", str(OFFERED), "-R", "100", "-p", str(SECONDS), "-W", "200000"]
    found = subprocess.run(arm.lab.command("client1", *words), capture_output=True, text=True)
    arm.stop()
    # 3 says that something was not answered.
    if found.returncode not in (0, 3):
        raise SystemExit(f"perfdhcp ended with status {found.returncode}:\n{found.stdout}{found.stderr}")
    rate = float(re.search(r"^Rate: ([0-9.]+)", found.stdout, re.MULTILINE)[1])
    figures.add(arm.title, run, name, rate, "exchanges/s")


def main():
    options = arguments(runs=5)
    lab = Lab(options.lab, options.binaries, options.one_processor)
    lab.configure("client1", f"address add {CLIENT}/24 dev eth0", "route add default via 192.168.50.2")
    lab.run("host", "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
    # The C loop completes no checksums.
    lab.run("client1", "ethtool", "--offload", "eth0", "tx", "off")
    arms = [Arm(lab), Redirect(lab), PacketLoop(lab), Unrecorded(lab), MiddleSock(lab), DHCPHelper(lab), DHCRelay(lab)]
    figures = Figures("perfdhcp")
    for run in range(1, options.runs + 1):
        for name in SERVERS:
            for arm in in_turn(arms, run):
                measure(figures, arm, run, name)
    for name in SERVERS:
        rows = [[arm.title, brief(figures.values(arm.title, name), 0)]
                + [brief(figures.ratios(arm.title, peer.title, name), 2) for peer in (PacketLoop, DHCPHelper, DHCRelay)]
                for arm in arms]
        print_table(f"perfdhcp: exchanges with {name} that end, per second, of {OFFERED:,} that are begun; "
                    f"{lab.arrangement}; {options.runs} runs of {SECONDS} s, alternating, median (range)",
                    ["", "rate", "to C loop", "to dhcp-helper", "to dhcrelay"], rows)
    figures.write(options.csv_descriptor)
