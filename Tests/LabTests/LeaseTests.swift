import Testing

@Suite struct LeaseTests {
    @Test(arguments: ClientProgram.allCases, Arrangement.allCases)
    func `a client gets a lease from dhcpd with File 1 of the paper`(
        kind: ClientProgram, arrangement: Arrangement
    ) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(.paper, arrangement)
            let lease = try await lab.client1.start(kind).lease()
            #expect(lease.seconds == 600)
            #expect(try await lab.client1.addresses() == [lease.address])
            try await service.records(
                "SELECT address, client_mac, server_identifier, state FROM leases",
                [[lease.address, lab.client1.hardwareAddress, "192.168.50.2", "bound"]])
        }
    }

    @Test(arguments: [Server.dnsmasq(), .kea], Arrangement.allCases)
    func `a client gets a lease from any server`(server: Server, arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(server, arrangement)
            let lease = try await lab.client1.start(.udhcpc).lease()
            #expect(try await lab.client1.addresses() == [lease.address])
            try await service.records("SELECT address FROM current_leases", [[lease.address]])
        }
    }
}
