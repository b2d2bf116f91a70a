import Foundation
import Glibc
import Testing

/// The compose files as they are shipped, on a Docker engine whose host is the host of a lab.
///
/// One after the other: there is one engine.
@Suite(.serialized) struct ComposeTests {
    @Test(arguments: ComposeFile.onTheLAN)
    func `clients are served, and the tables can be read beside the running stack`(file: ComposeFile) async throws {
        try await Lab.with(file) { stack in
            try await stack.up()
            try await stack.isReady()
            let (first, second) = (stack.engine.lab.client1, stack.engine.lab.client2)
            let client = try await first.start(.udhcpc)
            let lease = try await client.lease()
            #expect(try await client.renew().address == lease.address)
            let other = try await second.start(.dhclient).lease()
            try await stack.records(
                "SELECT client_mac, address FROM current_leases ORDER BY client_mac",
                [[first.hardwareAddress, lease.address], [second.hardwareAddress, other.address]])
            try await stack.records("PRAGMA integrity_check", [["ok"]])
        }
    }

    @Test(arguments: ComposeFile.allCases)
    func `services become healthy by themselves, and no health check asks for a lease`(
        file: ComposeFile
    ) async throws {
        try await Lab.with(file) { stack in
            try await stack.up()
            for service in file.services {
                try await wait(for: "\(service) to be healthy", within: .seconds(30)) {
                    try await stack.inspect(service, "{{.State.Health.Status}}") == "healthy"
                }
            }
            try await stack.records("SELECT count(*) FROM packets", [["0"]])
        }
    }

    @Test func `a server that never hears clients is alive, and never healthy`() async throws {
        try await Lab.with(.compose) { stack in
            try await stack.compose("up", "--detach", "--no-build", "relay", "recorder", "netns-agent")
            // Without discovery netns-agent waits for the networks.
            try await wait(for: "a health check of netns-agent", within: .seconds(30)) {
                try await stack.inspect("netns-agent", "{{len .State.Health.Log}}") != "0"
            }
            #expect(try await stack.inspect("netns-agent", "{{.State.Status}}") == "running")
            #expect(try await stack.inspect("netns-agent", "{{.State.Health.Status}}") != "healthy")
            #expect(try await stack.inspect("netns-agent", "{{json .State.Health.Log}}").contains("waiting for disc"))
        }
    }

    @Test func `only netns-agent has privileges, and nobody can gain any`() async throws {
        try await Lab.with(.compose) { stack in
            try await stack.up()
            try await stack.isReady()
            for service in stack.file.services {
                let status = ProcessStatus(of: try await stack.process(service))
                #expect(status["NoNewPrivs"] == "1")
                #expect(status["Seccomp"] == "2")
                #expect((status["CapBnd"] == "0000000000000000") == (service != "netns-agent"), "\(service)")
                #expect((status["Uid"]?.hasPrefix("0\t") == true) == (service == "netns-agent"), "\(service)")
            }
            let configurations = try await stack.engine.docker(
                "inspect", "--format",
                "{{.HostConfig.Privileged}} {{.HostConfig.PidMode}} {{.HostConfig.ReadonlyRootfs}} "
                    + "{{.HostConfig.SecurityOpt}}",
                await stack.container("netns-agent"))
            #expect(configurations == "false  true [no-new-privileges:true]")
        }
    }

    @Test(arguments: ["discovery", "netns-agent", "relay", "recorder"], [true, false])
    func `service goes on when a container is killed, and it is recorded`(
        service: String, byAdministrator: Bool
    ) async throws {
        try await Lab.with(.compose) { stack in
            try await stack.up()
            try await stack.isReady()
            let client = try await stack.engine.lab.client1.start(.udhcpc)
            let lease = try await client.lease()
            try await stack.kill(service, byAdministrator: byAdministrator)
            #expect(try await client.renew().address == lease.address)
            let next = try await stack.engine.lab.client2.start(.udhcpc).lease()
            try await stack.records(
                "SELECT address FROM current_leases ORDER BY address",
                [lease.address, next.address].sorted().map { [$0] })
            let (component, kind, times) = Self.trace(of: service)
            try await stack.records(
                "SELECT count(*) FROM events WHERE component = '\(component)' AND kind = '\(kind)'", [["\(times)"]])
        }
    }

    /// What is in the events when a service was killed once.
    private static func trace(of service: String) -> (component: String, kind: String, times: Int) {
        switch service {
        case "netns-agent": ("netns-agent", "started", 2)
        case "discovery": ("netns-agent", "discovery-restarted", 1)
        default: ("netns-agent", "\(service)-gone", 1)
        }
    }

    @Test func `down leaves nothing but the volumes, and up again goes on with them`() async throws {
        try await Lab.with(.compose) { stack in
            let lab = stack.engine.lab
            let links = try await lab.host.links()
            try await stack.up()
            try await stack.isReady()
            let client = try await lab.client1.start(.udhcpc)
            let lease = try await client.lease()

            try await stack.compose("down")
            #expect(try await stack.engine.list("ps", "--all", "--quiet") == [])
            #expect(
                try await stack.engine.list("network", "ls", "--format", "{{.Name}}").sorted() == [
                    "bridge", "host", "none",
                ])
            #expect(try await lab.host.links() == links)
            #expect(try await !lab.host.output("ss", "--udp", "--listening", "--numeric").contains(":67 "))
            try await stack.records(
                "SELECT component, kind FROM events WHERE kind IN ('server-stopped', 'stopped') ORDER BY id",
                [["netns-agent", "server-stopped"], ["recorder", "stopped"]])

            try await stack.up()
            try await stack.isReady(starts: 2)
            #expect(try await client.renew().address == lease.address)
            // dhcpd knows the lease still: the next client gets another address.
            #expect(try await lab.client2.start(.udhcpc).lease().address != lease.address)
            try await stack.records("SELECT count(*) FROM starts", [["2"]])
            try await stack.compose("down", "--volumes")
            #expect(try await stack.engine.list("volume", "ls", "--quiet") == [])
        }
    }
}

extension Stack {
    /// Ends the container of a service and waits until there is another process.
    ///
    /// What an administrator kills stays down until the next `up`; what crashes the engine starts again.
    func kill(_ service: String, byAdministrator: Bool) async throws {
        let victim = try await process(service)
        if byAdministrator {
            try await engine.docker("kill", await container(service))
            try await up()
        } else {
            _ = Glibc.kill(victim, SIGKILL)
        }
        try await wait(for: "another \(service) than \(victim)", within: .seconds(30)) {
            let successor = try await process(service)
            return successor != victim && successor != 0
        }
        if service == "netns-agent" { try await isReady(starts: 2) }
    }
}

/// What the kernel says about a process, from `/proc/PID/status`.
struct ProcessStatus {
    private let lines: [Substring]

    init(of process: pid_t) {
        lines = contents(of: "/proc/\(process)/status").split(separator: "\n")
    }

    /// The value of a field, such as `Uid`.
    subscript(name: String) -> String? {
        lines.first { $0.hasPrefix("\(name):") }.map {
            String($0.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces)
        }
    }
}
