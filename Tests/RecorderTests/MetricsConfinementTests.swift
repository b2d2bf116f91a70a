import Foundation
import Kernel
import Messages
import RootTesting
import Testing

/// What `recorder metrics --listen` gives up when root starts it.
@Suite(.asRoot)
struct MetricsConfinementTests {
    /// The user that records, as under `middle-sock`.
    private static let recorder = Program.Identity(user: 60_769, group: 60_767)

    /// A database of the recorder's, in a directory that it and its group enter.
    private static func recorded() throws -> RecordedPackets {
        let recorded = try RecordedPackets([Exchange.discover])
        try recorded.give(to: recorder, mode: 0o750)
        return recorded
    }

    private static func expectNoPrivilege(_ process: pid_t, user: Program.Identity) throws {
        let status = try ProcessFiles(process: process).status
        for set in ["Inh", "Prm", "Eff", "Bnd", "Amb"] { #expect(status["Cap\(set)"] == "0000000000000000", "\(set)") }
        #expect(status["NoNewPrivs"] == "1")
        #expect(status["Seccomp"] == "2")
        #expect(status["Groups"] == "")
        #expect(status["Uid"] == Array(repeating: "\(user.user)", count: 4).joined(separator: " "))
        #expect(status["Gid"] == Array(repeating: "\(user.group)", count: 4).joined(separator: " "))
    }

    @Test func `root becomes the user whose database it is`() throws {
        let recorded = try Self.recorded()
        let metrics = try ServedMetrics(of: recorded.database)
        #expect(try ServedMetrics.fetch(3, from: metrics.address) == 3)
        try Self.expectNoPrivilege(metrics.process.pid, user: Self.recorder)
    }

    @Test func `where that one cannot read it root stays root, without any capability`() throws {
        let recorded = try RecordedPackets([Exchange.discover])
        try recorded.give(to: Self.recorder, mode: 0o755)
        try recorded.give(to: Program.Identity(user: 0, group: 0), mode: 0o700, isRecursive: false)
        let metrics = try ServedMetrics(of: recorded.database)
        #expect(try ServedMetrics.fetch(3, from: metrics.address) == 3)
        try Self.expectNoPrivilege(metrics.process.pid, user: Program.Identity(user: 0, group: 0))
    }

    /// The ways out that are tried, as Tests/escape/attempts.c has them.
    enum Attempt: String, CaseIterable {
        case openInternetSocket, openUnixSocket, openFile, runProgram, makeProcess, makeThread, trace, readMemory
        case signalProcess, unshare, makeRing, makeCode
    }

    @Test(arguments: Attempt.allCases)
    func `taken over, it is killed at whatever it tries`(attempt: Attempt) throws {
        // Files beside the database it may open: those elsewhere Landlock refuses.
        let expected: ChildProcess.Exit = attempt == .openFile ? .status(EACCES) : .signal(SIGSYS)
        #expect(try ending(of: attempt, in: "main") == expected)
    }

    @Test func `taken over in another thread, too`() throws {
        #expect(try ending(of: .openInternetSocket, in: "other") == .signal(SIGSYS))
    }

    @Test(arguments: Attempt.allCases)
    func `it could if it had given up nothing`(attempt: Attempt) throws {
        // Only root may trace who has another user.
        let ending = try ending(of: attempt, in: "main", ["ESCAPE_UNCONFINED=yes"])
        #expect(ending == .status(attempt == .trace ? EPERM : 0))
    }

    private func ending(of attempt: Attempt, in thread: String, _ more: [String] = []) throws -> ChildProcess.Exit {
        let recorded = try Self.recorded()
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString
        let library = recorded.file("escape.so")
        try FileManager.default.copyItem(atPath: products.deletingLastPathComponent + "/libescape.so", toPath: library)
        let metrics = try ServedMetrics(
            of: recorded.database,
            environment: [
                "LD_PRELOAD=\(library)", "ESCAPE_ATTEMPT=\(attempt.rawValue)", "ESCAPE_THREAD=\(thread)",
                "ESCAPE_FAMILY=\(AF_INET)",
            ] + more)
        return try metrics.process.wait()
    }
}
