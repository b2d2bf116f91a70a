import Foundation
import GRDB
import Kernel
import Messages
import Testing

/// More at once than the tables can take beside forwarding.
@Suite struct StormTests {
    /// As many batches as may be under way.
    private static let batches: UInt64 = 32
    private static let recordsOfBatch = 20

    private func names(_ sequences: ClosedRange<UInt64>) -> [String] {
        sequences.flatMap { batch in (1...Self.recordsOfBatch).map { "event-\(batch)-\($0)" } }
    }

    private func send(_ sequences: ClosedRange<UInt64>, by relay: Sender) throws {
        let detail = String(repeating: "x", count: 1_000)
        for sequence in sequences { try relay.send(sequence, names(sequence...sequence), detail: detail) }
    }

    private func kinds(in recorder: RunningRecorder) throws -> [String] {
        try recorder.kinds(of: .relay)
    }

    /// Kills the recorder right after it has acknowledged a storm, of which it has kept something as it came.
    ///
    /// - Returns: up to where it has acknowledged.
    private func leaveBacklog(of recorder: RunningRecorder, by relay: Sender) throws -> UInt64 {
        let deadline = Clock.monotonic + RunningRecorder.patience
        var last: UInt64 = 0
        while Clock.monotonic < deadline {
            try send(last + 1...last + Self.batches, by: relay)
            last = try relay.waitForAcknowledgement(of: last + Self.batches)
            #expect(try recorder.stop(SIGKILL) == .signal(SIGKILL))
            if try recorder.rows("SELECT count(*) FROM backlog") != ["0"] { return last }
            // Sent so slowly that it was none.
            try recorder.start()
            try relay.reconnect(to: recorder)
        }
        throw RunningRecorder.Missing(what: "a backlog")
    }

    @Test func `what is kept when the recorder is killed is stored by the next, before what follows`() throws {
        let recorder = try RunningRecorder()
        let relay = try Sender(.relay, to: recorder)
        let last = try leaveBacklog(of: recorder, by: relay)
        try recorder.appendGarbageToLog()
        try recorder.start()
        try relay.reconnect(to: recorder)
        try send(last...last + 1, by: relay)
        try relay.waitForAcknowledgement(of: last + 1)
        try recorder.waitForTables()
        #expect(try kinds(in: recorder) == names(1...last + 1))
        #expect(try recorder.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test func `SIGTERM comes after all of a storm`() throws {
        let recorder = try RunningRecorder()
        let relay = try Sender(.relay, to: recorder)
        try send(1...Self.batches, by: relay)
        #expect(try recorder.stop(SIGTERM) == .status(0))
        #expect(try kinds(in: recorder) == names(1...Self.batches))
        #expect(try recorder.rows("SELECT count(*) FROM backlog") == ["0"])
    }

    @Test func `without a backlog a storm waits until it is in the tables`() throws {
        let recorder = try RunningRecorder(["--max-backlog", "0"])
        let relay = try Sender(.relay, to: recorder)
        try send(1...Self.batches, by: relay)
        try relay.waitForAcknowledgement(of: Self.batches)
        #expect(try recorder.stop(SIGKILL) == .signal(SIGKILL))
        #expect(try kinds(in: recorder) == names(1...Self.batches))
    }

    @Test func `a database that is removed in a storm is begun anew`() throws {
        let recorder = try RunningRecorder()
        let relay = try Sender(.relay, to: recorder)
        try send(1...Self.batches, by: relay)
        try relay.waitForAcknowledgement(of: Self.batches)
        try FileManager.default.removeItem(atPath: recorder.database)
        try send(Self.batches + 1...Self.batches + 2, by: relay)
        try relay.waitForAcknowledgement(of: Self.batches + 2)
        try recorder.waitForTables()
        #expect(try kinds(in: recorder) == names(Self.batches + 1...Self.batches + 2))
    }
}
