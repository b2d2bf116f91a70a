import Foundation
import Testing

/// What a server sees of its host beside the first address and the gateway: each case bare and behind middle-sock.
@Suite struct HostViewTests {
    @Test(arguments: Arrangement.allCases)
    func `a client of the host's second address renews by unicast`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            try await lab.host.configure("address add 192.168.60.2/24 dev ens34")
            let service = try await lab.serve(.secondNetwork, arrangement)
            let client = try await lab.client1.start(.udhcpc)
            #expect(try await client.lease().address == "192.168.60.30")
            #expect(try await client.renew().address == "192.168.60.30")
            try await service.records("SELECT renewed_at > bound_at FROM leases", [["1"]])
        }
    }

    @Test(arguments: Arrangement.allCases)
    func `a server that names the host's second address serves`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            try await lab.host.configure("address add 192.168.60.2/24 dev ens34")
            _ = try await lab.serve(.keaOnSecondAddress, arrangement)
            let client = try await lab.client1.start(.udhcpc)
            #expect(try await client.lease().address == "192.168.60.30")
            #expect(try await client.renew().address == "192.168.60.30")
        }
    }

    @Test(arguments: Arrangement.allCases)
    func `what is for a relay agent behind a router of its own leaves to that router`(
        arrangement: Arrangement
    ) async throws {
        try await Lab.with { lab in
            try await lab.client2.configure("address add 192.168.50.254/24 dev eth0")
            try await lab.host.configure("route add 10.9.0.0/24 via 192.168.50.254")
            _ = try await lab.serve(.behindStaticRoute, arrangement)
            let capture = try await lab.capture("udp and src host 192.168.50.2 and dst host 10.9.0.1")
            try await lab.client2.relay(discoverFor: "10.9.0.1")
            let frame = try await capture.frames(atLeast: 1)[0]
            #expect(frame.contains("02:00:00:00:50:02 > \(lab.client2.hardwareAddress)"), "\(frame)")
        }
    }

    @Test func `routes and addresses that come and go reach the server without a restart`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let server = try await service.server()
            try await lab.host.configure(
                "address add 192.168.50.1/24 dev ens34 label ens34:vip", "address add 192.168.60.2/24 dev ens34",
                "route add 10.9.0.0/24 via 192.168.50.254", "route add 10.8.0.0/16 dev ens34 src 192.168.60.2",
                "route append default via 192.168.50.9", "address add 10.255.0.1/32 dev lo")
            try await service.seesAllOfTheHost()
            try await lab.host.configure(
                "address delete 192.168.60.2/24 dev ens34", "route delete 10.9.0.0/24",
                "route replace default via 192.168.50.8")
            try await service.seesAllOfTheHost()
            try await lab.client1.start(.udhcpc).lease()
            #expect(try await service.server() == server)
        }
    }

    @Test func `discovery sleeps while nothing changes, and a change reaches the server all the same`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let discovery = try await service.process("discovery")
            let client = try await lab.client1.start(.udhcpc)
            try await client.lease()
            let before = Self.switches(of: discovery)
            try await client.renew()
            #expect(Self.switches(of: discovery) == before)
            for number in 1...5 {
                try await lab.host.configure("address add 192.168.60.\(number)/24 dev ens34")
                try await service.seesAllOfTheHost()
            }
            // What was told is what the next netns-agent needs: it is told without being asked for.
            try await service.killAndAwaitSuccessor("netns-agent")
            try await service.seesAllOfTheHost()
            try await client.renew()
        }
    }

    /// How often a process went to sleep.
    private static func switches(of process: pid_t) -> String? {
        contents(of: "/proc/\(process)/status").split(separator: "\n").first {
            $0.hasPrefix("voluntary_ctxt_switches")
        }.map(String.init)
    }
}

extension Server {
    /// Two subnets on one wire, of which only the second has addresses to give.
    fileprivate static let secondNetwork = Server.dhcpd(
        """
        authoritative;
        ping-check false;
        shared-network lan {
            subnet 192.168.50.0 netmask 255.255.255.0 {
            }
            subnet 192.168.60.0 netmask 255.255.255.0 {
                range 192.168.60.30 192.168.60.30;
            }
        }

        """)

    fileprivate static let keaOnSecondAddress = Server(
        name: kea.name,
        files: [
            "/etc/kea/kea-dhcp4.conf": """
            { "Dhcp4": {
                "interfaces-config": { "interfaces": ["ens34/192.168.60.2"] },
                "lease-database": { "type": "memfile", "name": "/var/lib/kea/kea-leases4.csv" },
                "valid-lifetime": 600, "authoritative": true,
                "subnet4": [
                    {
                        "subnet": "192.168.60.0/24", "interface": "ens34",
                        "pools": [ { "pool": "192.168.60.30 - 192.168.60.30" } ]
                    }
                ]
            } }

            """
        ], command: kea.command)

    fileprivate static let behindStaticRoute = Server.dhcpd(
        """
        authoritative;
        ping-check false;
        subnet 192.168.50.0 netmask 255.255.255.0 {
        }
        subnet 10.9.0.0 netmask 255.255.255.0 {
            range 10.9.0.30 10.9.0.39;
        }

        """)
}

extension Machine {
    /// Sends what a relay agent with this address makes of a client's DHCPDISCOVER to the host.
    func relay(discoverFor agent: String) async throws {
        try await output(
            "python3", "-c",
            """
            import socket, sys
            agent = socket.inet_aton(sys.argv[1])
            message = bytes([1, 1, 6, 1]) + bytes.fromhex("12345678") + bytes(16) + agent
            message += bytes.fromhex("020000009901") + bytes(10 + 192) + bytes([99, 130, 83, 99, 53, 1, 1, 255])
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sender.bind(("192.168.50.254", 67))
            sender.sendto(message, ("192.168.50.2", 67))
            """, agent)
    }
}

extension Service {
    /// Waits until ip(8) tells the same in the server's namespace as on the host, of the interface and the main table.
    func seesAllOfTheHost(of interface: String = "ens34") async throws {
        var (there, here) = ("", "")
        try await wait(for: "the host in the server's namespace", evidence: { "\(there)\n\(here)\n\(program.text)" }) {
            there = try await host.output("sh", "-c", Self.view(of: interface))
            here = try await inNamespace("sh", "-c", Self.view(of: interface))
                .trimmingCharacters(in: .whitespacesAndNewlines)
            return there == here
        }
    }

    private static func view(of interface: String) -> String {
        "ip -4 address show dev \(interface) | grep -v -e mtu -e valid_lft; ip -4 route show dev \(interface)"
    }
}
