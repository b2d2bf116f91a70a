import Glibc
import Kernel
import Messages
import Testing

/// The recorder at its end, when others are ending too or are not.
@Suite("A recorder that is told to stop", .timeLimit(.minutes(1)))
struct StoppingTests {
    private let recorder: RunningRecorder

    init() throws {
        recorder = try RunningRecorder()
    }

    @Test func `when others stop too, what the last of them has to tell is stored`() throws {
        var relay: Sender? = try Sender(.relay, to: recorder)
        try relay?.send(1, ["relay"])
        try relay?.waitForAcknowledgement(of: 1)
        var agent: Sender? = try Sender(.netnsAgent, to: recorder)
        try recorder.signal(SIGTERM)
        relay = nil
        // Longer than for others that show nothing of a stop.
        let end = Clock.monotonic + 2_000_000
        var sequence: UInt64 = 0
        while Clock.monotonic < end {
            sequence += 1
            try agent?.send(sequence, ["agent-\(sequence)"])
            try agent?.waitForAcknowledgement(of: sequence)
        }
        try agent?.send(sequence + 1, ["last"])
        agent = nil
        #expect(try recorder.wait() == .status(0))
        #expect(try recorder.kinds(of: .netnsAgent).count == Int(sequence) + 1)
        #expect(try recorder.kinds(of: .netnsAgent).last == "last")
        #expect(try recorder.kinds(of: .recorder) == ["started", "stopped"])
    }

    @Test func `when others go on, it ends, and takes what they send until then`() throws {
        let relay = try Sender(.relay, to: recorder)
        let agent = try Sender(.netnsAgent, to: recorder)
        try relay.send(1, ["relay"])
        try recorder.signal(SIGTERM)
        try agent.send(1, ["agent"])
        try agent.waitForAcknowledgement(of: 1)
        #expect(try recorder.wait() == .status(0))
        try relay.waitForEnd()
        try agent.waitForEnd()
        #expect(try recorder.kinds(of: .relay) == ["relay"] && recorder.kinds(of: .netnsAgent) == ["agent"])
    }
}
