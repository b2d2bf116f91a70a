import Glibc
import Testing

extension ComposeTests {
    /// A server from an image that knows nothing of middle-sock.
    @Suite struct OwnServer {
        @Test(arguments: ["server", "relay", "netns-agent"])
        func `the others stay when a service is started again, and clients are served on`(service: String) async throws
        {
            try await Lab.with(.ownServer) { stack in
                try await stack.up()
                try await stack.isReady()
                let client = try await stack.engine.lab.client1.start(.udhcpc)
                let lease = try await client.lease()
                let others = (stack.file.services + ["server"]).filter { $0 != service }
                let before = try await stack.processes(of: others)
                try await stack.engine.docker("restart", await stack.container(service))
                if service != "relay" { try await stack.isReady(starts: 2) }
                #expect(try await client.renew().address == lease.address)
                let next = try await stack.engine.lab.client2.start(.udhcpc).lease()
                try await stack.records(
                    "SELECT address FROM current_leases ORDER BY address",
                    [lease.address, next.address].sorted().map { [$0] })
                #expect(try await stack.processes(of: others) == before)
            }
        }

        @Test func `the server's image has nothing of middle-sock, and nobody has SYS_ADMIN`() async throws {
            try await Lab.with(.ownServer) { stack in
                try await stack.up()
                try await stack.isReady()
                let programs = try await stack.compose(
                    "exec", "-T", "server", "ls", "/usr/local/bin", "/usr/local/sbin")
                #expect(!programs.contains("relay") && !programs.contains("netns-agent"))
                for (service, allowed) in [
                    "discovery": "0000000000000000", "recorder": "0000000000000000", "relay": "0000000000000000",
                    "netns-agent": "0000000000002400", "namespace": "0000000000001000", "server": "0000000000002400",
                ] {
                    let status = ProcessStatus(of: try await stack.process(service))
                    #expect(status["CapBnd"] == allowed && status["NoNewPrivs"] == "1", "\(service)")
                }
                let links = try await stack.compose("exec", "-T", "server", "ls", "/sys/class/net")
                #expect(links.split(whereSeparator: \.isWhitespace).sorted() == ["ens34", "lo"])
            }
        }
    }
}

extension Stack {
    /// The first process of each service.
    fileprivate func processes(of services: [String]) async throws -> [pid_t] {
        var processes: [pid_t] = []
        for service in services { processes.append(try await process(service)) }
        return processes
    }
}
