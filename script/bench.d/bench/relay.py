"""Measures what is forwarded of requests without answers, and what that costs.

Each measurement begins with a fresh start of all programs of its arm, and the arms take turns.
"""

import itertools

from . import processes
from .arms import Arm, MiddleSock
from .figures import Figures, arguments, brief, in_turn, print_table, summary
from .lab import PROCESSORS, Lab
from .peers import DHCRelay, PacketLoop, all_ways
from .servers import Responder, Sink

# The rates that are tried, in requests per second: each is 1.2 times the one before.
RATES = [int(round(2_000 * 1.2**step, -2)) for step in range(24)]
# What arrives later than this after the last request was sent had been waiting: the rate is too high. In microseconds.
ARRIVAL = 100_000
MODERATE = 5_000
# With one processor what fills and what is emptied later must not hide what is lost: a flood takes a minute.
LONG_FLOOD = 60
SECONDS = {"search": 1, "moderate": 2, "answered": 2, "flood": 2}


class Measurement:
    """One flood through freshly started programs."""

    def __init__(self, arm, rate, seconds, answers=False):
        arm.start(Responder() if answers else Sink())
        components = arm.components()
        client = arm.lab.received_by_client()
        before = {program: processes.processor_time(pid) for program, pid in components.items()}
        flood = arm.lab.flood(rate, seconds, mark=1)
        # What the recorder has kept of a storm is in its tables then.
        arm.await_quiet()
        self.used = {program: processes.processor_time(pid) - before[program] for program, pid in components.items()}
        self.replies = arm.lab.received_by_client() - client
        sink = Sink.counted(arm.stop())
        self.recorded = arm.recorded()
        if sink["duplicates"] or not sink["distinct"]:
            raise SystemExit(f"{arm.title}: the sink counted {sink}")
        self.sent, self.arrived = flood["sent"], sink["distinct"]
        self.lost = self.sent - self.arrived
        self.rate = self.sent / flood["elapsed_us"] * 1e6
        self.throughput = self.arrived / (sink["last_us"] - sink["first_us"]) * 1e6
        is_sent = self.sent >= 0.98 * rate * seconds
        self.has_passed = is_sent and self.lost == 0 and sink["last_us"] - flood["last_sent_us"] < ARRIVAL
        self.is_recorded = self.recorded == self.arrived

    def cost(self, programs):
        """Microseconds of processor time for each frame that was forwarded, in either direction."""
        return sum(self.used[program] for program in programs) / (self.arrived + self.replies)


class Search:
    """Finds the highest of the rates at which nothing is lost, by halving; if wanted, no record either."""

    def __init__(self, arm, records=False):
        self.arm, self.records = arm, records
        self.low, self.high = -1, len(RATES)

    def step(self):
        middle = (self.low + self.high) // 2
        found = Measurement(self.arm, RATES[middle], SECONDS["search"])
        if found.has_passed and (found.is_recorded or not self.records):
            self.low = middle
        else:
            self.high = middle

    @property
    def is_over(self):
        return self.high - self.low == 1

    @property
    def result(self):
        return RATES[self.low] if self.low >= 0 else 0


def search(figures, arms, run):
    searches = [Search(arm) for arm in arms] + [Search(arm, records=True) for arm in arms if arm.records]
    for step in itertools.count():
        for one in in_turn([one for one in searches if not one.is_over], run + step):
            one.step()
        if all(one.is_over for one in searches):
            break
    for one in searches:
        figures.add(one.arm.title, run, "recorded whole" if one.records else "lossless", one.result, "requests/s")


def load(figures, arms, run, kind, rate, answers=False):
    for arm in in_turn(arms, run):
        found = Measurement(arm, rate, SECONDS[kind], answers)
        figures.add(arm.title, run, f"{kind} sent", found.rate, "requests/s")
        figures.add(arm.title, run, f"{kind} arrived", found.throughput, "requests/s")
        figures.add(arm.title, run, f"{kind} lost", 100 * found.lost / found.sent, "%")
        if answers:
            figures.add(arm.title, run, f"{kind} replies lost", 100 * (1 - found.replies / found.arrived), "%")
        if found.recorded is not None:
            figures.add(arm.title, run, f"{kind} recorded", 100 * found.recorded / found.arrived, "%")
        if arm.forwarding:
            figures.add(arm.title, run, f"{kind} cost", found.cost(arm.forwarding[:1]), "us/frame")
            figures.add(arm.title, run, f"{kind} cost with records", found.cost(arm.forwarding), "us/frame")


def main():
    options = arguments(runs=3)
    if options.one_processor:
        SECONDS["flood"] = LONG_FLOOD
    lab = Lab(options.lab, options.binaries, options.one_processor)
    searched = [MiddleSock(lab), PacketLoop(lab), DHCRelay(lab), Arm(lab)]
    arms = all_ways(lab)
    for state, processors in PROCESSORS.items():
        figures = Figures(f"relay, {state} processors")
        with processors():
            for run in range(1, options.runs + 1):
                load(figures, arms, run, "moderate", MODERATE)
                load(figures, arms, run, "answered", MODERATE // 2, answers=True)
                load(figures, arms, run, "flood", 0)
                search(figures, searched, run)
        report(figures, arms, searched, f"{lab.arrangement}, {state}; {options.runs} runs, alternating")
        figures.write(options.csv_descriptor)


def report(figures, arms, searched, words):
    recorded = ["middle-sock, every request recorded", *summary(figures.values(MiddleSock.title, "recorded whole"), 0)]
    rows = [[arm.title, *summary(figures.values(arm.title, "lossless"), 0)] for arm in searched]
    print_table(f"relay: highest rate without loss, requests per second; {words}", ["", "median", "range"],
                rows + [recorded])
    kinds = [("moderate", f"{MODERATE:,} requests/s"), ("answered", f"{MODERATE // 2:,} requests/s, all answered"),
             ("flood", "as many requests as can be sent")]
    for kind, title in kinds:
        print_table(f"relay: {title}; {words}, median (range)",
                    ["", "sent/s", "lost %", "recorded %", "us/frame", "to C loop", "to dhcrelay", "us with recorder"],
                    [row(figures, arm, kind) for arm in arms])


def row(figures, arm, kind):
    cells = [arm.title] + [brief(figures.values(arm.title, f"{kind} {metric}"), digits)
                           for metric, digits in (("sent", 0), ("lost", 2), ("recorded", 1), ("cost", 2))]
    for peer in (PacketLoop.title, DHCRelay.title):
        cells.append(brief(figures.ratios(arm.title, peer, f"{kind} cost"), 2) if arm.forwarding else "-")
    return cells + [brief(figures.values(arm.title, f"{kind} cost with records"), 2) if arm.records else "-"]
