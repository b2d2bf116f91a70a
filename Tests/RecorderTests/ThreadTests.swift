import Foundation
import Kernel
import Messages
import Testing

/// That the recorder has no thread but those that are known by name, in all its modes.
///
/// A thread of a library can need what a confined process has not: Dispatch ended it, by SIGILL, for a look into /proc.
@Suite struct ThreadTests {
    /// `MIDDLE_SOCK_SCRAPES` of them: it was one of 500 to 4,000 that ended the recorder.
    private static let scrapes = ProcessInfo.processInfo.environment["MIDDLE_SOCK_SCRAPES"].flatMap(Int.init) ?? 200

    /// `MIDDLE_SOCK_LONG_LOGS` of them, each brought into the database by a thread of its own.
    private static let longLogs = ProcessInfo.processInfo.environment["MIDDLE_SOCK_LONG_LOGS"].flatMap(Int.init) ?? 2

    @Test func `the recorder has its own and that of the metrics, whatever becomes of its database`() throws {
        let recorder = try RunningRecorder(["--metrics-listen", "127.0.0.1:0"])
        let start = try #require(recorder.log.range(of: "http://"))
        let address = String(recorder.log[start.lowerBound...].prefix { !$0.isWhitespace })
        let relay = try Sender(.relay, to: recorder)
        // Each time the connections to the one before are given up.
        for sequence in 1...3 as ClosedRange<UInt64> {
            #expect(try ServedMetrics.fetch(20, from: address) == 20)
            for suffix in ["", "-wal", "-shm"] {
                try FileManager.default.removeItem(atPath: recorder.database + suffix)
            }
            try relay.send(sequence, [Exchange.discover])
            try relay.waitForAcknowledgement(of: sequence)
        }
        #expect(try ServedMetrics.fetch(Self.scrapes, from: address) == Self.scrapes)
        #expect(try ProcessFiles(process: recorder.identifier).threads == ["NIO-ELT-1-#1", "long-log", "recorder"])
        #expect(try recorder.stop(SIGTERM) == .status(0))
    }

    @Test func `the recorder alone has its own, also behind a long log`() throws {
        let recorder = try RunningRecorder(["--max-size", "1GiB"])
        try recorder.growLog(toMebibytes: 40, times: Self.longLogs)
        #expect(try ProcessFiles(process: recorder.identifier).threads == ["long-log", "recorder"])
        #expect(try recorder.stop(SIGTERM) == .status(0))
    }

    @Test func `metrics alone have theirs`() throws {
        let recorded = try RecordedPackets([Exchange.discover])
        let metrics = try ServedMetrics(of: recorded.database)
        #expect(try ServedMetrics.fetch(20, from: metrics.address) == 20)
        #expect(try ProcessFiles(process: metrics.process.pid).threads == ["NIO-ELT-1-#1", "recorder"])
    }

    @Test func `what follows has one`() throws {
        let recorder = try RunningRecorder()
        let relay = try Sender(.relay, to: recorder)
        try relay.send(1, [Exchange.discover])
        try relay.waitForAcknowledgement(of: 1)
        let follower = try Follower(["--database", recorder.database, "--since", "2023-11-14"])
        #expect(try follower.line().contains("DISCOVER"))
        #expect(try ProcessFiles(process: follower.identifier).threads == ["recorder"])
    }

    @Test(arguments: [
        ["leases"], ["leases", "--json"], ["starts"], ["packets"], ["events"], ["export", "--pcapng", "/dev/null"],
        ["metrics"], ["report", "--output"], ["--help"], ["status", "--runtime-directory", "/nonexistent"],
    ])
    func `what prints and ends starts none`(arguments: [String]) throws {
        let recorded = try RecordedPackets([Exchange.discover, Exchange.offer, Exchange.acknowledgement])
        var arguments = arguments
        if arguments[0] == "report" {
            try Data("Chart".utf8).write(to: URL(fileURLWithPath: recorded.file("chart.js")))
            arguments += [recorded.file("report"), "--chart-js", recorded.file("chart.js")]
        }
        if !["--help", "status"].contains(arguments[0]) { arguments += ["--database", recorded.database] }
        let program = try RunningRecorder.program(arguments)
        let calls = recorded.file("calls")
        let ended = try FinishedProgram(
            "strace",
            ["-f", "-o", calls, "-e", "trace=clone,clone3,fork,vfork", "\(program.directory ?? "")/recorder"]
                + arguments)
        #expect(arguments[0] == "status" ? ended.exit == .status(69) : ended.exit == .status(0), "\(ended)")
        let made = try String(contentsOfFile: calls, encoding: .utf8).split(separator: "\n")
        #expect(!made.contains { $0.contains("clone") || $0.contains("fork(") }, "\(made)")
    }
}
