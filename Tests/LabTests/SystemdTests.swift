import Foundation
import Glibc
import Testing

/// docs/systemd.md: the units, under a real systemd that is the first process of the lab's host.
@Suite struct SystemdTests {
    @Test(arguments: [Server.impatient, .kea, .dnsmasq()])
    func `enabled and started, the units serve clients with what each is allowed`(server: Server) async throws {
        try await Lab.withSystemd(server) { host in
            // It comes back when the server hears clients, and not earlier.
            try await host.output("systemctl", "enable", "--now", "middle-sock.target")
            let status = try await host.property("StatusText", of: "netns-agent")
            #expect(
                status.hasPrefix("\(server.command[0]) (process ") && status.contains("serves ens34 192.168.50.2/24"))
            let lease = try await host.lab.client1.start(.udhcpc).lease()
            #expect(lease.address.hasPrefix("192.168.50.3"))
            for component in SystemdHost.components {
                #expect(try await host.property("ActiveState", of: component) == "active")
                #expect(try await host.property("NRestarts", of: component) == "0", "\(component)")
            }
            #expect(try await host.property("StatusText", of: "relay") == "forwarding for ens34")
            #expect(try await host.property("StatusText", of: "discovery").hasPrefix("ens34 192.168.50.2/24"))
            try await host.records("SELECT outcome FROM starts", [["ready"]])
            try await host.records("SELECT address FROM current_leases", [[lease.address]])
            let process = try #require(host.processes().first { $0.name == server.command[0] }, "no server")
            let environment = contents(of: "/proc/\(process.identifier)/environ")
            #expect(environment.contains("PATH=") && !environment.contains(/NOTIFY_SOCKET|WATCHDOG|MIDDLE_SOCK/))

            try await host.stop("middle-sock.target")
            let rows = try await host.recording.rows("SELECT component, kind FROM events ORDER BY id DESC LIMIT 1")
            #expect(rows == [["recorder", "stopped"]])
        }
    }

    @Test func `each unit can be started again without the others`() async throws {
        try await Lab.withSystemd(.impatient) { host in
            try await host.output("systemctl", "start", "middle-sock.target")
            let client = try await host.lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            for component in SystemdHost.components {
                let before = try await host.mainProcesses()
                try await host.output("systemctl", "restart", "middle-sock-\(component)")
                let after = try await host.mainProcesses()
                #expect(SystemdHost.components.filter { before[$0] != after[$0] } == [component])
                #expect(try await client.renew().address == lease.address, "after \(component)")
            }
            try await host.lab.client2.start(.udhcpc).lease()
            try await host.records("SELECT count(*) FROM current_leases", [["2"]])
        }
    }

    @Test func `a component that hangs is found by the watchdog and started again`() async throws {
        try await Lab.withSystemd(.impatient) { host in
            for component in SystemdHost.components { try await host.edit(component, "WatchdogSec=2s") }
            try await host.output("systemctl", "start", "middle-sock.target")
            let client = try await host.lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            for component in SystemdHost.components {
                _ = kill(try host.mainProcess(of: component), SIGSTOP)
                try await host.isStartedAgain(component)
                #expect(try await client.renew().address == lease.address, "after \(component)")
            }
            let journal = try await host.journal()
            for component in SystemdHost.components {
                #expect(journal.contains("middle-sock-\(component).service: Watchdog timeout"))
                #expect(try await host.property("NRestarts", of: component) == "1", "\(component)")
            }
        }
    }

    @Test func `the launcher is a unit too, and takes the place of the others`() async throws {
        try await Lab.withSystemd(.impatient) { host in
            try await host.edit("middle-sock", "WatchdogSec=2s")
            try await host.output("systemctl", "start", "middle-sock.target")
            let client = try await host.lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            try await host.output("systemctl", "start", "middle-sock.service")
            for component in SystemdHost.components {
                try await wait(for: "\(component) to have stopped") {
                    try await host.property("ActiveState", of: component) == "inactive"
                }
            }
            #expect(try await host.property("StatusText", of: "middle-sock").hasPrefix("dhcpd (process "))
            #expect(try await client.renew().address == lease.address)
            _ = kill(try host.mainProcess(of: "middle-sock"), SIGSTOP)
            try await host.isStartedAgain("middle-sock")
            #expect(try await client.renew().address == lease.address)
            try await host.records(
                "SELECT count(*), min(outcome), max(outcome) FROM starts", [["3", "ready", "ready"]])
            try await host.stop("middle-sock.service")
        }
    }

    @Test func `systemd finds nothing wrong with the units`() async throws {
        try await Lab.withSystemd(.impatient) { host in
            let units = try Self.files.map { "/usr/local/lib/systemd/system/\($0)" }
            let ending = try await host.run(
                "sh", "-c", "systemd-analyze verify --man=no \(units.joined(separator: " "))")
            #expect(ending.status == 0 && ending.output + ending.errors == "", "\(ending.errors)")
        }
    }

    @Test func `the document says how exposed each unit is, as systemd counts it`() async throws {
        let document = contents(of: Project.root + "/docs/systemd.md")
        let documented = document.matches(of: /\| `(middle-sock[a-z-]*\.service)` \|[^|]*\| ([0-9.]+) \|/)
            .map { "\($0.1) \($0.2)" }
        var measured: [String] = []
        for unit in try Self.files.filter({ $0.hasSuffix(".service") }) {
            let log = NSTemporaryDirectory() + "middle-sock-\(UUID())"
            defer { for end in [".out", ".err"] { try? FileManager.default.removeItem(atPath: log + end) } }
            let path = "\(Self.directory)/\(unit)"
            let ending = try await Program.start(
                ["/usr/bin/systemd-analyze", "security", "--offline=true", path], title: unit, log: log
            ).ended()
            let line = /Overall exposure level for .*: ([0-9.]+)/
            let score = try #require(ending.output.firstMatch(of: line)?.1, "\(ending)")
            measured.append("\(unit) \(score)")
        }
        #expect(documented.sorted() == measured.sorted())
    }

    private static let directory = Project.root + "/docs/systemd"

    /// The units that are installed.
    private static var files: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(".service") || $0.hasSuffix(".target") }.sorted()
        }
    }
}

extension SystemdHost {
    /// What was recorded, as programs outside of the machine can read it.
    var recording: Recording { Recording(path: lab.host.path("/var/lib/middle-sock/middle-sock.sqlite")) }

    /// Waits until the unit of a component is active, and has been started again once.
    func isStartedAgain(_ component: String) async throws {
        try await wait(for: "\(component) to be started again", within: .seconds(30)) {
            guard try await property("NRestarts", of: component) == "1" else { return false }
            return try await property("ActiveState", of: component) == "active"
        }
    }

    /// Waits until a query to the database gives these rows.
    func records(
        _ sql: String, _ expected: [[String]], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await recording.shows(sql, expected, sourceLocation: sourceLocation)
    }
}
