import Testing

extension ComposeTests {
    /// Moving in from a server on the host itself, and back (docs/migration.md).
    @Suite(.serialized) struct Leases {
        @Test(arguments: [ComposeFile.compose, .kea, .dnsmasq])
        func `leases of a server on the host come along, and go back`(file: ComposeFile) async throws {
            try await Lab.with(file) { stack in
                let lab = stack.engine.lab
                let leases = lab.host.path(file.leaseFile)
                let before = try await lab.serve(file.server, .direct)
                let client = try await lab.client1.start(.udhcpc)
                let lease = try await client.lease()
                // What the server still writes would be half of it.
                #expect(try await stack.leases("import", leases).errors.contains("(process "))
                _ = try await before.program.stop()

                let done = try await stack.leases("import", leases)
                #expect(done.status == 0, "\(done.errors)")
                #expect(try await stack.leases("count").output == "1\n")
                #expect(try await stack.leases("import", leases).errors.contains("--replace"))
                try await stack.up()
                try await stack.isReady()
                #expect(try await stack.leases("import", leases).errors.contains("the server runs"))
                // The address of the first is not free, whoever asks first.
                let other = try await lab.client2.start(.udhcpc)
                let another = try await other.lease()
                #expect(another.address != lease.address)
                #expect(try await client.renew().address == lease.address)

                try await stack.compose("stop")
                #expect(try await stack.leases("export", leases).output.contains(": 2"))
                _ = try await lab.serve(file.server, .direct)
                #expect(try await client.renew().address == lease.address)
                #expect(try await other.renew().address == another.address)
            }
        }

        @Test func `a file of another server, or of none, is refused`() async throws {
            try await Lab.with(.kea) { stack in
                let host = stack.engine.lab.host
                try host.write("1796108900 02:00:00:00:51:01 192.168.50.31 * *\n", to: "/var/lib/misc/dnsmasq.leases")
                let refused = try await stack.leases("import", host.path("/var/lib/misc/dnsmasq.leases"))
                #expect(refused.status == 65)
                #expect(refused.errors.contains("is no lease file of Kea"))
                #expect(try await stack.leases("import", host.path("/var/lib/kea/none.csv")).status == 66)
            }
        }

        @Test func `what Kea has not cleaned up yet comes along in its order`() async throws {
            try await Lab.with(.kea) { stack in
                let host = stack.engine.lab.host
                let head =
                    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
                func row(_ address: Int, _ lifetime: Int) -> String {
                    "192.168.50.\(address),02:00:00:00:51:0\(address % 10),,\(lifetime),4102444800,1,0,0,,0,\n"
                }
                let path = ComposeFile.kea.leaseFile
                try host.write(head + row(31, 600) + row(32, 600), to: "\(path).2")
                try host.write(head + row(32, 0) + row(33, 600), to: path)
                let done = try await stack.leases("import", host.path(path))
                #expect(done.status == 0, "\(done.errors)")
                let text = try await stack.leases("export", "-").output
                #expect(text == head + row(31, 600) + row(32, 600) + row(32, 0) + row(33, 600))
            }
        }
    }
}

extension Stack {
    /// Runs `compose/leases` as it lies beside the compose file.
    func leases(_ arguments: String...) async throws -> Program.Ending {
        try await engine.end(
            ["COMPOSE=docker-compose --project-name stack", "\(directory)/leases", "--file", file.rawValue] + arguments)
    }
}

extension ComposeFile {
    /// Where the server keeps its leases.
    fileprivate var leaseFile: String {
        switch self {
        case .kea: "/var/lib/kea/kea-leases4.csv"
        case .dnsmasq: "/var/lib/misc/dnsmasq.leases"
        default: "/var/lib/dhcp/dhcpd.leases"
        }
    }
}
