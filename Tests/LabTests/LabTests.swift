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
}
