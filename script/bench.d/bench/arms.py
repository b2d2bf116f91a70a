"""The ways from a client on the LAN to a server: with a relay between them, or without."""

import signal
import time

from . import database, processes

LIMIT = 20
HOST_ADDRESS = "192.168.50.2"
HOST_MAC = "02:00:00:00:50:02"


class Arm:
    """A server, and what carries requests to it; here nothing does: the server is on the host itself."""

    title = "no relay: the server on the host"
    # The programs whose work is the forwarding, each a component of the arm.
    forwarding = ()
    records = False
    # Where the server is, and what it has there.
    role, interface, address = "host", "ens34", HOST_ADDRESS

    def __init__(self, lab):
        self.lab = lab
        self.started = []
        self.server = None

    def start(self, server):
        """Starts all of it, with this server, and waits until what clients send arrives."""
        self.log = self.lab.log("server.log")
        self.connect()
        server.prepare(self.lab, self)
        self.begin(server)
        deadline = time.monotonic() + LIMIT
        while not (self.find(server) and server.is_reached(self.lab, self)):
            if any(process.poll() is not None for process in self.started) or time.monotonic() > deadline:
                raise SystemExit(f"{self.title}: nothing arrives at the server:\n{self.words()}")
        self.await_quiet()

    def connect(self):
        """Lays the cables that the lab does not have."""

    def disconnect(self):
        """Takes them away again."""

    def begin(self, server):
        self.started = [self.lab.start(self.role, self.log, *server.command(self.lab, self))]

    def find(self, server):
        self.server = processes.member(self.started[-1].pid, server.program)
        return self.server and processes.hears_dhcp(processes.read(f"/proc/{self.server}/net/udp"))

    def components(self):
        """The processes between client and server by the names of their programs."""
        return {}

    def await_quiet(self):
        """Until nothing has arrived for 0.2 s, and nothing is being recorded."""
        deadline = time.monotonic() + LIMIT
        state, since = None, time.monotonic()
        while time.monotonic() - since < 0.2:
            time.sleep(0.01)
            now = self.progress()
            if now != state:
                state, since = now, time.monotonic()
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.title}: not at rest {LIMIT} s after the load:\n{self.words()}")

    def progress(self):
        return processes.received_datagrams(self.server)

    def stop(self):
        """Ends all, the last that was started first; what it said."""
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
            if process.wait(LIMIT) not in (0, -signal.SIGTERM):
                raise SystemExit(f"{self.title} ended with status {process.returncode}:\n{self.words()}")
        self.started = []
        self.disconnect()
        return self.words()

    def recorded(self):
        """How many requests of the flood were recorded; nothing where nothing records."""
        return

    def words(self):
        return self.log.read_text(errors="replace")


class MiddleSock(Arm):
    """middle-sock on the host, and all is recorded."""

    title = "middle-sock"
    forwarding = ("relay", "recorder")
    records = True
    programs = ("middle-sock", "netns-agent", "discovery", "relay", "recorder")

    def begin(self, server):
        self.database = self.lab.file("host", "var/lib/middle-sock/middle-sock.sqlite")
        for file in self.database.parent.glob(self.database.name + "*"):
            file.unlink()
        command = [f"{self.lab.binaries}/middle-sock", *self.options(), "--", *server.command(self.lab, self)]
        self.started = [self.lab.start("host", self.log, *command)]

    def options(self):
        return []

    def components(self):
        found = {program: processes.member(self.started[0].pid, program) for program in self.programs}
        if None in found.values():
            raise SystemExit(f"{self.title}: not all programs run: {found}\n{self.words()}")
        return found

    def progress(self):
        # A recorder at rest uses less than 2 ms in the time that counts as rest.
        return super().progress(), processes.processor_time(self.components()["recorder"]) // 2000

    def recorded(self):
        return database.ask(self.database, database.PACKETS + """
            WHERE transaction_id LIKE '0x01%' AND verdict = 'forwarded' AND direction = 'to-server'""")

    def accounts(self):
        """How many packets are in the database, and how many it knows of that are not."""
        return database.ask(self.database, database.PACKETS), database.ask(self.database, database.GAPS)


class Unrecorded(Arm):
    """The same programs without a recorder: when 5,000 records have gathered, the relay only counts the rest."""

    title = "middle-sock without a recorder"
    forwarding = ("relay",)

    def begin(self, server):
        binaries, directory = self.lab.binaries, "/run/middle-sock"
        self.lab.file("host", directory[1:]).mkdir(exist_ok=True)
        relay = self.lab.start("host", self.lab.log("relay.log"), f"{binaries}/relay")
        discovery = self.lab.start("host", self.lab.log("discovery.log"), f"{binaries}/discovery", "--watch",
                                   "--send-to", f"{directory}/netns-agent.sock")
        agent = self.lab.start("host", self.log, f"{binaries}/netns-agent", "--", *server.command(self.lab, self))
        self.started = [relay, discovery, agent]

    def components(self):
        return {"relay": self.started[0].pid}
