"""The DHCP servers at the far end: one that counts, one that answers everybody at once, and those that people run."""

import json
import re

from . import processes

HOST_NETWORK = "192.168.50.0"


class Server:
    """A server, and how to tell that it works."""

    program = None

    def command(self, lab, arm):
        raise NotImplementedError

    def prepare(self, lab, arm):
        """Writes the files that it needs."""

    def is_reached(self, lab, arm):
        """Whether what a client sends arrives, or is answered."""
        return lab.exchange(arm.address, outstanding=1, seconds=0.05, clients=1)["completed"] > 0


class Sink(Server):
    """Counts what arrives, and answers nothing."""

    program = "dhcp-load"

    def command(self, lab, arm):
        return lab.load("sink")

    def is_reached(self, lab, arm):
        # The first ones may be lost while neighbours are being resolved.
        before = processes.received_datagrams(arm.server)
        lab.flood(200, 0.05, mark=0)
        return processes.received_datagrams(arm.server) > before

    @staticmethod
    def counted(log):
        """What it says of a flood at its end."""
        return json.loads(re.findall(r"{.*}", log)[-1])


class Responder(Sink):
    """Counts what arrives, and answers it at once."""

    def command(self, lab, arm):
        return lab.load("sink", "--answer", arm.address)


class Dhcpd(Server):
    """ISC dhcpd, with its lease file in memory.

    A PID file of the last one names a process that may be another by now, as in any PID namespace.
    """

    program = "dhcpd"

    def prepare(self, lab, arm):
        lab.write(arm.role, "etc/dhcp/bench.conf", f"""
            authoritative;
            ping-check false;
            default-lease-time 600;
            subnet {HOST_NETWORK} netmask 255.255.255.0 {{ range 192.168.50.100 192.168.50.250; }}
            subnet 192.168.70.0 netmask 255.255.255.0 {{ }}
            """)
        lab.write(arm.role, "var/lib/dhcp/dhcpd.leases", "")
        lab.remove(arm.role, "run/dhcpd.pid")

    def command(self, lab, arm):
        return ["dhcpd", "-f", "-q", "-4", "-cf", "/etc/dhcp/bench.conf", arm.interface]


class Kea(Server):
    """Kea, with its lease file in memory."""

    program = "kea-dhcp4"

    def prepare(self, lab, arm):
        configuration = {"Dhcp4": {
            "interfaces-config": {"interfaces": [arm.interface]},
            "lease-database": {"type": "memfile", "name": "/var/lib/kea/bench.csv", "lfc-interval": 0},
            "valid-lifetime": 600,
            "authoritative": True,
            "subnet4": [{"subnet": f"{HOST_NETWORK}/24", "pools": [{"pool": "192.168.50.100 - 192.168.50.250"}]}],
            "loggers": [{"name": "kea-dhcp4", "severity": "ERROR", "output_options": [{"output": "stderr"}]}],
        }}
        lab.write(arm.role, "etc/kea/bench.conf", json.dumps(configuration))
        lab.remove(arm.role, "var/lib/kea/bench.csv")
        lab.remove(arm.role, "run/kea/bench.kea-dhcp4.pid")

    def command(self, lab, arm):
        return ["kea-dhcp4", "-c", "/etc/kea/bench.conf"]
