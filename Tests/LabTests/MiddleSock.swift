import Foundation
import Glibc
import Testing

extension Lab {
    /// The command line of middle-sock with a server, all else left to its defaults.
    static func middleSockCommand(_ server: Server, _ options: [String] = []) -> [String] {
        ["\(Project.binaries)/middle-sock"] + options + ["--"] + server.command
    }

    /// Starts a server under middle-sock and waits until its start is recorded as ready.
    ///
    /// - Parameter launcher: what starts middle-sock, and with which privileges.
    func middleSock(_ server: Server, _ options: String..., by launcher: [String] = []) async throws -> Service {
        try server.prepare(on: host)
        let recording = Recording(path: host.path("/var/lib/middle-sock/middle-sock.sqlite"))
        let before = try await recording.rows("SELECT id FROM starts").count
        let program = try await start(.host, launcher + Self.middleSockCommand(server, options))
        try await wait(for: "the start to be recorded as ready", evidence: { program.text }) {
            _ = try program.running
            return try await recording.rows("SELECT id FROM starts WHERE ready_us IS NOT NULL").count > before
        }
        return Service(host: host, program: program, serverName: server.command[0], recording: recording)
    }
}

/// The database of a recorder, asked as its users ask it: with plain sqlite3, from another process, while it is written.
struct Recording: Sendable {
    let path: String
    /// The process that sees it under this path, where the test does not.
    var process: pid_t?

    /// The rows of a query, each a list of columns as text; none while there is no such table yet.
    func rows(_ sql: String) async throws -> [[String]] {
        let place = process.map { ["/usr/bin/nsenter", "-t", "\($0)", "-m"] } ?? []
        let root = process.map { "/proc/\($0)/root" } ?? ""
        guard FileManager.default.fileExists(atPath: root + path) else { return [] }
        let log = "\(NSTemporaryDirectory())/middle-sock-query-\(UInt64.random(in: 0...UInt64.max))"
        defer { for suffix in [".out", ".err"] { try? FileManager.default.removeItem(atPath: log + suffix) } }
        let ending = try await Program.start(
            place + ["/usr/bin/sqlite3", "-readonly", "-cmd", ".timeout 2000", path, sql], title: "sqlite3 \(sql)",
            log: log
        ).ended()
        if ending.errors.contains("no such table") { return [] }
        try #require(ending.status == 0, "sqlite3 \(sql): \(ending.errors)")
        return ending.output.split(separator: "\n").map {
            $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// Waits until a query gives these rows: the recorder writes in batches, a moment later.
    func shows(_ sql: String, _ expected: [[String]], sourceLocation: SourceLocation) async throws {
        var last: [[String]] = []
        do {
            try await wait(for: sql, within: .seconds(5)) {
                last = try await rows(sql)
                return last == expected
            }
        } catch is NeverHappened {
            #expect(last == expected, "\(sql)", sourceLocation: sourceLocation)
        }
    }
}
