import Foundation
import Testing

/// `middle-sock doctor` on real hosts, and that what it says comes true.
@Suite struct DoctorTests {
    @Test func `on a host where all is well nothing is in the way, and a start succeeds`() async throws {
        try await Lab.with { lab in
            try Server.impatient.prepare(on: lab.host)
            let report = try await lab.host.doctor("--wait", "1", "--", "dhcpd", "-f")
            #expect(report.status == 0, "\(report)")
            #expect(Set(report.findings.map(\.state)) == ["ok"], "\(report)")
            #expect(report.text(of: "network").contains("by the default route through 192.168.50.1 (metric 0)"))
            #expect(report.text(of: "server") == "/usr/sbin/dhcpd")
            _ = try await lab.middleSock(.impatient)
            let whileItRuns = try await lab.host.doctor("--no-probe")
            #expect(whileItRuns.status == StartTests.somethingMissing)
            #expect(whileItRuns.text(of: "UDP port 67").contains("taken by netns-agent (process"), "\(whileItRuns)")
        }
    }

    @Test func `who holds the port is named`() async throws {
        try await Lab.with { lab in
            let server = Server.dnsmasq()
            try server.prepare(on: lab.host)
            let dnsmasq = try await lab.start(.host, server.command)
            try await lab.host.waitForDHCPSocket(of: dnsmasq)
            let report = try await lab.host.doctor("--no-probe")
            #expect(report.status == StartTests.somethingMissing)
            #expect(report.state(of: "UDP port 67") == "problem")
            #expect(report.text(of: "UDP port 67").contains("dnsmasq (process \(try dnsmasq.running))"), "\(report)")
            let contained = try await lab.host.doctor(
                as: ["unshare", "--pid", "--fork", "--mount-proc", "\(Project.binaries)/middle-sock"], "doctor",
                "--json",
                "--no-probe")
            #expect(contained.text(of: "UDP port 67").contains("ss -ulpn \"sport = :67\" names it"), "\(contained)")
        }
    }

    @Test(arguments: [Server.dhcpd(range: "192.168.50.200 192.168.50.209"), .dnsmasq(), .kea], [true, false])
    func `another DHCP server is found by its address, and gives no lease`(server: Server, asks: Bool) async throws {
        try await Lab.with { lab in
            var server = server
            server.files = server.files.mapValues { $0.replacing("\"ens34\"", with: "\"eth0\"") }
            try server.prepare(on: lab.router)
            let other = try await lab.start(.router, server.command)
            try await lab.router.waitForDHCPSocket(of: other)
            let capture = try await lab.capture("udp port 67 or udp port 68", "-v")
            let report = try await lab.host.doctor(asks ? "--wait=4" : "--no-probe")
            #expect(report.status == 0, "\(report)")
            #expect(report.state(of: "other servers") == (asks ? "warning" : "unchecked"), "\(report)")
            guard asks else {
                #expect(!capture.program.text.contains("BOOTP/DHCP"), "\(capture.program.text)")
                return
            }
            #expect(report.text(of: "other servers").contains("192.168.50.1 (02:00:00:00:50:01)"), "\(report)")
            try await capture.program.says("Offer")
            #expect(capture.program.text.contains("middle-sock-doctor"))
            #expect(!capture.program.text.contains("Message (53), length 1: Request"))
        }
    }

    @Test func `without privileges it says which are missing, and looks at what it can`() async throws {
        try await Lab.with { lab in
            let program = try lab.host.copyProgram("middle-sock")
            let report = try await lab.host.doctor(
                as: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program], "doctor", "--json")
            #expect(report.status == StartTests.somethingMissing)
            #expect(report.text(of: "privileges").contains("NET_ADMIN, NET_RAW, SYS_ADMIN are missing"), "\(report)")
            #expect(report.state(of: "network") == "ok")
            for subject in ["namespaces", "UDP port 67", "firewall", "other servers"] {
                #expect(report.state(of: subject) == "unchecked", "\(report)")
            }
        }
    }

    @Test func `a host without a network is told what is missing`() async throws {
        try await Lab.with { lab in
            try await lab.host.output("ip", "route", "delete", "default")
            let report = try await lab.host.doctor("--no-probe")
            #expect(report.status == StartTests.somethingMissing)
            #expect(report.state(of: "network") == "problem")
            #expect(report.text(of: "network").contains("no interface has a default route"), "\(report)")
            #expect(report.text(of: "network").contains("ens34"), "\(report)")
            let named = try await lab.host.doctor("--no-probe", "--interface", "ens34")
            #expect(named.status == 0, "\(named)")
        }
    }

    @Test(arguments: ["ens34", "br0"])
    func `a rule for a device matters where it stands in the way, and there it does`(device: String) async throws {
        try await Lab.with { lab in
            if device == "br0" { try await lab.host.putIntoBridge() }
            let (table, hook) = device == "br0" ? ("bridge guard", "input") : ("netdev guard", "egress")
            let match = device == "br0" ? "udp dport 67" : "udp sport 67"
            // Behind the packet socket, or not on its way: no finding.
            try await lab.host.firewall("table inet filter")
            for hook in ["input", "output"] {
                try await lab.host.firewall(
                    "chain inet filter \(hook) { type filter hook \(hook) priority 0; policy drop; }")
            }
            try await lab.host.firewall("table netdev front")
            try await lab.host.firewall(
                "chain netdev front in { type filter hook ingress device ens34 priority 0; policy accept; }")
            #expect(try await lab.host.doctor("--no-probe").state(of: "firewall") == "ok")
            try await lab.host.firewall("table \(table)")
            let place = device == "br0" ? "" : "device \(device) "
            try await lab.host.firewall("chain \(table) way { type filter hook \(hook) \(place)priority 0; }")
            try await lab.host.firewall("rule \(table) way \(match) drop")
            let report = try await lab.host.doctor("--no-probe")
            #expect(report.status == StartTests.somethingMissing)
            #expect(report.text(of: "firewall").contains("of chain \(table) way drops DHCP "), "\(report)")
            #expect(report.text(of: "firewall").hasSuffix(" on \(device)"), "\(report)")
            // And so it is.
            let service = try await lab.middleSock(.impatient)
            let client = try await lab.client1.start(.udhcpc)
            try await client.program.says("broadcasting discover", times: 2)
            #expect(!client.program.text.contains("lease of"))
            try await lab.host.output("nft", "delete", "table", "\(table.split(separator: " ")[0])", "guard")
            try await client.lease()
            withExtendedLifetime(service) {}
        }
    }
}

/// What `middle-sock doctor` says of a server's configuration and of what a server would not see.
@Suite struct DoctorConfigurationTests {
    @Test(arguments: [Server.impatient, .dnsmasq(), .kea])
    func `a server checks its configuration, is found to serve the LAN, and no file of it changes`(
        server: Server
    ) async throws {
        try await Lab.with { lab in
            try server.prepare(on: lab.host)
            for lease in ["dhcp/dhcpd.leases", "misc/dnsmasq.leases", "kea/kea-leases4.csv"] {
                try lab.host.write("# as it was\n", to: "/var/lib/\(lease)")
            }
            let places = ["/var/lib", "/etc/dhcp", "/etc/kea", "/run"]
            let files = ["find"] + places + ["-type", "f", "-printf", "%p %s %T@\\n"]
            let before = try await lab.start(.host, files).ended().output
            let report = try await lab.host.doctor(["--no-probe", "--"] + server.command)
            #expect(report.status == 0, "\(report)")
            #expect(report.findings.filter { $0.subject == "configuration" }.map(\.state) == ["ok", "ok"], "\(report)")
            #expect(report.text(of: "configuration").contains(" on ens34"), "\(report)")
            #expect(try await lab.start(.host, files).ended().output == before)
        }
    }

    @Test(
        arguments: [
            (Server.impatient, "range 192.168.50.30", "rage 192.168.50.30", "dhcpd.conf line 3"),
            (.dnsmasq(), "dhcp-range=", "dhcp-rage=", "bad option at line 3 of /etc/dhcp/dnsmasq.conf"),
            (.kea, "192.168.50.0/24", "192.168.50.0/33", "prefix length"),
            // Right by itself, and not where the server would be.
            (.kea, "\"ens34\"", "\"ens35\"", "interface 'ens35' doesn't exist"),
        ])
    func `what a server says of a configuration that is wrong is repeated, and its start fails`(
        server: Server, right: String, wrong: String, words: String
    ) async throws {
        try await Lab.with { lab in
            var server = server
            server.files = server.files.mapValues { $0.replacing(right, with: wrong) }
            try server.prepare(on: lab.host)
            try await lab.host.configure("link add ens35 type veth peer name far")
            let report = try await lab.host.doctor(["--no-probe", "--"] + server.command)
            #expect(report.status == StartTests.somethingMissing)
            #expect(report.state(of: "configuration") == "problem", "\(report)")
            #expect(report.text(of: "configuration").contains(words), "\(report)")
            let start = try await lab.start(.host, ["\(Project.binaries)/middle-sock", "--"] + server.command).ended()
            #expect(start.status != 0 && start.errors.contains(words), "\(start)")
        }
    }

    @Test(arguments: [Server.impatient, .dnsmasq(), .kea])
    func `a configuration for another network is found`(server: Server) async throws {
        try await Lab.with { lab in
            var server = server
            server.files = server.files.mapValues { $0.replacing("192.168.50.", with: "192.168.70.") }
            try server.prepare(on: lab.host)
            let report = try await lab.host.doctor(["--no-probe", "--"] + server.command)
            let found = report.findings.filter { $0.subject == "configuration" }
            #expect(found.map(\.state) == ["ok", server.name == "dhcpd" ? "problem" : "warning"], "\(report)")
            #expect(report.text(of: "configuration").contains("no client on ens34 192.168.50.2/24"), "\(report)")
            guard server.name == "dhcpd" else { return }
            let start = try await lab.start(.host, ["\(Project.binaries)/middle-sock", "--"] + server.command).ended()
            #expect(start.errors.contains("No subnet declaration for ens34"), "\(start)")
            // With a second address it is served.
            try await lab.host.configure("address add 192.168.70.2/24 dev ens34")
            let second = try await lab.host.doctor(["--no-probe", "--"] + server.command)
            #expect(second.status == 0, "\(second)")
        }
    }

    @Test func `the check runs where the server would, and a command that has none is left alone`() async throws {
        try await Lab.with { lab in
            let program = "/run/dhcpd"
            try lab.host.write(
                """
                #!/bin/sh
                echo "error: $* $(id -u) $(ip -o -4 address show | grep -c 192.168.50.) $(ip route get 10.9.9.9 ipproto udp sport 67)"
                echo "$(readlink /proc/self/ns/net) $(grep CapBnd /proc/self/status)"
                exit 3

                """, to: program)
            try await lab.host.output("chmod", "755", program)
            try await lab.host.configure("address add 192.168.50.3/24 dev ens34")
            let report = try await lab.host.doctor(["--no-probe", "--", program, "-f", "-q"])
            let words = "dhcpd ends with status 3: error: -t -f 0 2 10.9.9.9 via 192.168.50.1 dev ens34"
            #expect(report.text(of: "configuration").contains(words), "\(report)")
            try await lab.host.output("cp", program, "/run/other")
            let other = try await lab.host.doctor(["--no-probe", "--", "/run/other"])
            #expect(other.state(of: "configuration") == "unchecked", "\(other)")
            #expect(other.status == 0, "\(other)")
        }
    }

    @Test func `what a server would not see of this host is named, with what to do`() async throws {
        try await Lab.with { lab in
            #expect(try await lab.host.doctor("--no-probe").state(of: "this host") == "ok")
            try await lab.host.output("sysctl", "-q", "-w", "net.ipv6.conf.ens34.disable_ipv6=0")
            try await lab.host.configure(
                "address add fd00::2/64 dev ens34 nodad",
                "address add 192.168.50.9/24 dev ens34 valid_lft 900 preferred_lft 900",
                "route add 10.5.0.0/16 via inet6 fd00::1 dev ens34", "rule add from 10.0.0.0/8 table 100",
                "link add wan type veth peer name isp", "link set isp up", "link set wan up",
                "address add 192.168.90.2/24 dev wan", "route add 10.6.0.0/16 via 192.168.90.1")
            let report = try await lab.host.doctor("--no-probe")
            #expect(report.status == 0, "\(report)")
            let found = report.findings.filter { $0.subject == "this host" }
            #expect(found.count == 5 && found.allSatisfy { $0.state == "warning" && $0.advice != nil }, "\(report)")
            for words in ["fd00::2/64", "192.168.50.9/24 for a time", "10.5.0.0/16", "(100)", "out by wan"] {
                #expect(report.text(of: "this host").contains(words), "\(report)")
            }
        }
    }
}

/// What `middle-sock doctor --json` said.
private struct DoctorReport: CustomStringConvertible {
    struct Finding: Decodable {
        var subject: String
        var state: String
        var text: String
        var advice: String?
    }

    private struct Document: Decodable {
        var ready: Bool
        var findings: [Finding]
    }

    let status: Int32
    let findings: [Finding]
    let description: String

    init(_ ending: Program.Ending) throws {
        let document = try JSONDecoder().decode(Document.self, from: Data(ending.output.utf8))
        try #require(document.ready == (ending.status == 0), "\(ending)")
        status = ending.status
        findings = document.findings
        description = ending.output
    }

    /// The texts about one subject.
    func text(of subject: String) -> String {
        findings.filter { $0.subject == subject }.map(\.text).joined(separator: "; ")
    }

    /// The state of the first finding about one subject.
    func state(of subject: String) -> String? { findings.first { $0.subject == subject }?.state }
}

extension Machine {
    fileprivate func doctor(_ options: String...) async throws -> DoctorReport { try await doctor(options) }

    fileprivate func doctor(_ options: [String]) async throws -> DoctorReport {
        try await doctor(command: ["\(Project.binaries)/middle-sock", "doctor", "--json"] + options)
    }

    fileprivate func doctor(as user: [String], _ arguments: String...) async throws -> DoctorReport {
        try await doctor(command: user + arguments)
    }

    private func doctor(command: [String]) async throws -> DoctorReport {
        try DoctorReport(try await lab.start(role, command).ended())
    }

    /// Copies a program of ours to where everybody gets, and says where: another user may not reach the project.
    fileprivate func copyProgram(_ name: String) throws -> String {
        try FileManager.default.copyItem(atPath: "\(Project.binaries)/\(name)", toPath: path("/run/\(name)"))
        return "/run/\(name)"
    }

    /// Makes the host's interface on the LAN a port of a bridge that has its address, as hosts of virtual machines do.
    fileprivate func putIntoBridge() async throws {
        try await configure(
            "link add br0 address \(hardwareAddress) type bridge stp_state 0 forward_delay 0",
            "address flush dev ens34", "link set ens34 address 02:00:00:00:50:99", "link set ens34 master br0",
            "link set br0 up", "address add 192.168.50.2/24 dev br0", "route add default via 192.168.50.1")
    }
}
