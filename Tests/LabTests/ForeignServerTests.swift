import Testing

@Suite struct ForeignServerTests {
    @Test func `another DHCP server on the LAN is reported and its packets go no further`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let foreign = Server.dnsmasq(range: "192.168.50.200,192.168.50.209")
            try foreign.prepare(on: lab.router)
            let intruder = try await lab.start(.router, foreign.command)
            try await lab.router.waitForDHCPSocket(of: intruder)
            // With the broadcast flag its offer reaches everybody; without, the bridge carries it to the client alone.
            try await lab.client1.start(.udhcpc, options: ["-B"]).lease()
            try await intruder.says("DHCPOFFER")
            try await service.records(
                "SELECT count(*) > 0 FROM events WHERE kind LIKE '%foreign%' AND detail LIKE '%192.168.50.1%'", [["1"]])
            try await service.records(
                """
                SELECT DISTINCT verdict = 'forwarded' FROM packets
                WHERE server_identifier = '192.168.50.1' AND message_type IN ('OFFER', 'ACK', 'NAK')
                """, [["0"]])
        }
    }

    /// Offers of servers that there are not: each from another station, with another address.
    private static let inventor = #"""
        import socket, struct, sys
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        wire.bind(("eth0", 0))
        def checksum(data):
            total = sum(struct.unpack(f"!{len(data) // 2}H", data))
            while total >> 16: total = (total & 0xFFFF) + (total >> 16)
            return struct.pack("!H", ~total & 0xFFFF)
        for number in range(int(sys.argv[1])):
            own, address = struct.pack("!HI", 0x0200, number + 1), struct.pack("!I", 0xC0A86400 + number)
            message = bytes([2, 1, 6, 0]) + bytes(24) + bytes.fromhex("020000005101") + bytes(202) \
                + bytes.fromhex("638253633501023604") + address + b"\xff" + bytes(40)
            header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(message), 1, 0, 64, 17, 0, address, b"\xff" * 4)
            udp = struct.pack("!HHHH", 67, 68, 8 + len(message), 0)
            wire.send(b"\xff" * 6 + own + b"\x08\x00" + header[:10] + checksum(header) + header[12:] + udp + message)
        """#

    @Test func `one that comes after invented ones is reported, and these do not fill the record`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            try await lab.client2.output("python3", "-c", Self.inventor, "2000")
            try await service.records(
                "SELECT count(*) >= 2000 FROM packets WHERE verdict = 'foreign-server'", [["1"]])
            let foreign = Server.dnsmasq(range: "192.168.50.200,192.168.50.209")
            try foreign.prepare(on: lab.router)
            let intruder = try await lab.start(.router, foreign.command)
            try await lab.router.waitForDHCPSocket(of: intruder)
            try await lab.client1.start(.udhcpc, options: ["-B"]).lease()
            try await service.program.says(
                "another DHCP server answers on ens34: 192.168.50.1 at", within: .seconds(40))
            try await service.records(
                """
                SELECT count(*) BETWEEN 17 AND 21, sum(detail LIKE '%192.168.50.1 at %') FROM events
                WHERE kind = 'foreign-server'
                """, [["1", "1"]])
            try await service.records("SELECT count(*) FROM events WHERE kind = 'foreign-servers-left-out'", [["1"]])
        }
    }
}
