"""What else can stand between a client on the LAN and a server: relay agents, the kernel, the least of programs."""

import os
import pathlib
import subprocess

from .arms import HOST_ADDRESS, HOST_MAC, Arm, MiddleSock, Unrecorded

# script/bench unpacks it there: Debian does not let it be installed beside ISC's programs.
DHCP_HELPER = str(pathlib.Path(__file__).parents[3] / ".build/dhcp-helper/usr/sbin/dhcp-helper")


class RelayAgent(Arm):
    """A relay agent on the host, and the server on a machine behind it."""

    role, interface, address = "remote", "server0", "192.168.70.2"

    def connect(self):
        self.lab.cable("server0", "remote", "server0")
        self.lab.configure("host", "address add 192.168.70.1/24 dev server0")
        self.lab.configure("remote", "address add 192.168.70.2/24 dev server0",
                           "route add 192.168.50.0/24 via 192.168.70.1")

    def disconnect(self):
        self.lab.configure("host", "link delete server0")

    def begin(self, server):
        relay = self.lab.start("host", os.devnull, *self.relay)
        self.started = [relay, self.lab.start("remote", self.log, *server.command(self.lab, self))]

    def components(self):
        return {self.title.split()[-1]: self.started[0].pid}


class DHCRelay(RelayAgent):
    """ISC's."""

    title = "ISC dhcrelay"
    forwarding = ("dhcrelay",)
    relay = ["dhcrelay", "-4", "-d", "-i", "ens34", "-i", "server0", RelayAgent.address]


class DHCPHelper(RelayAgent):
    """That of dnsmasq's author."""

    title = "dhcp-helper"
    forwarding = ("dhcp-helper",)
    relay = [DHCP_HELPER, "-d", "-i", "ens34", "-s", RelayAgent.address]


class Wire(Arm):
    """A server on a machine with the host's name, MAC and address, and something between host and machine."""

    role = "remote"
    mac = HOST_MAC

    def connect(self):
        self.lab.cable("server1", "remote", "ens34", self.mac)
        self.configure_server()

    def configure_server(self):
        self.lab.configure("remote", f"address add {HOST_ADDRESS}/24 dev ens34", "route add default via 192.168.50.1")

    def disconnect(self):
        self.lab.configure("host", "link delete server1")


class Bridge(Wire):
    """The kernel's bridge; two ports with one MAC address would be one station too few."""

    title = "kernel bridge"
    mac = "02:00:00:00:50:12"

    def connect(self):
        super().connect()
        self.lab.configure("host", "link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                           "link set br1 up", "link set server1 master br1", "link set ens34 master br1")

    def disconnect(self):
        self.lab.configure("host", "link set ens34 nomaster", "link delete br1")
        super().disconnect()


class Redirect(Wire):
    """nftables: what comes in at one interface goes out at the other."""

    title = "nftables redirect"

    def connect(self):
        super().connect()
        chains = [f"chain {one} {{ type filter hook ingress device {one} priority 0; fwd to {other}; }}"
                  for one, other in (("ens34", "server1"), ("server1", "ens34"))]
        self.lab.run("host", "nft", "-f", "-", input="\n".join(["table netdev wire {", *chains, "}", ""]))

    def disconnect(self):
        self.lab.run("host", "nft", "delete", "table", "netdev", "wire")
        super().disconnect()


class PacketLoop(Wire):
    """A bare loop in C over two packet sockets (programs/packet-loop)."""

    title = "C loop"
    forwarding = ("packet-loop",)
    options = ()

    def configure_server(self):
        super().configure_server()
        # The loop completes no checksums.
        self.lab.run("remote", "ethtool", "--offload", "ens34", "tx", "off")

    def begin(self, server):
        loop = self.lab.start("host", self.lab.log("loop.log"), f"{self.lab.binaries}/packet-loop", *self.options,
                              "ens34", "server1")
        self.started = [loop, self.lab.start("remote", self.log, *server.command(self.lab, self))]

    def components(self):
        return {"packet-loop": self.started[0].pid}


class SpinningLoop(PacketLoop):
    """It looks for 50 microseconds after the last frame before it sleeps."""

    title = "C loop, busy polling for 50 us"
    options = ("--spin", "50")


class RingLoop(PacketLoop):
    """Through rings shared with the kernel, that hand over each frame."""

    title = "C loop, TPACKET_V2 rings"
    options = ("--ring", "2")


class BlockRingLoop(PacketLoop):
    """Through rings shared with the kernel, that hand over blocks of frames."""

    title = "C loop, TPACKET_V3 rings"
    options = ("--ring", "3")


class TapLoop(PacketLoop):
    """A TAP interface in the place of the cable."""

    title = "C loop, TAP instead of veth"
    options = ("--tap",)

    def connect(self):
        """The loop makes the interface."""

    def begin(self, server):
        loop = self.lab.start("host", self.lab.log("loop.log"), f"{self.lab.binaries}/packet-loop", *self.options,
                              "ens34", "server1")
        self.started = [loop]
        while subprocess.run(["ip", "-n", f"{self.lab.name}-host", "link", "set", "server1", "netns",
                              f"{self.lab.name}-remote", "name", "ens34", "address", self.mac],
                             capture_output=True).returncode:
            if loop.poll() is not None:
                raise SystemExit(f"{self.title}: {self.lab.log('loop.log').read_text()}")
        self.lab.configure("remote", "link set ens34 up")
        self.configure_server()
        self.started.append(self.lab.start("remote", self.log, *server.command(self.lab, self)))

    def disconnect(self):
        """It goes with the loop."""


def all_ways(lab):
    """Everything that can stand between the LAN and a server, and nothing at all."""
    ways = (Arm, Bridge, Redirect, PacketLoop, Unrecorded, MiddleSock, DHCPHelper, DHCRelay)
    return [way(lab) for way in ways]
