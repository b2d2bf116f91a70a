/// A server that attacks: what a program of root's sends from the server's namespace.
enum HostileServer {
    /// A server that hears DHCP, waits for a first request, and then does what the script says: `send` sends a frame,
    /// `port.recv` waits for the next request.
    static func server(_ script: String) -> Server {
        Server(
            name: "a hostile server",
            files: ["/etc/dhcp/hostile.py": [beginning, HostileFiles.beginning, script, ""].joined(separator: "\n")],
            command: ["python3", "-u", "/etc/dhcp/hostile.py"])
    }

    private static let beginning = """
        import socket, struct

        def checksum(data):
            total = sum(struct.unpack(f"!{len(data) // 2}H", data))
            while total >> 16: total = (total & 0xFFFF) + (total >> 16)
            return ~total & 0xFFFF

        port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        port.bind(("", 67))
        port.recv(2048)
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        wire.bind(("ens34", 0))
        own = wire.getsockname()[4]
        other, all_stations = bytes.fromhex("026666666666"), b"\\xff" * 6
        host, router, stranger = (socket.inet_aton(f"192.168.50.{number}") for number in (2, 1, 66))

        def ip(protocol, payload, source=host, destination=router):
            header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, source, destination)
            return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload

        def udp(source_port, port, payload):
            return struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload

        def send(kind, payload, source=own):
            wire.send(all_stations + source + struct.pack("!H", kind) + payload)

        def arp(operation, mac, address, target):
            return struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + mac + address + bytes(6) + target

        def icmp(kind, rest):
            message = struct.pack("!BBH", kind, 0, 0) + rest
            return message[:2] + struct.pack("!H", checksum(message)) + message[4:]

        def dhcp(operation, mac):
            return struct.pack("!BBBB", operation, 1, 6, 0) + bytes(24) + mac + bytes(202) \\
                + bytes.fromhex("63825363350102ff") + bytes(60)
        """
}
