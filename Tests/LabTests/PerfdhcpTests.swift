import Testing

/// Kea's own load generator: many clients at once, who lease and renew, by broadcast and through a relay agent.
@Suite struct PerfdhcpTests {
    @Test(arguments: [Server.crowded, .crowdedKea, .crowdedDnsmasq], [true, false])
    func `every one of many clients is answered`(server: Server, isDirect: Bool) async throws {
        try await Lab.watched(server) { lab, wire in
            try await lab.client1.configure("address add 192.168.50.5/24 dev eth0")
            let options = [
                "-4", "-l", "eth0", "-r", "40", "-R", "60", "-n", "60", "-f", "20", "-W", "500000",
            ]
            let program = try await lab.start(
                lab.client1.role, ["perfdhcp"] + options + (isDirect ? ["-B"] : ["192.168.50.2"]))
            let ending = try await program.ended()
            // 3 would be that some were not answered.
            #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
            try await wire.service.records(
                "SELECT count(DISTINCT client_mac), count(DISTINCT address) FROM leases", [["60", "60"]])
            try await wire.service.records("SELECT count(*) > 0 FROM leases WHERE renewed_at > bound_at", [["1"]])
            try await wire.service.records(
                "SELECT DISTINCT verdict, relay_address FROM packets", [["forwarded", "192.168.50.5"]])
            #expect(try wire.messages().first?.isBroadcast == isDirect)
        }
    }
}

extension Server {
    /// Servers with more addresses than there are clients, that ping nobody.
    fileprivate static var crowded: Server { .dhcpd(range: "192.168.50.100 192.168.50.250", "ping-check false;") }

    fileprivate static var crowdedKea: Server {
        var server = kea
        server.files = server.files.mapValues {
            $0.replacing("192.168.50.30 - 192.168.50.39", with: "192.168.50.100 - 192.168.50.250")
        }
        return server
    }

    fileprivate static var crowdedDnsmasq: Server {
        var server = dnsmasq(range: "192.168.50.100,192.168.50.250")
        server.files = server.files.mapValues { $0 + "no-ping\n" }
        return server
    }
}
