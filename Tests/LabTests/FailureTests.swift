import Foundation
import Glibc
import Testing

/// What happens when processes of middle-sock are killed while clients come and go.
@Suite struct FailureTests {
    @Test(arguments: ["discovery", "netns-agent", "relay", "recorder", "dhcpd"])
    func `service goes on when a component is killed, and it is recorded`(component: String) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let guest = try await lab.client1.start(.udhcpc)
            let lease = try await guest.lease()
            try await service.killAndAwaitSuccessor(component)
            #expect(try await guest.renew().address == lease.address)
            let next = try await lab.client2.start(.udhcpc).lease()
            try await service.records("SELECT count(*) > 0 FROM events WHERE detail LIKE '%\(component)%'", [["1"]])
            try await service.records(
                "SELECT address FROM current_leases ORDER BY address",
                [lease.address, next.address].sorted().map { [$0] })
        }
    }

    /// The sockets of a killed process close one after the other: some take datagrams that nobody will read.
    @Test(arguments: ["relay", "recorder"])
    func `a component that is killed once is gone once`(component: String) async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            try await lab.client1.start(.udhcpc).lease()
            try await service.killAndAwaitSuccessor(component)
            try await service.records(
                "SELECT count(*) FROM events WHERE kind = '\(component)-connected'", [["2"]])
            try await service.records("SELECT count(*) FROM events WHERE kind = '\(component)-gone'", [["1"]])
        }
    }

    /// As the README has it: dnsmasq then closes what it was given to write to.
    @Test func `a server that closes its output leaves netns-agent in peace`() async throws {
        try await Lab.with { lab in
            var server = Server.dnsmasq()
            server.command.removeAll { $0 == "--log-facility=-" }
            let service = try await lab.middleSock(server)
            let output = "/proc/\(try await service.server())/fd/1"
            try await wait(for: "dnsmasq to close its output") {
                try FileManager.default.destinationOfSymbolicLink(atPath: output) == "/dev/null"
            }
            try await wait(for: "netns-agent to have nothing to do") {
                try service.processes().contains { $0.name == "netns-agent" && $0.isAsleep }
            }
            try await lab.client1.start(.udhcpc).lease()
        }
    }

    @Test func `nothing is left when middle-sock itself is killed`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            try await lab.client1.start(.udhcpc).lease()
            service.program.send(SIGKILL)
            try await lab.host.isDeserted()
            #expect(try await lab.host.links() == ["lo", "ens34"])
        }
    }

    @Test func `whenever in a start it is killed, nothing is left, and the next start succeeds`() async throws {
        try await Lab.with { lab in
            try Server.impatient.prepare(on: lab.host)
            for _ in 1...12 {
                let program = try await lab.start(.host, Lab.middleSockCommand(.impatient))
                // Not to wait for anything: any moment of the start will do, another one each time.
                try await Task.sleep(for: .milliseconds(.random(in: 0...70)))
                program.send(SIGKILL)
            }
            try await lab.host.isDeserted()
            #expect(try await lab.host.links() == ["lo", "ens34"])
            _ = try await lab.middleSock(.impatient)
            try await lab.client1.start(.udhcpc).lease()
        }
    }

    @Test func `it starts again at once after it was killed`() async throws {
        try await Lab.with { lab in
            let client = try await lab.client1.start(.udhcpc)
            for _ in 1...3 {
                let service = try await lab.middleSock(.impatient)
                try await client.lease()
                try await client.renew()
                service.program.send(SIGKILL)
            }
            let service = try await lab.middleSock(.impatient)
            try await client.renew()
            try await wait(for: "nothing to be left of those killed") {
                try service.processes().count == lab.host.processes().count
            }
        }
    }

    @Test func `SIGTERM ends it in order: server stopped, database complete and closed`() async throws {
        try await Lab.with { lab in
            let service = try await lab.middleSock(.impatient)
            let lease = try await lab.client1.start(.udhcpc).lease()
            #expect(try await service.program.stop().status == 0)
            try await lab.host.isDeserted()
            #expect(try await lab.host.links() == ["lo", "ens34"])
            try await service.records("SELECT address FROM leases", [[lease.address]])
            try await service.records("SELECT message_type FROM packets ORDER BY id DESC LIMIT 1", [["ACK"]])
            try await service.records("PRAGMA integrity_check", [["ok"]])
            #expect(contents(of: lab.host.path("/var/lib/middle-sock/middle-sock.sqlite-wal")).isEmpty)
        }
    }
}
