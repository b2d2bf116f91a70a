import Foundation
import Glibc
import Testing

/// What docs/operations.md says about the host that middle-sock is on: firewalls, other servers, backups.
@Suite struct OperationsTests {
    @Test(arguments: ["iptables", "nftables"])
    func `a firewall that lets nothing in or out does not see DHCP`(firewall: String) async throws {
        try await Lab.with { lab in
            try await lab.host.output("ping", "-c1", "-W2", "192.168.50.1")
            switch firewall {
            case "iptables":
                for chain in ["INPUT", "OUTPUT"] {
                    try await lab.host.output("iptables", "--wait", "--policy", chain, "DROP")
                }
            default:
                try await lab.host.firewall("table inet filter")
                for hook in ["input", "output"] {
                    try await lab.host.firewall(
                        "chain inet filter \(hook) { type filter hook \(hook) priority 0; policy drop; }")
                }
            }
            #expect(try await lab.host.run("ping", "-c1", "-W1", "192.168.50.1").status != 0)
            let service = try await lab.middleSock(.impatient)
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            #expect(try await client.renew().address == lease.address)
            try await service.records("SELECT DISTINCT verdict FROM packets", [["forwarded"]])
        }
    }

    @Test func `a rule at the ingress of the interface comes too late to keep DHCP away`() async throws {
        try await Lab.with { lab in
            try await lab.host.firewall("table netdev guard")
            try await lab.host.firewall("chain netdev guard in { type filter hook ingress device ens34 priority 0; }")
            try await lab.host.firewall("rule netdev guard in udp dport 67 counter drop")
            _ = try await lab.middleSock(.impatient)
            try await lab.client1.start(.udhcpc).lease()
            let rules = try await lab.host.output("nft", "list", "chain", "netdev", "guard", "in")
            #expect(!rules.contains("counter packets 0 "), "\(rules)")
        }
    }

    @Test func `a rule at the egress of the interface keeps replies back, which is recorded`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            try await lab.host.firewall("table netdev guard")
            try await lab.host.firewall("chain netdev guard out { type filter hook egress device ens34 priority 0; }")
            try await lab.host.firewall("rule netdev guard out udp sport 67 drop")
            let client = try await lab.client1.start(.udhcpc)
            try await client.program.says("broadcasting discover", times: 2)
            try await service.records(
                "SELECT DISTINCT message_type, verdict FROM packets ORDER BY id LIMIT 2",
                [["DISCOVER", "forwarded"], ["OFFER", "send-failed"]])
            try await lab.host.output("nft", "delete", "table", "netdev", "guard")
            try await client.lease()
        }
    }

    @Test func `systemd-networkd that serves DHCP on the interface is named as what holds the port`() async throws {
        try await Lab.with { lab in
            let networkd = try await lab.startNetworkd(
                "Address=192.168.50.2/24", "Gateway=192.168.50.1", "DHCPServer=yes")
            try await lab.host.waitForDHCPSocket(of: networkd)
            let ending = try await lab.tryMiddleSock(.paper)
            #expect(ending.status == StartTests.somethingMissing)
            #expect(ending.errors.contains("UDP port 67 on ens34 is taken by "), "\(ending.errors)")
            #expect(ending.errors.contains("systemd-network (process \(try networkd.running))"), "\(ending.errors)")
        }
    }

    @Test func `systemd-networkd that has the host's address from a DHCP server does not matter`() async throws {
        try await Lab.with { lab in
            let provider = HostChangeTests.provider
            try provider.prepare(on: lab.router)
            _ = try await lab.start(.router, provider.command)
            _ = try await lab.startNetworkd("DHCP=ipv4")
            try await wait(for: "the host to have an address") {
                try await lab.host.output("ip", "route").contains("default via 192.168.50.1 dev ens34")
            }
            #expect(try await lab.host.addresses() == ["192.168.50.90"])
            let service = try await lab.middleSock(.impatient)
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            #expect(try await client.renew().address == lease.address)
            try await service.records("SELECT server_identifier FROM leases", [["192.168.50.90"]])
        }
    }

    @Test func `dnsmasq as libvirt starts it for its own bridge does not matter`() async throws {
        try await Lab.with { lab in
            try await lab.host.configure(
                "link add virbr0 type bridge", "address add 192.168.122.1/24 dev virbr0", "link set virbr0 up")
            try lab.host.write(
                """
                strict-order
                except-interface=lo
                bind-dynamic
                interface=virbr0
                dhcp-range=192.168.122.2,192.168.122.254,255.255.255.0
                dhcp-no-override
                dhcp-authoritative

                """, to: "/etc/dhcp/default.conf")
            let other = try await lab.host.start("dnsmasq", "-k", "--conf-file=/etc/dhcp/default.conf")
            try await lab.host.waitForDHCPSocket(of: other)
            let service = try await lab.middleSock(.impatient)
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            #expect(lease.address.hasPrefix("192.168.50."))
            #expect(try await client.renew().address == lease.address)
            try await service.records("SELECT count(*) FROM events WHERE kind = 'foreign-server'", [["0"]])
        }
    }

    @Test func `a DNS and a web server on the host's address serve those who have a lease`() async throws {
        try await Lab.with { lab in
            try lab.host.write(
                "no-resolv\nno-hosts\ninterface=ens34\nbind-dynamic\naddress=/pi.hole/192.168.50.2\n",
                to: "/etc/dhcp/dns.conf")
            _ = try await lab.host.start("dnsmasq", "-k", "--conf-file=/etc/dhcp/dns.conf", "--log-facility=-")
            try await lab.host.start("python3", "-um", "http.server", "80", "--bind", "192.168.50.2", "-d", "/run")
                .says("Serving HTTP on 192.168.50.2 port 80")
            let service = try await lab.middleSock(
                .dhcpd("option domain-name-servers 192.168.50.2;", "option dhcp-renewal-time 2;", "ping-check false;"))
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            for _ in 1...2 {
                let page = try await lab.client1.output(
                    "python3", "-c",
                    "import urllib.request; print(urllib.request.urlopen('http://pi.hole/', timeout=5).read().decode())"
                )
                #expect(page.contains("middle-sock/"), "\(page)")
                #expect(try await client.renew().address == lease.address)
            }
            try await service.records("SELECT DISTINCT verdict FROM packets", [["forwarded"]])
        }
    }

    @Test func `while packets come another of the group reads the database, and a backup is complete`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(
                .dhcpd(range: "192.168.50.100 192.168.50.250", "ping-check false;"))
            try await lab.client1.configure("address add 192.168.50.5/24 dev eth0")
            _ = try await lab.client1.start(
                "perfdhcp", "-4", "-B", "-l", "eth0", "-r", "40", "-R", "100", "-p", "20", "255.255.255.255")
            try await service.isBusy()
            let copy = lab.host.path("/var/lib/copy.sqlite")
            let database = try #require(service.recording).path
            try await lab.query(database, "VACUUM INTO '\(copy)'")
            #expect(try await lab.query(copy, "PRAGMA integrity_check") == "ok")
            let saved = try #require(Int(try await lab.query(copy, "SELECT count(*) FROM packets")))
            #expect(saved >= 100)
            try await service.isBusy()
            let seen = try await lab.query(
                "-readonly", database, "SELECT count(*) FROM packets",
                by: ["setpriv", "--reuid=65534", "--regid=60767", "--clear-groups"])
            #expect(try #require(Int(seen)) > saved)
        }
    }
}

extension Service {
    /// Waits until a hundred packets more are stored than at first.
    fileprivate func isBusy() async throws {
        func count() async throws -> Int {
            try await recording?.rows("SELECT count(*) FROM packets").first?.first.flatMap(Int.init) ?? 0
        }
        let first = try await count()
        try await wait(for: "packets to be stored", evidence: { program.text }) { try await count() >= first + 100 }
    }
}

extension Lab {
    /// Asks a database as the manual says.
    @discardableResult
    fileprivate func query(_ arguments: String..., by command: [String] = []) async throws -> String {
        let ending = try await startOutside(command + ["sqlite3"] + arguments).ended()
        try #require(ending.status == 0, "sqlite3 \(arguments): \(ending.errors)")
        return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts systemd-networkd on the host, which has no address then but that of these lines of configuration.
    ///
    /// It sees no udev, as in a container, for it would wait for what udev says of the interface.
    fileprivate func startNetworkd(_ lines: String...) async throws -> Program {
        try await host.configure("address flush dev ens34")
        try FileManager.default.createDirectory(
            atPath: host.path("/run/systemd/network"), withIntermediateDirectories: true)
        let text = (["[Match]", "Name=ens34", "[Network]", "LinkLocalAddressing=no"] + lines).joined(separator: "\n")
        try host.write(text + "\n", to: "/run/systemd/network/10-ens34.network")
        let program = try await host.start(
            "sh", "-c", "mount -t sysfs -o ro sysfs /sys; exec /lib/systemd/systemd-networkd")
        try await program.says("Enumeration completed")
        return program
    }
}

extension Machine {
    /// Adds something to the rules of nftables.
    func firewall(_ addition: String) async throws {
        try await output("nft", "add \(addition)")
    }
}
