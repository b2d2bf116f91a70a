import Foundation
import GRDB
import Kernel
import Messages
import RootTesting
import Testing

/// What happens to the database, or to the recorder, while records come: nothing that was acknowledged is lost.
@Suite struct FaultTests {
    private let recorder: RunningRecorder

    init() throws {
        recorder = try RunningRecorder()
    }

    private func kinds() throws -> [String] {
        try recorder.kinds(of: .relay)
    }

    @Test func `killed 100 times under load, it loses nothing that it acknowledged`() throws {
        let relay = try Sender(.relay, to: recorder)
        var sent: UInt64 = 0
        var acknowledged: UInt64 = 0
        for round in 1...100 {
            // A relay sends again what was not acknowledged, and goes on.
            sent = acknowledged
            // Every second time it is a storm.
            let detail = String(repeating: "x", count: round % 2 * 200)
            for _ in 0..<60 {
                sent += 1
                try relay.send(sent, (1...20).map { "event-\(sent)-\($0)" }, detail: detail)
            }
            acknowledged = try relay.waitForAcknowledgement(of: acknowledged + UInt64(1 + round * 7 % 50))
            #expect(try recorder.stop(SIGKILL) == .signal(SIGKILL))
            acknowledged = try max(acknowledged, relay.lastAcknowledged())
            try recorder.start()
            #expect(try recorder.rows("PRAGMA integrity_check") == ["ok"])
            try recorder.waitForTables()
            let stored = try kinds()
            #expect(stored.count >= Int(acknowledged) * 20, "round \(round)")
            try relay.reconnect(to: recorder)
        }
        for sequence in (acknowledged + 1)...(sent + 1) {
            try relay.send(sequence, (1...20).map { "event-\(sequence)-\($0)" })
        }
        try relay.waitForAcknowledgement(of: sent + 1)
        try recorder.waitForTables()
        #expect(try kinds() == (1...(sent + 1)).flatMap { batch in (1...20).map { "event-\(batch)-\($0)" } })
    }

    @Test func `garbage at the end of the log is passed over`() throws {
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, ["one"])
        try relay.waitForAcknowledgement(of: 1)
        #expect(try recorder.stop(SIGKILL) == .signal(SIGKILL))
        try recorder.appendGarbageToLog()
        try recorder.start()
        try relay.reconnect(to: recorder)
        try relay.send(2, ["two"])
        try relay.waitForAcknowledgement(of: 2)
        #expect(try kinds() == ["one", "two"])
        #expect(try recorder.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test(arguments: [[""], ["", "-wal", "-shm"]])
    func `a database that is removed is begun anew, and says so`(suffixes: [String]) throws {
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, ["one"])
        try relay.waitForAcknowledgement(of: 1)
        for suffix in suffixes { try FileManager.default.removeItem(atPath: recorder.database + suffix) }
        try relay.send(2, ["two"])
        try relay.send(3, ["three"])
        try relay.waitForAcknowledgement(of: 3)
        #expect(try kinds() == ["two", "three"])
        #expect(try recorder.stop(SIGTERM) == .status(0))
        #expect(
            try recorder.kinds(of: .recorder)
                == ["database-removed", "stopped"])
    }

    @Test(.asRoot)
    func `on a full disk nothing is acknowledged, and nothing is lost`() throws {
        try recorder.moveToSmallDisk()
        defer { recorder.leaveSmallDisk() }
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, ["one"])
        try relay.waitForAcknowledgement(of: 1)
        let filler = recorder.disk.appendingPathComponent("filler")
        try recorder.fillDisk(with: filler)
        // Of other kinds: of one no more than a number is kept.
        for sequence in 2...40 as ClosedRange<UInt64> {
            try relay.send(sequence, Array(repeating: "more-\(sequence)", count: 400))
        }
        while try recorder.status()["database-state"]?.hasSuffix("database or disk is full") != true {}
        let stored = try kinds().count
        try FileManager.default.removeItem(at: filler)
        try relay.waitForAcknowledgement(of: 40)
        #expect(try kinds().count == 1 + 39 * 400)
        #expect(stored < 1 + 39 * 400)
        #expect(try recorder.rows("PRAGMA integrity_check") == ["ok"])
    }
}
