"""A DHCP client that asks every few milliseconds: others wait for a second and more, which would be all one sees."""

import ctypes
import select
import socket
import struct
import threading
import time

PAUSE = 0.01
HARDWARE = bytes.fromhex("020000005199")
TRANSACTION = b"mids"
COOKIE = bytes([99, 130, 83, 99])  # RFC 2131 section 3
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5  # RFC 2132 section 9.6
CLONE_NEWNET = 0x4000_0000
libc = ctypes.CDLL(None, use_errno=True)


class Client:
    """A client on eth0 of a network namespace."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.asks = threading.Event()
        self.acknowledged = None

    def obtain(self, limit):
        """Asks until it has an address, or the limit in seconds is over; `acknowledged` says when that was."""
        self.acknowledged = None
        deadline = time.monotonic() + limit
        with self.open() as link:
            question = discover()
            self.asks.set()
            while time.monotonic() < deadline:
                link.send(question)
                until = time.monotonic() + PAUSE
                while select.select([link], [], [], max(0, until - time.monotonic()))[0]:
                    kind, address, server = answer(link.recv(2048))
                    if kind == OFFER:
                        question = request(address, server)
                        link.send(question)
                    elif kind == ACK:
                        self.acknowledged = time.monotonic_ns()
                        self.asks.clear()
                        return

    def open(self):
        """A packet socket: only the thread that calls is in the namespace, and ends with it."""
        with open(self.namespace, "rb") as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) < 0:
                raise OSError(ctypes.get_errno(), self.namespace)
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        link.bind(("eth0", 0x0800))
        return link


def discover():
    return frame([53, 1, DISCOVER])


def request(address, server):
    return frame([53, 1, REQUEST, 50, 4, *address, 54, 4, *server])


def frame(options):
    """An Ethernet frame to all, with the broadcast flag; UDP without a checksum, which is valid."""
    message = struct.pack("!BBBB4sHH16x6s10x192x4s", 1, 1, 6, 0, TRANSACTION, 0, 0x8000, HARDWARE, COOKIE)
    message = (message + bytes(options) + b"\xff").ljust(300, b"\0")
    udp = struct.pack("!HHHH", 68, 67, 8 + len(message), 0) + message
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return b"\xff" * 6 + HARDWARE + b"\x08\x00" + header + udp


def checksum(header):
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def answer(frame):
    """What kind of answer a frame is, with the address and the server; nothing when it is none for this client."""
    udp = 14 + (frame[14] & 15) * 4
    message = frame[udp + 8:]
    if frame[23] != 17 or frame[udp + 2:udp + 4] != b"\0\x44" or message[:1] != b"\2" or message[4:8] != TRANSACTION:
        return None, None, None
    options, place = {}, 240
    while place + 1 < len(message) and message[place] != 255:
        options[message[place]] = message[place + 2:place + 2 + message[place + 1]]
        place += 2 + message[place + 1] if message[place] else 1
    return options[53][0], message[16:20], options[54]
