import Testing

/// A server that attacks: what it sends from its namespace, as a program of root's with packet sockets.
@Suite struct HostileServerTests {
    /// Waits for a first request, then sends one frame of each attack, and as the last an echo request, which may pass.
    private static let server = Server(
        name: "a hostile server",
        files: [
            "/etc/dhcp/hostile.py": """
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

            send(0x0800, ip(6, struct.pack("!HHIIBBHHH", 6666, 22, 0, 0, 0x50, 2, 512, 0, 0)))
            send(0x0800, ip(17, udp(6666, 53, b"scan")))
            send(0x0800, ip(17, udp(67, 68, dhcp(2, other)), source=stranger))
            send(0x0800, ip(17, udp(67, 68, dhcp(2, other))), source=other)
            send(0x0800, ip(17, udp(68, 67, dhcp(1, other))))
            send(0x0806, arp(2, own, router, router))
            send(0x0806, arp(1, own, stranger, router))
            send(0x0806, arp(1, other, host, router), source=other)
            send(0x0800, ip(1, icmp(5, stranger + bytes(28))))
            send(0x0800, ip(1, icmp(8, bytes(4)), source=stranger))
            send(0x86DD, bytes.fromhex("6000000000003b40") + bytes(32))
            send(0x88B5, bytes(46))
            send(0x0800, ip(1, icmp(8, struct.pack("!HH", 6666, 1))))
            port.recv(2048)

            """
        ], command: ["python3", "-u", "/etc/dhcp/hostile.py"])

    @Test(arguments: Arrangement.allCases)
    func `what attacks the LAN does not get there`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            _ = try await lab.serve(Self.server, arrangement)
            // All but what the stations of the LAN say by themselves.
            let attacks = try await lab.capture(
                """
                port 6666 or ether src 02:66:66:66:66:66 or host 192.168.50.66 or ether proto 0x88b5 \
                or (ip6 proto 59) or icmp[icmptype] == icmp-redirect or (udp[8:1] == 1 and udp[36:4] == 0x02666666) \
                or (arp[6:2] == 2 and arp[14:4] == 0xc0a83201 and ether broadcast)
                """)
            let end = try await lab.capture("icmp[icmptype] == icmp-echo and icmp[4:2] == 6666")
            _ = try await lab.client1.start(.udhcpc)
            try await end.frames(atLeast: 1)
            switch arrangement {
            case .direct: try await attacks.frames(atLeast: 12)
            case .middleSock: #expect(attacks.lines.isEmpty, "\(attacks.lines)")
            }
        }
    }
}
