import Foundation
import Kernel
import Logging
import Messages
import Testing

@testable import Service

@Suite("The loop of a service", .timeLimit(.minutes(1)))
struct ServiceLoopTests {
    /// A service that waits, and somebody who sends it messages.
    private final class Stage {
        let directory = RuntimeDirectory(NSTemporaryDirectory() + "loop-\(UUID().uuidString.prefix(8))")
        let loop: ServiceLoop
        private let socket: MessageSocket

        init() throws {
            try FileManager.default.createDirectory(
                atPath: directory.path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            loop = try ServiceLoop(
                signals: [], inbox: Inbox(of: .recorder, in: directory, from: []),
                notification: .toNobody(logger: Logger(label: "test")))
            socket = try MessageSocket()
        }

        deinit { try? FileManager.default.removeItem(atPath: directory.path) }

        func send(_ message: Message, passing descriptors: [Int32] = []) throws {
            try #require(
                try socket.send(message.encoded(), to: directory.socket(of: .recorder), passing: descriptors))
        }

        /// What the next message is, beside questions how the service is.
        func next() throws -> Message? {
            try loop.nextLetter { Status(component: .recorder, fields: [.init("state", "tested")]) }?.message
        }
    }

    @Test func `messages that come without end take their turn only`() throws {
        let stage = try Stage()
        var count = 0
        repeat {
            try stage.send(.recordsTo)
            guard try stage.next() == .recordsTo else { break }
            count += 1
        } while count < 100
        #expect(count == ServiceLoop.messagesPerTurn)
        // The next turn goes on with those that wait.
        let ready = try stage.loop.wait(until: nil, from: 0)
        guard case .letter? = try stage.loop.event(ready.lowerBound) else {
            Issue.record("the inbox is not ready")
            return
        }
        #expect(try stage.next() == .recordsTo)
    }

    @Test func `who asks how the service is gets the answer, and the service no message`() throws {
        let stage = try Stage()
        let channel = try MessageSocket.channel()
        try stage.send(.statusRequest, passing: [channel.far.rawValue])
        #expect(try stage.next() == nil && stage.loop.refused == 0)
        let answer = try #require(try channel.near.receive(capacity: 4_096))
        let expected = Status(component: .recorder, fields: [.init("state", "tested")])
        #expect(try Message(decoding: answer.bytes) == .status(expected))
        // With nothing to answer on it is refused.
        try stage.send(.statusRequest)
        #expect(try stage.next() == nil && stage.loop.refused == 1)
    }

    @Test func `a deadline that is over is waited for no longer, and none for ever`() throws {
        #expect(ServiceLoop.timeout(until: 9, from: 5) == 4)
        #expect(ServiceLoop.timeout(until: 5, from: 9) == 0)
        #expect(ServiceLoop.timeout(until: nil, from: 9) == nil)
        #expect(try Stage().loop.wait(until: 5, from: 9).isEmpty)
    }
}
