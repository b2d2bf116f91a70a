"""Counts the instructions that relay and recorder execute for a frame (valgrind's callgrind): what others do on the
machine does not change the number. Each is counted twice, with few frames and with many, and the difference is stated.
"""

import json
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from .arms import LIMIT, Arm
from .figures import Figures, arguments, brief, in_turn, print_table
from .lab import Lab
from .servers import Responder

RATE = 1_000
SECONDS = (1, 8)
START = 120


class Valgrind:
    """Runs programs of one build under callgrind."""

    def __init__(self, binaries, library, directory):
        self.binaries, self.library, self.directory = binaries, library, directory

    def command(self, program, *words):
        """The program without its symbols: valgrind 3.19 cannot read those of Swift 6.3."""
        bare = pathlib.Path(self.directory, program)
        if not bare.exists():
            subprocess.run(["strip", "-o", bare, f"{self.binaries}/{program}"], check=True)
        return ["env", f"LD_PRELOAD={self.library}", "valgrind", "--tool=callgrind",
                f"--callgrind-out-file={self.directory}/calls", str(bare), *words]

    @staticmethod
    def instructions(words):
        return int(re.findall(r"refs: +([0-9,]+)", words)[-1].replace(",", ""))


class CountedRelay(Arm):
    """A relay that is counted, between clients and a server that answers each of them at once."""

    def __init__(self, lab, title, valgrind):
        super().__init__(lab)
        self.title, self.valgrind = title, valgrind

    def begin(self, server):
        directory, binaries = "/run/middle-sock", self.valgrind.binaries
        self.lab.file("host", directory[1:]).mkdir(exist_ok=True)
        self.relay_log = self.lab.log("relay.log")
        relay = self.lab.start("host", self.relay_log, *self.valgrind.command("relay"))
        discovery = self.lab.start("host", self.lab.log("discovery.log"), f"{binaries}/discovery", "--watch",
                                   "--send-to", f"{directory}/netns-agent.sock")
        agent = self.lab.start("host", self.log, f"{binaries}/netns-agent", "--", *server.command(self.lab, self))
        self.started = [relay, discovery, agent]

    def count(self, seconds):
        """Instructions, and the frames that were forwarded in either direction."""
        self.start(Responder())
        before = self.lab.received_by_client()
        sent = self.lab.flood(RATE, seconds, mark=1)["sent"]
        self.await_quiet()
        replies = self.lab.received_by_client() - before
        self.stop()
        if replies != sent:
            raise SystemExit(f"{self.title}: {replies} of {sent} requests were answered")
        return self.valgrind.instructions(self.relay_log.read_text(errors="replace")), sent + replies


class CountedRecorder:
    """A recorder that is counted, and what hands it the packets of whole exchanges."""

    def __init__(self, title, valgrind, load):
        self.title, self.valgrind, self.load = title, valgrind, load

    def count(self, seconds):
        """Instructions, and the packets that were stored."""
        with tempfile.TemporaryDirectory() as directory:
            log = pathlib.Path(directory, "log")
            words = ("--runtime-directory", directory, "--database", f"{directory}/records.sqlite")
            with open(log, "wb") as output:
                recorder = subprocess.Popen(self.valgrind.command("recorder", *words), stderr=output, stdout=output)
            deadline = time.monotonic() + START
            while b"storing in" not in log.read_bytes():
                if recorder.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.title}: the recorder does not start:\n{log.read_text()}")
                time.sleep(0.1)
            loaded = json.loads(subprocess.check_output([*self.load, "--runtime-directory", directory,
                                                         "--rate", str(RATE), "--seconds", str(seconds)]))
            recorder.send_signal(signal.SIGTERM)
            if recorder.wait(LIMIT) != 0 or loaded["lost"]:
                raise SystemExit(f"{self.title}: {loaded}, status {recorder.returncode}:\n{log.read_text()}")
            return self.valgrind.instructions(log.read_text(errors="replace")), loaded["sent"]


def per_frame(counted):
    (few, fewer_frames), (many, more_frames) = map(counted.count, SECONDS)
    return (many - few) / (more_frames - fewer_frames)


def main():
    options = arguments(runs=3)
    lab = Lab(options.lab, options.binaries)
    builds = {"this build": options.binaries} | ({"the other": options.against} if options.against else {})
    figures = Figures("instructions")
    with tempfile.TemporaryDirectory() as directory:
        arms = []
        for number, (title, binaries) in enumerate(builds.items()):
            place = pathlib.Path(directory, str(number))
            place.mkdir()
            valgrind = Valgrind(binaries, f"{options.binaries}/libunconfined.so", place)
            arms += [("relay", CountedRelay(lab, title, valgrind)),
                     ("recorder", CountedRecorder(title, valgrind, lab.load("records")))]
        for run in range(1, options.runs + 1):
            for program, counted in in_turn(arms, run):
                figures.add(counted.title, run, program, per_frame(counted), "instructions/frame")
    rows = []
    for title in builds:
        cells = [brief(figures.values(title, program), 0) for program in ("relay", "recorder")]
        rows.append([title] + [cell for program, value in zip(("relay", "recorder"), cells, strict=True)
                               for cell in (value, brief(figures.ratios(title, list(builds)[-1], program), 3))])
    print_table(f"instructions for a frame, {options.runs} runs, alternating, median (range)",
                ["", "relay", "ratio", "recorder", "ratio"], rows)
    figures.write(options.csv_descriptor)
