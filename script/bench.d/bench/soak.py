"""Measures whether the relay's memory grows while it forwards ten million frames, each recorded or counted."""

from . import processes
from .arms import MiddleSock
from .figures import Figures, arguments, print_table
from .lab import Lab
from .servers import Sink

FRAMES = 10_000_000
SECONDS = 20


def main():
    options = arguments(runs=1)
    lab = Lab(options.lab, options.binaries)
    figures = Figures("soak")
    arm = MiddleSock(lab)
    arm.start(Sink())
    relay = arm.components()["relay"]
    rows, sent = [], 0
    while sent < FRAMES:
        # Another mark each time: the sink tells the frames of one flood apart.
        sent += lab.flood(0, SECONDS, mark=2 + len(rows))["sent"]
        arm.await_quiet()
        resident, peak = (processes.memory(relay, field) / 1024 for field in ("VmRSS", "VmHWM"))
        figures.add(arm.title, len(rows) + 1, "resident", resident, "MiB")
        figures.add(arm.title, len(rows) + 1, "peak", peak, "MiB")
        rows.append([f"{sent:,}", f"{processes.received_datagrams(arm.server):,}", f"{resident:.2f}", f"{peak:.2f}"])
    arrived = processes.received_datagrams(arm.server)
    arm.stop()
    recorded, missing = arm.accounts()
    print_table("soak: the relay's memory after so many frames, MiB", ["sent", "arrived", "resident", "peak"], rows)
    print(f"  {recorded:,} packets recorded and {missing:,} in gaps, together "
          f"{recorded + missing - arrived:+,} to those that arrived")
    figures.write(options.csv_descriptor)
