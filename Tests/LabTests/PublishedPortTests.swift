import Foundation
import Testing

/// The paper's setting: a server in a container that sees nothing of the host but its routing table.
@Suite struct PublishedPortTests {
    @Test func `the server sees the host's network, at the container's MAC address`() async throws {
        try await Lab.with { lab in
            let container = try await Container(in: lab)
            let service = try await container.middleSock(RelayAgentTests.server)
            let server = "\(try await service.server())"
            let link = try await container.machine.output("nsenter", "-t", server, "-n", "ip", "-br", "link")
            #expect(link.contains("ens34") && link.contains("02:42:ac:11:00:03") && !link.contains("eth0"), "\(link)")
            let address = try await container.machine.output("nsenter", "-t", server, "-n", "ip", "-br", "address")
            #expect(address.contains("192.168.50.2/24") && !address.contains(container.address), "\(address)")
            let route = try await container.machine.output("nsenter", "-t", server, "-n", "ip", "route")
            #expect(route.contains("default via 192.168.50.1 dev ens34"), "\(route)")
            try await service.records("SELECT uplink, outcome FROM starts", [["runtime", "ready"]])
        }
    }

    @Test(arguments: ClientProgram.allCases)
    func `a client behind a relay agent gets a lease through the port and renews it`(
        kind: ClientProgram
    ) async throws {
        try await Lab.with { lab in
            let service = try await Container(in: lab).middleSock(Self.server("ping-check false;"))
            try await lab.startRelayAgent()
            let capture = try await lab.capture("udp and src host 192.168.60.30 and dst host 192.168.50.2")
            let client = try await lab.remote.start(kind)
            #expect(try await client.lease().address == "192.168.60.30")
            #expect(try await client.renew().address == "192.168.60.30")
            #expect(try await capture.frames(atLeast: 1).allSatisfy { $0.contains(".68 > 192.168.50.2.67: ") })
            try await service.records(
                "SELECT DISTINCT message_type FROM packets WHERE relay_address = '192.168.60.1' ORDER BY id",
                [["DISCOVER"], ["OFFER"], ["REQUEST"], ["ACK"]])
            try await service.records("SELECT DISTINCT verdict FROM packets", [["forwarded"]])
            try await service.records(
                "SELECT address, client_mac, server_identifier FROM leases WHERE renewed_at > bound_at",
                [["192.168.60.30", lab.remote.hardwareAddress, "192.168.50.2"]])
        }
    }

    @Test func `an address that answers a ping through the port is not offered`() async throws {
        try await Lab.with { lab in
            let service = try await Container(in: lab).middleSock(Self.server("ping-timeout 1;", last: 31))
            try await lab.router.configure(
                "address add 192.168.60.30/24 dev eth1", "address add 192.168.60.31/24 dev eth1")
            try await lab.startRelayAgent()
            _ = try await lab.remote.start(.udhcpc)
            try await service.program.says("Abandoning IP address 192.168.60.3")
        }
    }

    @Test(arguments: [kea, dnsmasq])
    func `other servers serve clients behind a relay agent just so`(server: Server) async throws {
        try await Lab.with { lab in
            let service = try await Container(in: lab).middleSock(server)
            try await lab.startRelayAgent()
            let client = try await lab.remote.start(.udhcpc)
            #expect(try await client.lease().address == "192.168.60.30")
            #expect(try await client.renew().address == "192.168.60.30")
            try await service.records(
                "SELECT address, state FROM leases WHERE renewed_at > bound_at", [["192.168.60.30", "bound"]])
        }
    }

    @Test func `a client on the host's own LAN that has an address renews it through the port`() async throws {
        try await Lab.with { lab in
            let server = Server.dhcpd(range: "192.168.50.30 192.168.50.39", "ping-check false;")
            let (client, lease, service) = try await lab.moveIntoContainer(server, leaving: .udhcpc)
            let capture = try await lab.capture("host \(lease.address) and (udp port 67 or icmp)")
            #expect(try await client.renew().address == lease.address)
            let frames = try await capture.frames(atLeast: 2)
            #expect(frames[0].contains("\(lease.address).68 > 192.168.50.2.67: "), "\(frames)")
            // Nor does the container's kernel refuse what it has no use for itself.
            #expect(frames[1].contains("192.168.50.2.67 > \(lease.address).68: "), "\(frames)")
            // udhcpc sends by a second socket on port 68: what comes before it has closed that one it never reads, and
            // asks again, by broadcast.
            try await service.records(
                "SELECT DISTINCT message_type, verdict, client_address FROM packets ORDER BY id",
                [["REQUEST", "forwarded", lease.address], ["ACK", "forwarded", lease.address]])
            try await service.records("SELECT address, state FROM leases", [[lease.address, "bound"]])
        }
    }

    @Test func `a client on the host's own LAN that has an address rebinds it by broadcast`() async throws {
        try await Lab.with { lab in
            let (client, lease, service) = try await lab.moveIntoContainer(.impatient, leaving: .dhclient)
            try await lab.client1.loseUnicastToHost()
            let capture = try await lab.capture("udp dst port 67 and src host \(lease.address) and dst 255.255.255.255")
            try await capture.frames(atLeast: 1)
            // An answer to a renewal by unicast can have come before, not after.
            let before = try await client.program.says("DHCPACK of \(lease.address)")
            try await client.program.says("DHCPACK of \(lease.address)", times: before + 1)
            try await service.records(
                "SELECT DISTINCT verdict FROM packets WHERE message_type = 'ACK'", [["forwarded"]])
        }
    }

    @Test func `a broadcast reaches the server, and its reply is told to be undeliverable`() async throws {
        try await Lab.with { lab in
            let container = try await Container(in: lab)
            let service = try await container.middleSock(.impatient)
            _ = try await lab.client1.start(.udhcpc)
            try await service.program.says("DHCPOFFER", times: 2)
            try await service.records(
                "SELECT DISTINCT message_type, direction, verdict FROM packets ORDER BY id LIMIT 2",
                [["DISCOVER", "to-server", "forwarded"], ["OFFER", "to-client", "undeliverable"]])
            try await service.records(
                """
                SELECT count(*) FROM events
                WHERE kind = 'undeliverable' AND component = 'relay' AND detail LIKE '%--uplink lan%'
                """, [["1"]])
            #expect(try await service.program.says("'--uplink lan'") == 1)
            let status = try await container.machine.output("\(Project.binaries)/middle-sock", "status")
            #expect(status.contains("dropped-to-client-undeliverable"), "\(status)")
            #expect(try await lab.client1.addresses().isEmpty)
        }
    }

    @Test func `service goes on through the port when the relay is killed`() async throws {
        try await Lab.with { lab in
            let service = try await Container(in: lab).middleSock(Self.server("ping-check false;"))
            try await lab.startRelayAgent()
            let client = try await lab.remote.start(.udhcpc)
            try await client.lease()
            try await service.killAndAwaitSuccessor("relay")
            #expect(try await client.renew().address == "192.168.60.30")
        }
    }

    @Test func `a container that was connected anew is served by its new interface`() async throws {
        try await Lab.with { lab in
            let container = try await Container(in: lab)
            let service = try await container.middleSock(Self.server("ping-check false;"))
            try await container.reconnect(macAddress: "02:42:ac:11:00:04")
            try await service.records(
                "SELECT detail FROM events WHERE kind = 'interface-changed'",
                [["ens34 192.168.50.2/24 via 192.168.50.1"]])
            try await lab.startRelayAgent()
            #expect(try await lab.remote.start(.udhcpc).lease().address == "192.168.60.30")
            let link = try await service.inNamespace("ip", "-br", "link", "show", "ens34")
            #expect(link.contains("02:42:ac:11:00:04"), "\(link)")
        }
    }

    @Test func `of several networks the preferred one is served, and the others are refused by name`() async throws {
        try await Lab.with { lab in
            let container = try await Container(in: lab)
            try await lab.host.configure(
                "link add ens35 type veth peer name far35", "link set far35 up", "link set ens35 up",
                "address add 10.35.0.2/24 dev ens35", "route add default via 10.35.0.1 dev ens35 metric 500")
            let service = try await container.middleSock(RelayAgentTests.server)
            #expect(try await service.program.says("ens35 10.35.0.2/24 via 10.35.0.1 cannot be served") == 1)
            // What discovery says again is no news, nor is what the next one says.
            try await service.killAndAwaitSuccessor("discovery")
            try await service.records("SELECT count(*) FROM events WHERE kind = 'discovery-restarted'", [["1"]])
            try await service.records("SELECT count(*) FROM events WHERE kind = 'networks-refused'", [["1"]])
            let status = try await container.machine.output("\(Project.binaries)/middle-sock", "status")
            #expect(!status.contains("ens35"), "\(status)")
        }
    }

    @Test func `on the host itself the container's uplink is no use`() async throws {
        try await Lab.with { lab in
            let ending = try await lab.tryMiddleSock(.paper, "--uplink", "runtime")
            #expect(ending.status == StartTests.somethingMissing)
            #expect(ending.errors.contains("--uplink lan"), "\(ending.errors)")
        }
    }

    private static let dnsmasq = Server(
        name: "dnsmasq",
        files: [
            "/etc/dhcp/dnsmasq.conf": """
            port=0
            dhcp-authoritative
            no-ping
            dhcp-range=192.168.60.30,192.168.60.30,255.255.255.0,600
            dhcp-option=option:router,192.168.60.1

            """
        ], command: Server.dnsmasq().command)

    private static let kea = Server(
        name: "kea",
        files: Server.kea.files.mapValues { $0.replacing("192.168.50.", with: "192.168.60.") },
        command: Server.kea.command)

    /// A server for a network behind a relay agent, beside the host's own.
    private static func server(_ lines: String, last: Int = 30) -> Server {
        .dhcpd(
            """
            authoritative;
            option dhcp-renewal-time 2;
            option dhcp-rebinding-time 60;
            \(lines)
            subnet 192.168.50.0 netmask 255.255.255.0 {
            }
            subnet 192.168.60.0 netmask 255.255.255.0 {
                range 192.168.60.30 192.168.60.\(last);
                option routers 192.168.60.1;
            }

            """)
    }
}

extension Lab {
    /// Lets a client on the LAN have a lease of a server on the host itself, then moves the server into a container,
    /// with its leases: what an administrator does who begins to use containers.
    fileprivate func moveIntoContainer(
        _ server: Server, leaving kind: ClientProgram
    ) async throws -> (client: Client, lease: Client.Event, service: Service) {
        let before = try await serve(server, .direct)
        let client = try await client1.start(kind)
        let lease = try await client.lease()
        _ = try await before.program.stop()
        let container = try await Container(in: self)
        let leases = contents(of: host.path("/var/lib/dhcp/dhcpd.leases"))
        try container.machine.write(leases, to: "/var/lib/dhcp/dhcpd.leases")
        return (client, lease, try await container.middleSock(server))
    }
}
