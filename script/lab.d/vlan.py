"""A VLAN interface for kernels without 8021q: python3 vlan.py PARENT ID makes PARENT.ID, until it is ended.

What the kernel does, done by a process: frames with the tag come out of PARENT.ID without it, frames into PARENT.ID
leave by PARENT with it (IEEE 802.1Q). Only whole frames whose checksums are complete, as those of DHCP clients and
servers are.
"""

import errno
import fcntl
import os
import select
import socket
import struct
import sys

ETH_P_ALL, ETH_P_8021Q = 0x0003, 0x8100
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
TP_STATUS_VLAN_VALID = 1 << 4
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
SIOCSIFHWADDR, SIOCGIFHWADDR = 0x8924, 0x8927


def open_parent(parent):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    opened.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    opened.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    opened.bind((parent, ETH_P_ALL))
    return opened


def make_interface(name, parent, control):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    address = fcntl.ioctl(control, SIOCGIFHWADDR, struct.pack("16s24x", parent.encode()))[16:]
    fcntl.ioctl(control, SIOCSIFHWADDR, struct.pack("16s", name.encode()) + address)
    return tap


def tag(ancillary):
    """The VLAN of a received frame, which the kernel took out of it (struct tpacket_auxdata, linux/if_packet.h)."""
    for level, kind, data in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, *_, tci, _ = struct.unpack("IIIHHHH", data)
            return tci & 0xFFF if status & TP_STATUS_VLAN_VALID else None
    return None


def deliver(frame, upper):
    try:
        os.write(upper, frame)
    except OSError as error:
        # The interface is down: nobody hears the frame.
        if error.errno != errno.EIO:
            raise


def main(parent, vlan):
    lower = open_parent(parent)
    upper = make_interface(f"{parent}.{vlan}", parent, lower)
    print(f"{parent}.{vlan} is there", flush=True)
    while True:
        for ready in select.select([lower, upper], [], [])[0]:
            if ready is upper:
                frame = os.read(upper, 65_535)
                lower.send(frame[:12] + struct.pack("!HH", ETH_P_8021Q, vlan) + frame[12:])
                continue
            frame, ancillary, *_ = lower.recvmsg(65_535, 64)
            if tag(ancillary) == vlan:
                deliver(frame, upper)


main(sys.argv[1], int(sys.argv[2]))
