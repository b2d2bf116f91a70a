import Foundation
import Kernel
import Messages
import Service
import Testing

@testable import middle_sock

/// `middle-sock status`, asking sockets that the test holds.
@Suite("Asking for the status", .timeLimit(.minutes(1)))
struct StatusCommandTests {
    private func ask(_ stage: Stage, user: UInt32 = 0) throws -> Performance {
        try FileManager.default.createDirectory(
            atPath: stage.sockets, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o1770])
        return try stage.run(["status", "--runtime-directory", stage.sockets]) {
            $0.identity = Program.Identity(user: user, group: user)
        }
    }

    private func open(_ component: ComponentName, _ stage: Stage) throws -> Inbox {
        try FileManager.default.createDirectory(
            atPath: stage.sockets, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o1770])
        return try Inbox(of: component, in: RuntimeDirectory(stage.sockets), from: [])
    }

    /// Waits for the request.
    private func request(at inbox: inout Inbox) throws -> Inbox.Letter {
        let poller = try Poller(capacity: 1)
        try inbox.watch(with: poller, token: 0)
        _ = try poller.wait(timeout: 30_000_000)
        let letter = try #require(try inbox.next())
        #expect(letter.message == .statusRequest)
        return letter
    }

    private func answer(_ inbox: inout Inbox, _ component: ComponentName, _ fields: Status.Field...) throws {
        #expect(try request(at: &inbox).answer(Status(component: component, fields: fields)))
    }

    @Test func `when all answer and the server is ready, all is well`() throws {
        let stage = try Stage()
        var agent = try open(.netnsAgent, stage)
        var relay = try open(.relay, stage)
        var recorder = try open(.recorder, stage)
        let asking = try ask(stage)
        try answer(&agent, .netnsAgent, .init("state", "ready"), .init("server", "dhcpd"))
        try answer(&relay, .relay, .init("dropped", 3))
        try answer(&recorder, .recorder, .init("stored", 4))
        #expect(try asking.ended() == .status(0))
        #expect(
            asking.lines == [
                "netns-agent", "  state    ready", "  server   dhcpd", "", "relay", "  dropped  3", "", "recorder",
                "  stored   4",
            ])
    }

    @Test func `one that drops the question or answers for another does not answer, one that is gone does not run`()
        throws
    {
        let stage = try Stage()
        var agent = try open(.netnsAgent, stage)
        var relay = try open(.relay, stage)
        try #require(try open(.recorder, stage).refused == 0)
        let asking = try ask(stage)
        try answer(&agent, .recorder, .init("state", "ready"))
        _ = try request(at: &relay)
        #expect(try asking.ended() == .status(69))
        #expect(
            asking.lines == [
                "netns-agent", "  state  does not answer", "", "relay", "  state  does not answer", "", "recorder",
                "  state  not running",
            ])
    }

    @Test func `one that keeps silent is not waited for long`() throws {
        let stage = try Stage()
        let agent = try open(.netnsAgent, stage)
        let asking = try ask(stage)
        #expect(try asking.ended() == .status(69))
        #expect(asking.lines.contains("  state  does not answer"))
        #expect(agent.refused == 0)
    }

    @Test func `who may not ask is told who may`() throws {
        let asking = try ask(Stage(), user: 65_534)
        #expect(try asking.says("middle-sock: cannot ask at ").contains("root"))
        #expect(try asking.ended() == .status(69))
    }
}
