import Foundation
import Kernel
import Messages
import RootTesting
import Synchronization
import Testing

/// Messages without end: those who serve go on serving.
@Suite("Floods", .timeLimit(.minutes(3)), .serialized, .asRoot)
struct FloodTests {
    /// Sends without a pause until it is ended, and whenever there is no room tries again.
    private static let script = """
        sender.setblocking(False)
        junk = [message(7), message(1, bytes(14)), b"x" * 60000, b""]
        number = 0
        while True:
            try: sender.sendto(junk[number % len(junk)], path)
            except BlockingIOError: continue
            number += 1
        """

    /// Asks until so many messages of the flood were refused, and says what became of the memory, in KiB.
    private func growth(of component: RunningComponent, refusing count: Int) throws -> Int {
        try waitUntil("the flood") { try component.refused() > 1_000 }
        let before = try component.memory()
        let first = try component.refused()
        try waitUntil("more of the flood") { try component.refused() > first + count }
        return try component.memory() - before
    }

    @Test(arguments: RunningComponent.all)
    func `a stranger's flood changes nothing but a counter`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let flood = try Intruder(Self.script, at: component.path, as: RunningComponent.stranger)
        let grown = try flood.during { try growth(of: component, refusing: 20_000) }
        #expect(grown < 4_096)
        #expect((1...4).contains(component.log.split(separator: "\n").count { $0.contains("refused") }))
    }

    /// Half of it is what its user may send: questions without anybody to answer, and networks without any.
    @Test(arguments: RunningComponent.all)
    func `a flood from whom messages are taken does not stop it either`(name: ComponentName) throws {
        let component = try RunningComponent(name)
        let flood = try Intruder(Self.script, at: component.path, as: component.user)
        let grown = try flood.during { try growth(of: component, refusing: 20_000) }
        #expect(grown < 4_096)
        #expect((1...4).contains(component.log.split(separator: "\n").count { $0.contains("refused") }))
    }

    /// The test is a recorder that was taken over: it has the other end of a channel.
    @Test func `netns-agent goes on while the other end of a channel says what it likes`() throws {
        let directory = try RunningComponent.makeDirectory(for: .netnsAgent)
        let recorder = try MessageSocket(listeningAt: "\(directory)/recorder.sock")
        let agent = try RunningComponent(.netnsAgent, in: directory)
        var passed: PassedDescriptor?
        try waitUntil("the channel") {
            passed = try recorder.receive(capacity: 65_536)?.descriptors.first
            return passed != nil
        }
        let channel = MessageSocket(adopting: try #require(passed).take())
        let flood = Flood(through: channel)
        defer { flood.end() }
        #expect(try growth(of: agent, refusing: 20_000) < 4_096)
    }
}

/// A thread that sends without a pause what is no business of the other end: one message well-formed, one not.
private final class Flood: Sendable {
    private let isOver = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    init(through channel: consuming MessageSocket) {
        let box = Box(channel)
        Thread.detachNewThread { [self] in
            let messages = [Message.drained.encoded(), [1, 2, 3]]
            var number = 0
            while !isOver.load(ordering: .relaxed) {
                guard let isSent = try? box.socket.send(messages[number % 2]) else { break }
                if isSent { number += 1 } else { sched_yield() }
            }
            hasEnded.signal()
        }
    }

    func end() {
        isOver.store(true, ordering: .relaxed)
        hasEnded.wait()
    }

    private final class Box: Sendable {
        let socket: MessageSocket

        init(_ socket: consuming MessageSocket) { self.socket = socket }
    }
}
