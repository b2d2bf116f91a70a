import Testing

@Suite struct LabTests {
    @Test func `a lab is a LAN on which the host reaches its router and nothing beyond`() async throws {
        try await Lab.with { lab in
            try await lab.host.output("ping", "-c1", "-W2", "192.168.50.1")
            #expect(try await lab.host.run("ping", "-c1", "-W1", "192.0.2.1").status != 0)
            #expect(try await lab.host.addresses() == ["192.168.50.2"])
            #expect(try await lab.client1.addresses() == [])
        }
    }

    /// What kernel sockets send within one computer; a lab without it would not show who forgets to complete them.
    @Test func `a renewal is seen on the LAN with a UDP checksum that is not finished`() async throws {
        try await Lab.with { lab in
            _ = try await lab.serve(.impatient, .direct)
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            let capture = try await lab.capture("udp dst port 67 and src host \(lease.address)", "-vv")
            try await client.renew()
            try await capture.program.says("bad udp cksum")
        }
    }
}
