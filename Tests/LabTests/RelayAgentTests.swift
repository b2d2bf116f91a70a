import Testing

/// Clients on another network, whose packets a relay agent on the router brings (RFC 2131 section 4.1, giaddr).
@Suite struct RelayAgentTests {
    @Test(arguments: Arrangement.allCases)
    func `a client behind a relay agent gets a lease and renews it through the router`(
        arrangement: Arrangement
    ) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(Self.server, arrangement)
            try await lab.startRelayAgent()
            let client = try await lab.remote.start(.udhcpc)
            #expect(try await client.lease().address == "192.168.60.30")
            #expect(try await client.renew().address == "192.168.60.30")
            try await service.records(
                "SELECT DISTINCT message_type FROM packets WHERE relay_address = '192.168.60.1' ORDER BY id",
                [["DISCOVER"], ["OFFER"], ["REQUEST"], ["ACK"]])
            try await service.records(
                "SELECT address, client_mac FROM leases WHERE renewed_at > bound_at",
                [["192.168.60.30", lab.remote.hardwareAddress]])
        }
    }

    /// A server for a network it is not on, beside its own.
    static let server = Server.dhcpd(
        """
        authoritative;
        subnet 192.168.50.0 netmask 255.255.255.0 {
        }
        subnet 192.168.60.0 netmask 255.255.255.0 {
            range 192.168.60.30 192.168.60.30;
            option routers 192.168.60.1;
            ping-check false;
        }

        """)
}

extension Lab {
    /// Starts a relay agent on the router, for the network of the remote machine.
    func startRelayAgent() async throws {
        _ = try await router.start("dhcrelay", "-4", "-d", "-id", "eth1", "-iu", "eth0", "192.168.50.2")
    }
}
