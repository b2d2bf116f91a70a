import Glibc
import Testing

extension ComposeTests {
    /// A second server, which a variable asks for.
    @Suite struct Failover {
        @Test(arguments: [(ComposeFile.compose, "netns-agent"), (.kea, "netns-agent"), (.single, "middle-sock")])
        func `it takes over when the first is killed, and by hand`(file: ComposeFile, program: String) async throws {
            try await Lab.with(file) { stack in
                let host = stack.engine.lab.host
                try host.write("MIDDLE_SOCK_STANDBY=1\n", to: "/run/stack/.env")
                try await stack.up()
                try await stack.isReady()
                let client = try await stack.engine.lab.client1.start(.udhcpc)
                let lease = try await client.lease()
                let family = try ProcessEntry.family(of: try await stack.process(program))
                let server = try #require(family.first { $0.name == file.server.command[0] })
                #expect(kill(server.identifier, SIGKILL) == 0)
                try await stack.records("SELECT count(*) FROM events WHERE kind = 'failover'", [["1"]])
                #expect(try await client.renew().address == lease.address)
                let answer = try await stack.compose("exec", "-T", program, program, "failover")
                #expect(answer.contains("serving: first"))
                #expect(try await client.renew().address == lease.address)
            }
        }
    }
}
