import Foundation
import GRDB
import Kernel
import Messages
import RootTesting
import Testing

/// The recorder as others see it: a process with a socket and a database.
@Suite struct RecorderProcessTests {
    private let recorder: RunningRecorder

    init() throws {
        recorder = try RunningRecorder()
    }

    private func kinds(of component: ComponentName = .relay) throws -> [String] {
        try recorder.kinds(of: component)
    }

    @Test func `what is sent is stored and then acknowledged`() throws {
        let relay = try Sender(.relay, to: recorder)
        let agent = try Sender(.netnsAgent, to: recorder)
        try relay.send(1, ["one", "two"])
        try agent.send(1, ["three"], instance: 8)
        try relay.waitForAcknowledgement(of: 1)
        try agent.waitForAcknowledgement(of: 1)
        #expect(try kinds() == ["one", "two"])
        #expect(try kinds(of: .netnsAgent) == ["three"])
        #expect(try kinds(of: .recorder) == ["started"])
    }

    @Test func `what was stored but not acknowledged before a crash is stored once`() throws {
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, ["one"])
        try relay.waitForAcknowledgement(of: 1)
        #expect(try recorder.stop(SIGKILL) == .signal(SIGKILL))
        try recorder.start()
        try relay.reconnect(to: recorder)
        try relay.send(1, ["one"])
        try relay.send(2, ["two"])
        try relay.waitForAcknowledgement(of: 2)
        #expect(try kinds() == ["one", "two"])
    }

    @Test func `when an older database is put back, recording goes on`() throws {
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, ["one"])
        try relay.waitForAcknowledgement(of: 1)
        try DatabaseQueue(path: recorder.database).writeWithoutTransaction { database in
            try database.execute(sql: "VACUUM INTO ?", arguments: [recorder.database + ".backup"])
        }
        try relay.send(2, ["two"])
        try relay.waitForAcknowledgement(of: 2)
        #expect(try recorder.stop(SIGTERM) == .status(0))
        try FileManager.default.removeItem(atPath: recorder.database)
        try FileManager.default.moveItem(atPath: recorder.database + ".backup", toPath: recorder.database)
        try recorder.start()
        try relay.reconnect(to: recorder)
        try relay.send(3, ["three"])
        try relay.waitForAcknowledgement(of: 3)
        #expect(try kinds() == ["one", "three"])
        #expect(try kinds(of: .recorder).contains("batches-missing"))
    }

    @Test func `what was sent before its sender ended is stored, whatever that one had not read`() throws {
        var relay: Sender? = try Sender(.relay, to: recorder)
        try relay?.send(1, ["one"])
        while try recorder.status()["batches-stored"] != "1" {}
        // Its acknowledgement is not read: the kernel tells that before what comes next (unix_release_sock).
        try recorder.signal(SIGSTOP)
        try relay?.send(2, ["two"])
        try relay?.send(3, ["three"])
        relay = nil
        try recorder.signal(SIGCONT)
        while try recorder.status()["channels"] == "relay" {}
        #expect(try recorder.stop(SIGTERM) == .status(0))
        #expect(try kinds() == ["one", "two", "three"])
    }

    @Test func `SIGTERM comes after everything that was sent before`() throws {
        let relay = try Sender(.relay, to: recorder)
        for sequence in 1...100 as ClosedRange<UInt64> { try relay.send(sequence, ["event-\(sequence)"]) }
        #expect(try recorder.stop(SIGTERM) == .status(0))
        #expect(try kinds().count == 100)
        #expect(try kinds(of: .recorder) == ["started", "stopped"])
        let log = try FileManager.default.attributesOfItem(atPath: recorder.database + "-wal")
        #expect(log[.size] as? Int == 0)
    }

    @Test func `while the database is locked nothing is acknowledged, and nothing is lost`() throws {
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, ["one"])
        try relay.waitForAcknowledgement(of: 1)
        try DatabaseQueue(path: recorder.database).inTransaction(.immediate) { _ in
            // More than the recorder keeps: the rest waits in the channel.
            for sequence in 2...100 as ClosedRange<UInt64> { try relay.send(sequence, ["event-\(sequence)"]) }
            while try recorder.status()["database-state"] == "working" {}
            var waiting = 0
            while waiting < 64 { waiting = try Int(recorder.status()["batches-waiting"] ?? "") ?? 0 }
            #expect(waiting == 64)
            #expect(try recorder.status()["database-state"]?.hasSuffix("database is locked") == true)
            #expect(try relay.nextAcknowledgement() == nil)
            return .rollback
        }
        try relay.waitForAcknowledgement(of: 100)
        #expect(try kinds() == ["one"] + (2...100).map { "event-\($0)" })
        #expect(try recorder.stop(SIGTERM) == .status(0))
        #expect(try kinds(of: .recorder) == ["started", "storing-again", "stopped"])
    }

    @Test func `a newer channel replaces the older, of which nothing is lost`() throws {
        let old = try Sender(.relay, to: recorder)
        try old.send(1, ["old"], instance: 1)
        let new = try Sender(.relay, to: recorder)
        try new.send(1, ["new"], instance: 2)
        try new.waitForAcknowledgement(of: 1)
        #expect(try Set(kinds()) == ["old", "new"])
        #expect(try recorder.status()["channels"] == "relay")
        try old.waitForEnd()
    }

    @Test func `wrong messages are counted and change nothing`() throws {
        let relay = try Sender(.relay, to: recorder)
        try relay.send([1, 2, 3])
        try relay.send(Message.statusRequest.encoded())
        let anybody = try MessageSocket()
        for bytes in [[], [0], Message.recordsFrom(.relay).encoded(), Message.recordsTo.encoded()] as [[UInt8]] {
            #expect(try anybody.send(bytes, to: recorder.socket))
        }
        try relay.send(1, ["one"])
        try relay.waitForAcknowledgement(of: 1)
        let status = try recorder.status()
        #expect(status["messages-refused"] == "6")
        #expect(status["records-stored"] == "1")
        #expect(status["channels"] == "relay")
    }

    @Test func `a channel whose other end is gone is forgotten`() throws {
        do { _ = try Sender(.relay, to: recorder) }
        while try recorder.status()["channels"] != "" {}
    }

    @Test func `a second recorder in the same directory is refused`() throws {
        let result = try run(["--runtime-directory", recorder.directory.path, "--database", recorder.database])
        #expect(result.exit == .status(69))
        #expect(result.error.contains("recorder.sock"))
    }

    @Test func `listings print what is stored, for people and as JSON`() throws {
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, ["one", "two"])
        try relay.waitForAcknowledgement(of: 1)
        let cut = try run(["events", "--database", recorder.database, "--limit", "1", "--until", "1971-01-01"])
        #expect(cut.error == "recorder: older rows are left out; --limit 0 prints all\n")
        #expect(
            cut.output == """
                TIME                         COMPONENT  KIND  DETAIL
                1970-01-01T00:00:00.000001Z  relay      two   -

                """)
        let json = try run(["--database", recorder.database, "events", "--json"]).output
        let objects = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]]
        #expect(objects?.map { $0["kind"] as? String } == ["one", "two", "started"])
        for name in ["leases", "starts", "packets"] {
            #expect(try run([name, "--json", "--database", recorder.database]).output == "[]\n")
            #expect(try run([name, "--database", recorder.database]).output.contains("  "))
        }
    }

    @Test func `a listing of a database that is not there is one line and status 69`() throws {
        let result = try run(["leases", "--database", "/nonexistent/records.sqlite"])
        #expect(result.exit == .status(69))
        #expect(
            result.error == """
                recorder: cannot open the database /nonexistent/records.sqlite: no such file; name it with --database, \
                or start the recorder first

                """)
    }

    @Test(.asRoot)
    func `a user who may only read can read, while the recorder runs and when it has stopped`() throws {
        let arguments = ["events", "--database", recorder.database]
        let nobody = Program.Identity(user: 65_534, group: 65_534)
        #expect(try run(arguments, as: nobody).output.contains("started"))
        #expect(try recorder.stop(SIGTERM) == .status(0))
        let result = try run(arguments, as: nobody)
        #expect(result.output.contains("stopped"))
        #expect(result.error == "")
    }

    /// Runs the program to its end.
    private func run(_ arguments: [String], as identity: Program.Identity? = nil) throws -> FinishedProgram {
        var program = try RunningRecorder.program(arguments)
        program.identity = identity
        return try FinishedProgram(program)
    }
}
