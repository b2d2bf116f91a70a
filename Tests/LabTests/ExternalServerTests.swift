import Foundation
import Glibc
import Testing

/// A server that others start, in a namespace that `netns-agent hold` holds, each program with the privileges that
/// compose/own-server.yaml gives it.
@Suite struct ExternalServerTests {
    @Test(arguments: [Server.impatient, .kea, .dnsmasq()])
    func `clients are served, without SYS_ADMIN anywhere`(server: Server) async throws {
        try await Lab.with { lab in
            let parts = try await Parts(in: lab, for: server)
            try await parts.start(server)
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            #expect(try await client.renew().address == lease.address)
            try await parts.records(
                "SELECT address, client_mac, state FROM leases",
                [[lease.address, lab.client1.hardwareAddress, "bound"]])
            try await parts.records(
                "SELECT server_command, outcome, namespace_us, spawn_us FROM starts",
                [["(started by others)", "ready", "", ""]])
            try await parts.records("SELECT DISTINCT verdict FROM packets", [["forwarded"]])
        }
    }

    @Test func `the namespace looks like the host, before a server is there`() async throws {
        try await Lab.with { lab in
            try await lab.host.configure("link set ens34 mtu 1400")
            let parts = try await Parts(in: lab, for: .impatient)
            let link = try await parts.inNamespace("ip", "-brief", "link", "show", "up")
            #expect(link.contains("ens34") && link.contains(lab.host.hardwareAddress), "\(link)")
            #expect(link.split(separator: "\n").count == 2, "\(link)")
            #expect(try await parts.inNamespace("ip", "link", "show", "ens34").contains("mtu 1400 "))
            #expect(try await parts.inNamespace("ip", "-brief", "address").contains("192.168.50.2/24"))
            #expect(try await parts.inNamespace("ip", "route").contains("default via 192.168.50.1 dev ens34"))
            #expect(try await lab.host.links().count == 2)
            #expect(try await parts.status().contains("state: waiting for the server\n"))
        }
    }

    @Test func `the server can be started again in the same namespace`() async throws {
        try await Lab.with { lab in
            let parts = try await Parts(in: lab, for: .impatient)
            _ = try await parts.start(.impatient).stop()
            try await parts.records("SELECT count(*) FROM events WHERE kind = 'server-gone'", [["1"]])
            try await parts.start(.impatient)
            try await lab.client1.start(.udhcpc).lease()
            try await parts.records("SELECT count(*) FROM starts WHERE outcome = 'ready'", [["2"]])
        }
    }

    @Test(arguments: ["relay", "netns-agent", "discovery", "recorder"])
    func `the server outlives the end of each of the others, and serves on`(component: String) async throws {
        try await Lab.with { lab in
            let parts = try await Parts(in: lab, for: .impatient)
            let server = try await parts.start(.impatient)
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            let before = server.processIdentifier
            try await parts.killAndReplace(component)
            #expect(try await client.renew().address == lease.address)
            #expect(server.processIdentifier == before)
            try await lab.client2.start(.dhclient).lease()
            // What the kernel knows of the link is not made anew either.
            #expect(!server.text.contains("Network is down"))
        }
    }

    @Test func `when the namespace is lost it is told, and the next one can be used`() async throws {
        try await Lab.with { lab in
            let parts = try await Parts(in: lab, for: .impatient)
            let server = try await parts.start(.impatient)
            try await parts.killAndReplace("hold")
            try await parts.records("SELECT count(*) FROM events WHERE kind = 'namespace-gone'", [["1"]])
            _ = try await server.stop()
            try await parts.start(.impatient)
            try await lab.client1.start(.udhcpc).lease()
        }
    }

    @Test func `netns-agent ends as told also when the namespace is lost at that moment`() async throws {
        try await Lab.with { lab in
            let parts = try await Parts(in: lab, for: .impatient)
            // What it has to record keeps it for a second.
            try await parts.kill("recorder")
            let agent = try parts.program("netns-agent")
            agent.send(SIGTERM)
            try await parts.kill("hold")
            #expect(try await agent.ended().status == 0)
        }
    }

    @Test func `when the host's address changes, the namespace has it too`() async throws {
        try await Lab.with { lab in
            let parts = try await Parts(in: lab, for: .impatient)
            try await lab.host.configure(
                "address del 192.168.50.2/24 dev ens34", "address add 192.168.50.3/24 dev ens34")
            try await lab.host.configure("route replace default via 192.168.50.1")
            try await wait(for: "the new address in the namespace") {
                let addresses = try await parts.inNamespace("ip", "-brief", "address")
                return addresses.contains("192.168.50.3/24") && !addresses.contains("192.168.50.2/24")
            }
            try await parts.start(.impatient)
            try await lab.client1.start(.udhcpc).lease()
            try await parts.records("SELECT DISTINCT server_identifier FROM leases", [["192.168.50.3"]])
        }
    }

    @Test func `a namespace that is somebody's network already is not touched`() async throws {
        try await Lab.with { lab in
            let ending = try await lab.host.run("\(Project.binaries)/netns-agent", "hold")
            #expect(ending.status == StartTests.somethingMissing)
            #expect(ending.errors.contains("run 'netns-agent hold' in an empty one"), "\(ending.errors)")
        }
    }
}

/// The programs that run beside a server which others start, each started by itself.
private final class Parts {
    private let lab: Lab
    private var programs: [String: Program] = [:]

    private static let setpriv = ["setpriv", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"]
    private static let commands = [
        "recorder": setpriv + ["--bounding-set=-all", "\(Project.binaries)/recorder"],
        "relay": ["unshare", "--net"] + setpriv + ["--bounding-set=-all", "\(Project.binaries)/relay"],
        "netns-agent": setpriv + [
            "--bounding-set=-all,+net_raw,+net_bind_service", "\(Project.binaries)/netns-agent", "--external-server",
        ],
        "discovery": setpriv + [
            "--bounding-set=-all", "\(Project.binaries)/discovery", "--watch", "--send-to",
            "/run/middle-sock/netns-agent.sock",
        ],
        "hold": ["unshare", "--net"] + setpriv + [
            "--bounding-set=-all,+net_admin", "\(Project.binaries)/netns-agent", "hold",
        ],
    ]

    /// Starts all of them, and waits until the server can be started.
    init(in lab: Lab, for server: Server) async throws {
        self.lab = lab
        try server.prepare(on: lab.host)
        try await lab.host.output("mkdir", "--mode=755", "/run/middle-sock", "/var/lib/middle-sock")
        for name in Self.commands.keys { try await start(name) }
        try await isReady(times: 1)
    }

    private func start(_ name: String) async throws {
        programs[name] = try await lab.start(.host, #require(Self.commands[name]))
    }

    private func isReady(times: Int) async throws {
        try await records("SELECT count(*) FROM events WHERE kind = 'namespace-ready'", [["\(times)"]])
    }

    func program(_ name: String) throws -> Program { try #require(programs[name]) }

    /// Ends a program without a warning.
    func kill(_ name: String) async throws {
        let program = try program(name)
        program.send(SIGKILL)
        _ = try await program.ended()
    }

    /// Ends a program without a warning, starts it again, and waits until all are together again.
    func killAndReplace(_ name: String) async throws {
        try await kill(name)
        try await start(name)
        switch name {
        case "netns-agent", "hold": try await isReady(times: 2)
        case "discovery": try await records("SELECT count(*) FROM events WHERE kind = 'discovery-restarted'", [["1"]])
        default: try await records("SELECT count(*) FROM events WHERE kind = '\(name)-connected'", [["2"]])
        }
    }

    /// Starts a server in the namespace, as a container runtime does it that knows nothing of middle-sock, and waits
    /// until it is ready.
    @discardableResult
    func start(_ server: Server) async throws -> Program {
        let ready = "SELECT count(*) FROM starts WHERE outcome = 'ready'"
        let before = try await recording.rows(ready).first?.first.flatMap(Int.init) ?? 0
        let holder = try program("hold").running
        let namespace = "--net=/proc/\(holder)/ns/net"
        // dnsmasq becomes another user.
        let more = server.name == "dnsmasq" ? ",+net_admin,+setuid,+setgid,+setpcap,+chown" : ""
        let privileges = ["--bounding-set=-all,+net_raw,+net_bind_service\(more)"]
        let program = try await lab.start(
            .host, ["nsenter", namespace] + Self.setpriv + privileges + server.command)
        try await records(ready, [["\(before + 1)"]])
        return program
    }

    /// What a program prints that runs in the namespace.
    func inNamespace(_ command: String...) async throws -> String {
        let holder = try program("hold").running
        let ending = try await lab.start(.host, ["nsenter", "--net=/proc/\(holder)/ns/net"] + command).ended()
        try #require(ending.status == 0, "\(ending.errors)")
        return ending.output
    }

    /// What the agent says of itself.
    func status() async throws -> String {
        try await lab.host.run("\(Project.binaries)/netns-agent", "status").output
    }

    private var recording: Recording {
        Recording(path: lab.host.path("/var/lib/middle-sock/middle-sock.sqlite"))
    }

    /// Waits until a query to the database gives these rows.
    func records(
        _ sql: String, _ expected: [[String]], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await recording.shows(sql, expected, sourceLocation: sourceLocation)
    }
}
