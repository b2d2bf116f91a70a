import Glibc
import Kernel
import LeaseStore
import Messages
import Testing

@testable import recorder

/// How fast packets are removed.
@Suite struct RemovalPaceTests {
    private var pace = RemovalPace()

    @Test mutating func `it looks at once, and then every second`() {
        #expect(pace.steps(at: 0, hasBacklog: false) == 1)
        pace.noteDone(hasMore: false, at: 5)
        #expect(pace.steps(at: 1_000_004, hasBacklog: false) == 0)
        #expect(pace.steps(at: 1_000_005, hasBacklog: false) == 1)
    }

    @Test mutating func `while there is more it rests between the steps`() {
        pace.noteDone(hasMore: true, at: 5)
        #expect(pace.steps(at: 20_004, hasBacklog: false) == 0)
        #expect(pace.steps(at: 20_005, hasBacklog: false) == 1)
    }

    @Test mutating func `at least as much goes as comes`() {
        pace.noteDone(hasMore: false, at: 5)
        pace.noteStored(Retention.rowsPerStep - 1)
        #expect(pace.steps(at: 6, hasBacklog: false) == 0)
        pace.noteStored(2 * Retention.rowsPerStep)
        #expect(pace.steps(at: 6, hasBacklog: false) == 3)
        pace.noteDone(hasMore: true, at: 6)
        #expect(pace.steps(at: 7, hasBacklog: false) == 0)
    }

    @Test mutating func `in a storm only that much goes`() {
        #expect(pace.steps(at: 0, hasBacklog: true) == 0)
        pace.noteStored(Retention.rowsPerStep)
        #expect(pace.steps(at: 0, hasBacklog: true) == 2)
    }
}

/// The recorder while it keeps less than everything.
@Suite struct RetentionTests {
    @Test func `old packets go by themselves while the recorder runs, and leases stay`() throws {
        let recorder = try RunningRecorder(["--keep-packets", "1h"])
        let relay = try Sender(.relay, to: recorder)
        let now = Clock.realtime
        let latest = Exchange.packet([UInt8](repeating: 0xA5, count: 61), .toServer, .vlan, at: now)
        try relay.send(1, [Exchange.acknowledgement, Exchange.discover, latest])
        try relay.waitForAcknowledgement(of: 1)
        let deadline = Clock.monotonic + RunningRecorder.patience
        while try recorder.rows("SELECT count(*) FROM packets") != ["1"], Clock.monotonic < deadline {}
        #expect(try recorder.rows("SELECT captured_at FROM packets") == ["\(now)"])
        #expect(try recorder.rows("SELECT address FROM leases") == ["192.168.50.101"])
    }

    @Test func `what nobody asked for cuts a database that was there before at the start after it was told`() throws {
        let first = try RunningRecorder(["--keep-packets", "forever", "--keep-leases", "forever"])
        let relay = try Sender(.relay, to: first)
        try relay.send(1, [Exchange.discover, Exchange.acknowledgement])
        try relay.waitForAcknowledgement(of: 1)
        #expect(try first.stop(SIGTERM) == .status(0))
        #expect(first.log.contains("keeps packets for ever, leases for ever"))
        let second = try RunningRecorder(["--database", first.database])
        #expect(second.log.contains("nothing is removed yet") && second.log.contains("--keep-packets forever"))
        #expect(try second.stop(SIGTERM) == .status(0))
        #expect(try first.rows("SELECT count(*) FROM packets") == ["2"])
        let third = try RunningRecorder(["--database", first.database])
        #expect(third.log.contains("keeps packets for 30d and as long as the database is under 2GiB, leases for 2y"))
        #expect(!third.log.contains("nothing is removed yet"))
        let deadline = Clock.monotonic + RunningRecorder.patience
        while try first.rows("SELECT count(*) FROM packets") != ["0"], Clock.monotonic < deadline {}
        #expect(try first.rows("SELECT count(*) FROM packets") == ["0"])
    }

    @Test func `without frames the export says so`() throws {
        let recorder = try RunningRecorder(["--no-frames"])
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, [Exchange.discover, Exchange.offer])
        try relay.waitForAcknowledgement(of: 1)
        let export = try FinishedProgram(
            RunningRecorder.program(["export", "--pcapng", "/dev/null", "--database", recorder.database]))
        #expect(export.error == "recorder: wrote 0 packets; left out 2 of which the frames were not kept\n")
        #expect(try recorder.rows("SELECT message_type FROM packets ORDER BY id") == ["DISCOVER", "OFFER"])
    }

    @Test func `what is no time and no size is one line`() throws {
        for arguments in [["--keep-packets", "month"], ["--max-size", "1MiB"], ["--max-backlog", "1MiB"]] {
            let result = try FinishedProgram(RunningRecorder.program(arguments))
            #expect(result.exit == .status(64))
            #expect(result.error.split(separator: "\n").count == 1 && result.error.contains(arguments[0]))
        }
    }
}
