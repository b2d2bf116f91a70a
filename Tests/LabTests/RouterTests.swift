import Testing

/// A router, whose default route is not on the LAN that is to be served.
@Suite struct RouterTests {
    @Test func `why the LAN is not served is said at the start, at the end of it, and by doctor`() async throws {
        try await Lab.with { lab in
            try await lab.makeHostARouter()
            try Server.impatient.prepare(on: lab.host)
            let ending = try await lab.start(.host, Lab.middleSockCommand(.impatient)).ended()
            let reason = "not served: ens34 192.168.50.2/24: no default route leads there; '--interface ens34'"
            #expect(ending.status == 1)
            #expect(ending.errors.contains("notice: \(reason)") || ending.errors.contains("netns-agent: \(reason)"))
            let last = ending.errors.split(separator: "\n").last ?? ""
            let words = "before it was ready: No subnet declaration for ens35 (192.168.51.2); \(reason)"
            #expect(last.contains("middle-sock: error: ends with status 1: dhcpd ended"), "\(ending.errors)")
            #expect(last.contains(words), "\(ending.errors)")
            let doctor = try await lab.start(
                .host, ["\(Project.binaries)/middle-sock", "doctor", "--no-probe"]
            ).ended()
            #expect(doctor.output.contains("not served: ens34"), "\(doctor.output)")
            #expect(doctor.output.contains("'--interface ens34', or '--interface all'"), "\(doctor.output)")
        }
    }

    @Test(arguments: [["--interface", "all"], ["--interface", "ens34"]])
    func `the LAN is served when all are, or it is named`(options: [String]) async throws {
        try await Lab.with { lab in
            try await lab.makeHostARouter()
            try Server.impatient.prepare(on: lab.host)
            let program = try await lab.start(.host, Lab.middleSockCommand(.impatient, options))
            let client = try await lab.client1.start(.udhcpc)
            #expect(try await client.lease().address.hasPrefix("192.168.50.3"))
            #expect(try await client.renew().address.hasPrefix("192.168.50.3"))
            _ = try program.running
        }
    }

    @Test func `the way out is there, nobody is served by it, and what leaves there is told`() async throws {
        try await Lab.with { lab in
            try await lab.makeHostARouter()
            let service = try await lab.middleSock(Self.behindDefaultRoute, "--interface", "ens34")
            let server = try await service.server()
            try await service.seesAllOfTheHost(of: "ens35")
            let elsewhere = try await lab.capture("udp or arp", on: "br1")
            try await lab.client1.configure("address add 192.168.50.254/24 dev eth0")
            try await lab.client1.relay(discoverFor: "10.9.0.1")
            try await service.records(
                "SELECT interface, message_type FROM packets WHERE verdict = 'undeliverable'", [["ens35", "OFFER"]])
            try await service.records(
                """
                SELECT count(*) FROM events
                WHERE kind = 'undeliverable' AND detail LIKE '%is by ens35, which is not served; ''--interface ens35''%'
                """, [["1"]])
            #expect(try await lab.client1.start(.udhcpc).lease().address.hasPrefix("192.168.50.3"))
            #expect(elsewhere.lines.allSatisfy { !$0.contains("192.168.51.2.67 >") }, "\(elsewhere.lines)")
            let status = try await lab.host.output("\(Project.binaries)/relay", "status")
            #expect(status.contains("dropped-to-client-undeliverable"), "\(status)")
            #expect(try await service.server() == server)
        }
    }

    @Test func `the way out changes, goes and comes back without a restart of the server`() async throws {
        try await Lab.with { lab in
            try await lab.makeHostARouter()
            let service = try await lab.middleSock(.impatient, "--interface", "ens34")
            let server = try await service.server()
            try await lab.host.configure(
                "route replace default via 192.168.51.9", "address add 192.168.52.2/24 dev ens35",
                "route add 10.8.0.0/16 via 192.168.52.1")
            try await service.seesAllOfTheHost(of: "ens35")
            try await lab.removePort()
            try await wait(for: "no way out", evidence: { service.program.text }) {
                try await service.inNamespace("ip", "-4", "-o", "address", "show", "dev", "ens35").isEmpty
            }
            try await lab.returnPort()
            try await lab.host.configure("route add default via 192.168.51.1")
            try await service.seesAllOfTheHost(of: "ens35")
            try await lab.client1.start(.udhcpc).lease()
            #expect(try await service.server() == server)
        }
    }

    /// A subnet to which no route leads but the default one.
    private static let behindDefaultRoute = Server.dhcpd(
        """
        authoritative;
        ping-check false;
        subnet 192.168.50.0 netmask 255.255.255.0 {
            range 192.168.50.30 192.168.50.39;
        }
        subnet 10.9.0.0 netmask 255.255.255.0 {
            range 10.9.0.30 10.9.0.39;
        }

        """)
}

extension Lab {
    /// Gives the host a port to elsewhere, and its default route there.
    fileprivate func makeHostARouter() async throws {
        try await add(.port)
        try await host.configure("route delete default", "route add default via 192.168.51.1 dev ens35")
    }
}
