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
            #expect(last.hasPrefix("middle-sock: error: ends with status 1: dhcpd ended"), "\(ending.errors)")
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
}

extension Lab {
    /// Gives the host a port to elsewhere, and its default route there.
    fileprivate func makeHostARouter() async throws {
        try await add(.port)
        try await host.configure("route delete default", "route add default via 192.168.51.1 dev ens35")
    }
}
