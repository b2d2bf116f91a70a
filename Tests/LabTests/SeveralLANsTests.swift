import Testing

/// One server for several LANs, and nothing that passes from one to the other.
@Suite struct SeveralLANsTests {
    @Test(arguments: ["dhcpd", "kea"], SecondLAN.allCases)
    func `clients on both LANs get addresses of their own LAN`(server: String, second: SecondLAN) async throws {
        try await Lab.with { lab in
            try await lab.add(second)
            let service = try await lab.middleSock(
                Self.server(server, second), "--interface", "ens34", "--interface", second.interface)
            let onFirst = try await lab.capture("udp and not vlan")
            let onSecond = try await lab.capture("udp", on: "br1")
            let guest = try await lab.client2.start(.udhcpc)
            #expect(try await guest.lease().address.hasPrefix("192.168.51."))
            let client = try await lab.client1.start(.udhcpc)
            #expect(try await client.lease().address.hasPrefix("192.168.50."))
            if server == "dhcpd" { try await client.renew() }
            try await service.records(
                "SELECT client_mac, interface, server_identifier FROM leases ORDER BY id",
                [
                    [lab.client2.hardwareAddress, second.interface, "192.168.51.2"],
                    [lab.client1.hardwareAddress, "ens34", "192.168.50.2"],
                ])
            try await service.records(
                "SELECT DISTINCT interface, client_mac FROM packets WHERE verdict = 'forwarded' ORDER BY id",
                [[second.interface, lab.client2.hardwareAddress], ["ens34", lab.client1.hardwareAddress]])
            // A tagged frame comes by the parent as well, where it is not taken for one of the parent's network.
            try await service.records(
                "SELECT DISTINCT interface, client_mac, verdict FROM packets WHERE verdict != 'forwarded'",
                second == .vlan ? [["ens34", lab.client2.hardwareAddress, "vlan"]] : [])
            try await onFirst.shows("192.168.50.", never: "192.168.51.", lab.client2)
            try await onSecond.shows("192.168.51.", never: "192.168.50.", lab.client1)
        }
    }

    /// dhcpd hears on an interface whatever comes to it, as on a bare host; and answers there.
    @Test(arguments: SecondLAN.allCases)
    func `what is sent to the host's address on another LAN is answered, and not seen on the other`(
        second: SecondLAN
    ) async throws {
        try await Lab.with { lab in
            try await lab.add(second)
            let service = try await lab.middleSock(
                Self.server("dhcpd", second), "--interface", "ens34", "--interface", second.interface)
            let answers = try await lab.capture("udp and dst host 192.168.50.5")
            let onSecond = try await lab.capture("not ip6", on: "br1")
            try await lab.client1.configure(
                "address add 192.168.50.5/24 dev eth0", "route add 192.168.51.0/24 via 192.168.50.2")
            // As relay agents ask; the answer goes to the agent's address.
            try await lab.client1.ask("192.168.51.2")
            try await lab.client1.ask("192.168.50.2")
            try await answers.frames(atLeast: 2)
            try await service.records(
                "SELECT interface, verdict, message_type, count(*) FROM packets GROUP BY 1, 2, 3 ORDER BY 3",
                [["ens34", "forwarded", "DISCOVER", "2"], ["ens34", "forwarded", "OFFER", "2"]])
            // This shows that the capture is at work, and what was in it before.
            #expect(try await lab.client2.start(.udhcpc).lease().address.hasPrefix("192.168.51."))
            let seen = try await onSecond.frames(atLeast: 4)
            let strangers = seen.filter { $0.contains("192.168.50.") || $0.contains(lab.client1.hardwareAddress) }
            #expect(strangers.isEmpty)
        }
    }

    @Test func `a LAN that goes leaves the other one served, and is served when it is back`() async throws {
        try await Lab.with { lab in
            try await lab.add(.port)
            let service = try await lab.middleSock(
                Self.server("dhcpd", .port), "--interface", "ens34", "--interface", "ens35")
            let guest = try await lab.client2.start(.udhcpc)
            let lease = try await guest.lease()
            let (one, both) = ("ens34 192.168.50.2/24 via 192.168.50.1", "ens35 192.168.51.2/24")
            try await lab.removePort()
            try await service.records("SELECT detail FROM events WHERE kind = 'networks-changed'", [[one]])
            let client = try await lab.client1.start(.udhcpc)
            try await client.lease()
            try await lab.returnPort()
            try await service.records(
                "SELECT detail FROM events WHERE kind = 'networks-changed'", [[one], ["\(one), \(both)"]])
            #expect(try await guest.renew().address == lease.address)
            try await client.renew()
        }
    }

    /// A server for both LANs, as its own manual says.
    private static func server(_ name: String, _ second: SecondLAN) -> Server {
        name == "kea" ? kea(second) : dhcpd
    }

    private static let dhcpd = Server.dhcpd(
        """
        authoritative;
        option dhcp-renewal-time 60;
        ping-check false;
        subnet 192.168.50.0 netmask 255.255.255.0 {
            range 192.168.50.30 192.168.50.39;
            option routers 192.168.50.1;
        }
        subnet 192.168.51.0 netmask 255.255.255.0 {
            range 192.168.51.30 192.168.51.39;
        }

        """)

    private static func kea(_ second: SecondLAN) -> Server {
        var server = Server.kea
        server.files = server.files.mapValues { text in
            text.replacing("[\"ens34\"]", with: "[\"ens34\", \"\(second.interface)\"]").replacing(
                "\"subnet4\": [ {",
                with: """
                    "subnet4": [ {
                        "subnet": "192.168.51.0/24", "pools": [ { "pool": "192.168.51.30 - 192.168.51.39" } ]
                    }, {
                    """)
        }
        return server
    }
}

extension Capture {
    /// Waits until it shows a frame with this text, and checks that none has the other text, or is a machine's.
    fileprivate func shows(_ text: String, never other: String, _ machine: Machine) async throws {
        let frames = try await eventually("\(text) in: \(program.title)", evidence: { program.text }) {
            lines.contains { $0.contains(text) } ? lines : nil
        }
        let strangers = frames.filter { $0.contains(other) || $0.contains(machine.hardwareAddress) }
        #expect(strangers.isEmpty)
    }
}

extension Machine {
    /// Sends one DISCOVER to this address as a relay agent does, and does not wait for the answer.
    fileprivate func ask(_ server: String) async throws {
        let ending = try await run("perfdhcp", "-4", "-l", "eth0", "-n", "1", "-r", "1", "-i", server)
        try #require(ending.output.contains("sent packets: 1"), "\(ending.output)")
    }
}
