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
}
