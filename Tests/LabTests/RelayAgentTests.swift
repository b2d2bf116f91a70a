import Packet
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

    @Test(arguments: [Server.behindAgents, .keaBehindAgents, .dnsmasqBehindAgents], [true, false])
    func `what an agent adds is carried untouched, and answers find the agent`(
        server: Server, isOnTheLAN: Bool
    ) async throws {
        try await Lab.watched(server) { lab, wire in
            let agent = isOnTheLAN ? "192.168.60.1" : "192.168.70.1"
            let client = try await isOnTheLAN ? lab.remote : lab.moveClientBehindRemote()
            try await (isOnTheLAN ? lab.router : lab.remote).startRelayAgent("-a")
            let program = try await client.start(.udhcpc)
            let lease = try await program.lease()
            #expect(lease.address == agent + "0")
            #expect(try await program.renew().address == lease.address)
            _ = try await program.program.stop()
            try await wire.service.records(
                """
                SELECT message_type, count(*) > 0 FROM packets WHERE relay_address = '\(agent)' AND verdict = 'forwarded'
                GROUP BY message_type ORDER BY message_type
                """, [["ACK", "1"], ["DISCOVER", "1"], ["OFFER", "1"], ["REQUEST", "1"]])
            // Option 82 with the circuit (RFC 3046): where the client is. A server gives it back.
            let information: [UInt8] = [82, 6, 1, 4] + Array("eth1".utf8)
            for message in try wire.messages() where message.message == .discover || message.message == .offer {
                #expect(message.bytes.firstRange(of: information) != nil, "\(message)")
            }
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

extension Server {
    /// Servers for two networks they are not on: behind the router, and behind the machine there.
    fileprivate static var behindAgents: Server {
        .dhcpd(
            """
            authoritative;
            ping-check false;
            subnet 192.168.50.0 netmask 255.255.255.0 {
            }
            subnet 192.168.60.0 netmask 255.255.255.0 {
                range 192.168.60.10 192.168.60.10;
            }
            subnet 192.168.70.0 netmask 255.255.255.0 {
                range 192.168.70.10 192.168.70.10;
            }

            """)
    }

    fileprivate static var keaBehindAgents: Server {
        let subnets = ["192.168.60.", "192.168.70."].map {
            """
            { "subnet": "\($0)0/24", "pools": [ { "pool": "\($0)10 - \($0)10" } ] }
            """
        }
        return Server(
            name: kea.name,
            files: [
                "/etc/kea/kea-dhcp4.conf": """
                { "Dhcp4": {
                    "interfaces-config": { "interfaces": ["ens34"] },
                    "lease-database": { "type": "memfile", "name": "/var/lib/kea/kea-leases4.csv" },
                    "valid-lifetime": 600, "authoritative": true, "subnet4": [ \(subnets.joined(separator: ", ")) ]
                } }

                """
            ], command: kea.command)
    }

    fileprivate static var dnsmasqBehindAgents: Server {
        var server = dnsmasq()
        let ranges = ["192.168.60.10", "192.168.70.10"].map { "dhcp-range=\($0),\($0),255.255.255.0,600\n" }
        server.files = server.files.mapValues { _ in "port=0\nno-ping\ndhcp-authoritative\n" + ranges.joined() }
        return server
    }
}

extension Machine {
    /// Starts a relay agent for what is behind its interface eth1.
    func startRelayAgent(_ options: String...) async throws {
        let command = ["dhcrelay", "-4", "-d"] + options + ["-id", "eth1", "-iu", "eth0", "192.168.50.2"]
        try await lab.start(role, command).says("Sending on   Socket/")
    }
}

extension Lab {
    /// Starts a relay agent on the router, for the network of the remote machine.
    func startRelayAgent() async throws {
        try await router.startRelayAgent()
    }

    /// Takes client2 from the LAN to a network behind the remote machine, which the router knows the way to.
    fileprivate func moveClientBehindRemote() async throws -> Machine {
        let keeper = try await client2.keepNamespace()
        try await client2.configure("link delete eth0")
        try await remote.configure(
            "address add 192.168.60.2/24 dev eth0", "route add default via 192.168.60.1",
            "link add eth1 type veth peer name eth0 netns \(try keeper.running)", "link set eth1 up",
            "address add 192.168.70.1/24 dev eth1")
        try await remote.output("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        try await router.configure("route add 192.168.70.0/24 via 192.168.60.2")
        try await client2.configure("link set eth0 up")
        return client2
    }
}
