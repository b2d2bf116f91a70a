import Testing

/// What a client does with a lease it has.
@Suite struct RenewalTests {
    @Test(arguments: ClientProgram.allCases, Arrangement.allCases)
    func `a client renews its lease by unicast`(kind: ClientProgram, arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(.impatient, arrangement)
            let client = try await lab.client1.start(kind)
            let lease = try await client.lease()
            let capture = try await lab.capture("udp and src host \(lease.address) and dst host 192.168.50.2")
            #expect(try await client.renew().address == lease.address)
            #expect(try await capture.frames(atLeast: 1).allSatisfy { $0.contains(".68 > 192.168.50.2.67: ") })
            try await service.records(
                "SELECT address, state, renewed_at > bound_at FROM leases", [[lease.address, "bound", "1"]])
        }
    }

    @Test(arguments: Arrangement.allCases)
    func `a client whose server it no longer reaches by unicast rebinds by broadcast`(
        arrangement: Arrangement
    ) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(.impatient, arrangement)
            let client = try await lab.client1.start(.dhclient)
            let lease = try await client.lease()
            try await lab.client1.loseUnicastToHost()
            let capture = try await lab.capture("udp dst port 67 and src host \(lease.address) and dst 255.255.255.255")
            try await capture.frames(atLeast: 1)
            try await client.program.says("DHCPACK of \(lease.address)", times: 2)
            try await service.records("SELECT count(*) FROM leases WHERE renewed_at > bound_at", [["1"]])
        }
    }

    @Test(arguments: ClientProgram.allCases, Arrangement.allCases)
    func `an address that was released can be had by the next client`(
        kind: ClientProgram, arrangement: Arrangement
    ) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(
                .dhcpd(range: "192.168.50.30 192.168.50.30", "ping-check false;"), arrangement)
            let first = try await lab.client1.start(kind)
            try await first.lease()
            try await first.release()
            #expect(try await lab.client2.start(.udhcpc).lease().address == "192.168.50.30")
            try await service.records(
                "SELECT client_mac, state, ended_at IS NOT NULL FROM leases ORDER BY id",
                [[lab.client1.hardwareAddress, "released", "1"], [lab.client2.hardwareAddress, "bound", "0"]])
        }
    }
}
