import Testing

/// What happens when the host's address, its gateway or its interface changes while it is served.
@Suite struct HostChangeTests {
    @Test func `the host gets another address from a DHCP server, and the namespace has it too`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            try Self.provider.prepare(on: lab.router)
            let provider = try await lab.start(.router, Self.provider.command)
            try await lab.router.waitForDHCPSocket(of: provider)
            _ = try await lab.host.start("udhcpc", "-f", "-i", "ens34", "-s", "/etc/dhcp/udhcpc-hook")
            try await service.sees("192.168.50.90/24", via: "192.168.50.1")
            try await lab.client1.start(.udhcpc).lease()
            try await service.records("SELECT server_identifier FROM leases", [["192.168.50.90"]])
            try await service.records(
                "SELECT detail FROM events WHERE kind = 'networks-changed'",
                [["ens34 192.168.50.90/24 via 192.168.50.1"]])
        }
    }

    @Test func `the host's gateway changes, and the namespace has the new one`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            try await lab.router.configure("address add 192.168.50.254/24 dev eth0")
            try await lab.host.configure("route replace default via 192.168.50.254 dev ens34")
            try await service.sees("192.168.50.2/24", via: "192.168.50.254")
            #expect(try await client.renew().address == lease.address)
            try await service.records(
                "SELECT detail FROM events WHERE kind = 'networks-changed'",
                [["ens34 192.168.50.2/24 via 192.168.50.254"]])
        }
    }

    @Test func `a link that was down carries again when it is up, with the same server`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let server = try await service.server()
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            try await lab.host.configure("link set ens34 down")
            try await service.records(
                "SELECT component, detail FROM events WHERE kind = 'link-down'",
                [["relay", "ens34 is down or gone; nothing comes from it"]])
            try await lab.host.configure("link set ens34 up", "route add default via 192.168.50.1")
            #expect(try await client.renew().address == lease.address)
            try await service.records("SELECT component FROM events WHERE kind = 'link-up'", [["relay"]])
            #expect(try await service.server() == server)
        }
    }

    @Test(arguments: InterfaceChange.allCases)
    func `an interface that is another under the same name is served`(change: InterfaceChange) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            try await lab.make(change, beside: service)
            // Told once: what came of it is what there is.
            try await service.records(
                "SELECT detail FROM events WHERE kind = 'interface-changed'",
                [["ens34 192.168.50.2/24 via 192.168.50.1"]])
            #expect(try await client.renew().address == lease.address)
            try await lab.client2.start(.udhcpc).lease()
            let link = try await service.inNamespace("ip", "-br", "link", "show", "ens34")
            #expect(link.contains(change == .anotherMACAddress ? "02:00:00:00:50:99" : "02:00:00:00:50:02"), "\(link)")
            try await service.records("SELECT count(*) FROM events WHERE kind = 'interface-changed'", [["1"]])
        }
    }

    @Test func `another network that cannot be served leaves the server alone`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let server = try await service.server()
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            // As a VPN does.
            try await lab.host.configure(
                "tuntap add tun0 mode tun", "address add 10.8.0.2/24 dev tun0", "link set tun0 up",
                "route add default via 10.8.0.1 dev tun0 metric 50")
            try await service.records(
                "SELECT detail FROM events WHERE kind = 'networks-refused'",
                [["tun0 10.8.0.2/24 via 10.8.0.1 cannot be served: tun0 is not an Ethernet interface; choose another"]])
            #expect(try await client.renew().address == lease.address)
            try await lab.client2.start(.dhclient).lease()
            #expect(try await service.server() == server)
            try await service.records("SELECT count(*) FROM events WHERE kind = 'networks-refused'", [["1"]])
        }
    }

    @Test func `while somebody else has the port on an interface that is back, that is told once`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let holder = try await lab.holdPortWhileAway(beside: service)
            let said = "UDP port 67 on ens34 is taken by"
            try await service.program.says(said)
            // Meanwhile discovery tells of the networks twice a second.
            try await lab.client1.start(.udhcpc).program.says("broadcasting discover", times: 3)
            #expect(try await service.program.says(said) == 1)
            #expect(try await holder.stop().status != 0)
            try await lab.client2.start(.udhcpc).lease()
            try await service.records("SELECT count(*) FROM events WHERE kind = 'surroundings-failed'", [["1"]])
        }
    }

    /// What gives the host, and nobody else, an address.
    static let provider = Server(
        name: "dnsmasq",
        files: [
            "/etc/dhcp/dnsmasq.conf": """
            port=0
            dhcp-range=192.168.50.0,static
            dhcp-host=02:00:00:00:50:02,192.168.50.90
            dhcp-option=option:router,192.168.50.1

            """
        ],
        command: Server.dnsmasq().command)
}

/// How an interface becomes another one that routes and addresses do not tell from the old.
enum InterfaceChange: CaseIterable {
    /// Removed and made anew, as by a driver that is loaded again.
    case madeAnew
    /// In another namespace for a moment: it comes back with its old number.
    case movedAwayAndBack
    /// The same, with another MAC address.
    case anotherMACAddress
}

extension Lab {
    fileprivate func make(_ change: InterfaceChange, beside service: Service) async throws {
        switch change {
        case .madeAnew:
            try await host.configure("link delete ens34")
            try await makeInterface(beside: service)
        case .movedAwayAndBack:
            let keeper = try await remote.keepNamespace()
            try await host.configure("link set ens34 netns \(keeper.running)")
            try await remote.configure("link set ens34 netns \(service.program.running)")
        case .anotherMACAddress:
            return try await host.configure("link set ens34 address 02:00:00:00:50:99")
        }
        try await configureInterface()
    }

    /// Removes the host's interface and makes it anew; before it has an address, another program takes UDP port 67 on it.
    fileprivate func holdPortWhileAway(beside service: Service) async throws -> Program {
        try await host.configure("link delete ens34")
        try await makeInterface(beside: service)
        let holder = try await host.start(
            "python3", "-c",
            """
            import signal, socket
            holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"ens34")
            holder.bind(("", 67))
            print("holds port 67", flush=True)
            signal.pause()
            """)
        try await holder.says("holds port 67")
        try await configureInterface()
        return holder
    }

    private func makeInterface(beside service: Service) async throws {
        try await lan.configure(
            "link add host type veth peer name ens34 address 02:00:00:00:50:02 netns \(service.program.running)",
            "link set host up master br0")
    }

    private func configureInterface() async throws {
        try await host.configure(
            "link set ens34 up", "address add 192.168.50.2/24 dev ens34", "route add default via 192.168.50.1")
    }
}

extension Service {
    /// Runs a program in the server's namespace and gives what it printed.
    func inNamespace(_ command: String...) async throws -> String {
        let server = "\(try await server())"
        let command = ["nsenter", "-t", server, "-n"] + command
        return try await host.lab.start(host.role, command).ended().output
    }

    /// Waits until the server's namespace has this address, and this gateway.
    fileprivate func sees(_ address: String, via gateway: String) async throws {
        try await wait(for: "\(address) via \(gateway) in the server's namespace", evidence: { program.text }) {
            let addresses = try await inNamespace("ip", "-br", "address", "show", "ens34")
            let routes = try await inNamespace("ip", "route")
            return addresses.contains(" \(address) ") && routes.contains("default via \(gateway) dev ens34")
        }
    }
}
