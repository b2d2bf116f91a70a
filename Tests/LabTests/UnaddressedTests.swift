import Testing

/// An interface of the host that is up and has no address, and that a server's configuration names.
@Suite struct UnaddressedTests {
    @Test(arguments: Arrangement.allCases, ["kea", "dnsmasq"])
    func `a server that names one beside another serves the other`(
        arrangement: Arrangement, name: String
    ) async throws {
        try await Lab.with { lab in
            try await lab.host.configure(
                "link add ens36 address 02:00:00:00:50:36 type veth peer name beyond", "link set beyond up",
                "link set ens36 up")
            let server = name == "kea" ? Self.kea : Self.dnsmasq
            let service =
                arrangement == .direct
                ? try await lab.serve(server, .direct)
                : try await lab.middleSock(server, "--interface", "ens34", "--interface", "ens36")
            let client = try await lab.client1.start(.udhcpc)
            #expect(try await client.lease().address.hasPrefix("192.168.50.3"))
            try await client.renew()
            guard arrangement == .middleSock else { return }
            let link = try await service.inNamespace("ip", "-4", "-o", "address", "show", "dev", "ens36")
            #expect(link.isEmpty)
            let address = try await service.inNamespace("ip", "link", "show", "dev", "ens36")
            #expect(address.contains("02:00:00:00:50:36"), "\(address)")
            #expect(service.program.text.contains("network: ens36 without an address"), "\(service.program.text)")
        }
    }

    private static let kea = Server(
        name: "kea", files: Server.kea.files.mapValues { $0.replacing("[\"ens34\"]", with: "[\"ens34\", \"ens36\"]") },
        command: Server.kea.command)

    private static var dnsmasq: Server {
        let server = Server.dnsmasq()
        return Server(
            name: server.name,
            files: server.files.mapValues { $0 + "interface=ens34\ninterface=ens36\n" }, command: server.command)
    }
}
