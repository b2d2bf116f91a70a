import CTesting
import Foundation
import Kernel
import Messages
import Packet
import PacketTesting
import RootTesting
import Testing

@Suite("A relay between a LAN and two servers", .timeLimit(.minutes(1)), .asRoot)
struct RelayFailoverTests {
    private let lan: LAN
    /// Whose server is the second one.
    private let other: LAN
    private let relay: RelayProcess
    private let standby: Socket

    /// Keeps a socket open for as long as the test takes.
    private final class Socket {
        let socket: PacketSocket
        var number: Int32 { socket.descriptor.rawValue }

        init(_ socket: consuming PacketSocket) {
            self.socket = socket
        }
    }

    init() throws {
        lan = try LAN()
        other = try LAN()
        relay = try RelayProcess()
        standby = Socket(try other.serverSocket())
    }

    private func tell(_ message: Message, _ agent: borrowing Agent, passing descriptors: [Int32] = []) throws {
        guard try agent.control.send(message.encoded(), passing: descriptors) else {
            throw Trouble("the control channel is full")
        }
    }

    /// Hands a second server over.
    private func addStandby(_ agent: borrowing Agent, silence: UInt64 = 10_000_000) throws {
        let threshold = try #require(SilenceThreshold(duration: silence, clients: 1))
        try tell(.standby(threshold), agent, passing: [standby.number])
        try relay.awaitLine("a second server's links are there")
    }

    private func serve(_ destination: Destination, _ agent: borrowing Agent) throws {
        try tell(.destination(destination), agent)
        let expected = [Destination.nobody: "nobody", .server(.first): "first", .server(.standby): "standby"][
            destination]
        while try relay.status()["serving"] != expected {}
    }

    /// The next frame that is not the relay's own question.
    private func next(of server: borrowing StationSocket) throws -> [UInt8] {
        while true {
            let frame = try server.next()
            guard DHCPMessage(frame: frame.span.rawBytes)?.messageType != .inform else { continue }
            return frame
        }
    }

    private func message(to agent: borrowing Agent) throws -> Message {
        try Message(decoding: try agent.control.await().bytes)
    }

    @Test func `requests are held while nobody serves, and then given to the one that does`() throws {
        let agent = try Agent(handing: lan, to: relay)
        try addStandby(agent)
        lan.client.send(CapturedExchange.discover)
        #expect(try next(of: lan.server) == CapturedExchange.discover)
        try serve(.nobody, agent)
        lan.client.send(CapturedExchange.request)
        while try relay.status()["requests-held"] != "1" {}
        try serve(.server(.standby), agent)
        // Not the DISCOVER: the client has gone on.
        #expect(try next(of: other.server) == CapturedExchange.request)
        other.server.send(CapturedExchange.ack)
        #expect(try lan.client.next() == CapturedExchange.ack)
        let status = try relay.status()
        #expect(status["requests-held"] == "0" && status["held-to-server"] == "1" && status["frames-to-server"] == "2")
        #expect(throws: (any Error).self) { _ = try lan.server.next(within: 50) }
    }

    @Test func `each server is known by its own number, whichever comes first`() throws {
        let agent = try Agent(handing: lan, of: .standby, to: relay)
        try addStandby(agent)
        while try relay.status()["serving"] != "standby" {}
        lan.client.send(CapturedExchange.discover)
        #expect(try next(of: lan.server) == CapturedExchange.discover)
        try serve(.server(.first), agent)
        #expect(try next(of: other.server) == CapturedExchange.discover)
        try serve(.server(.standby), agent)
        #expect(try next(of: lan.server) == CapturedExchange.discover)
    }

    @Test func `links of the other server are not the same links with other addresses`() throws {
        let agent = try Agent(handing: lan, to: relay)
        try tell(.links([lan.link], of: .standby), agent)
        while try relay.status()["messages-refused"] != "1" {}
        try tell(.links([lan.link], of: .first), agent)
        #expect(try relay.status()["messages-refused"] == "1")
    }

    @Test func `what was not answered is given to the next as well`() throws {
        let agent = try Agent(handing: lan, to: relay)
        try addStandby(agent)
        lan.client.send(CapturedExchange.discover)
        #expect(try next(of: lan.server) == CapturedExchange.discover)
        try serve(.nobody, agent)
        try serve(.server(.standby), agent)
        #expect(try next(of: other.server) == CapturedExchange.discover)
    }

    @Test func `nothing of the server that does not serve gets out`() throws {
        let agent = try Agent(handing: lan, to: relay)
        try addStandby(agent)
        other.server.send(CapturedExchange.offer)
        while try relay.status()["dropped-to-client-fenced"] != "1" {}
        try serve(.server(.standby), agent)
        lan.server.send(CapturedExchange.offer)
        lan.server.send(CapturedExchange.arpRequest)
        while try relay.status()["dropped-to-client-fenced"] != "3" {}
        other.server.send(CapturedExchange.ack)
        #expect(try lan.client.next() == CapturedExchange.ack)
    }

    @Test func `a server that is drained gets nothing new, may answer, and its end is told`() throws {
        let agent = try Agent(handing: lan, to: relay)
        try addStandby(agent)
        lan.client.send(CapturedExchange.discover)
        #expect(try next(of: lan.server) == CapturedExchange.discover)
        try tell(.destination(.draining), agent)
        lan.server.send(CapturedExchange.offer)
        #expect(try lan.client.next() == CapturedExchange.offer)
        #expect(try message(to: agent) == .drained)
        #expect(try relay.status()["serving"] == "nobody")
    }

    @Test func `one that does not answer is not waited for long`() throws {
        let agent = try Agent(handing: lan, to: relay)
        try addStandby(agent)
        lan.client.send(CapturedExchange.discover)
        #expect(try next(of: lan.server) == CapturedExchange.discover)
        try tell(.destination(.draining), agent)
        #expect(try message(to: agent) == .drained)
    }

    @Test func `a server that answers no client that it knows is given its question alone, and told of`() throws {
        let agent = try Agent(handing: lan, to: relay)
        try addStandby(agent, silence: 400_000)
        lan.client.send(CapturedExchange.request)
        #expect(try next(of: lan.server) == CapturedExchange.request)
        lan.server.send(CapturedExchange.ack)
        #expect(try lan.client.next() == CapturedExchange.ack)
        #expect(try relay.status()["clients-known"] == "1")
        lan.client.send(CapturedExchange.request)
        #expect(try message(to: agent) == .silence(Silence(clients: 1, duration: 300_000, stage: .asked)))
        #expect(try next(of: lan.server) == CapturedExchange.request)
        lan.client.send(CapturedExchange.discover)
        while try relay.status()["requests-held"] != "1" {}
        try tell(.caughtUp(true), agent)
        // First what it has answered before; the DISCOVER is no such question.
        #expect(try next(of: lan.server) == CapturedExchange.request)
        #expect(try next(of: lan.server) == CapturedExchange.discover)
        guard case .silence(let silence) = try message(to: agent) else { throw Trouble("no silence is told of") }
        #expect(silence.stage == .unanswered && silence.clients == 1 && silence.duration >= 4_000_000)
    }

    @Test func `the links of a second server are refused when they are not what they are to be`() throws {
        let agent = try Agent(handing: lan, to: relay)
        let threshold = try #require(SilenceThreshold(duration: 1_000_000, clients: 1))
        try tell(.standby(threshold), agent)
        try tell(.standby(threshold), agent, passing: [standby.number, standby.number])
        try tell(.standby(threshold), agent, passing: [STDERR_FILENO])
        try tell(.destination(.server(.standby)), agent)
        while try relay.status()["messages-refused"] != "4" {}
        try addStandby(agent)
        try tell(.standby(threshold), agent, passing: [standby.number])
        while try relay.status()["messages-refused"] != "5" {}
        #expect(try relay.status()["serving"] == "first")
    }
}
