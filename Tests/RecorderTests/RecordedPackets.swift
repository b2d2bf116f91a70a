import Foundation
import Kernel
import LeaseStore
import Messages

/// A database with these records and no recorder beside it.
final class RecordedPackets {
    private let directory: URL
    var database: String { file("records.sqlite") }

    init(_ records: [Messages.Record], lost: UInt32 = 0) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("recorded-\(UUID())")
        _ = try Directory.make(directory.path)
        let store = try LeaseStore(path: database)
        let batch = RecordBatch(source: .relay, instance: 7, sequence: 1, lost: lost, records: records)
        _ = try store.store([batch], at: Exchange.start)
        try store.close()
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    /// The path of a file beside the database.
    func file(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// Gives the directory to another user, and what is in it unless told otherwise.
    func give(to user: Program.Identity, mode: mode_t, isRecursive: Bool = true) throws {
        let files = isRecursive ? try FileManager.default.contentsOfDirectory(atPath: directory.path).map(file) : []
        for path in files + [directory.path] {
            guard unsafe chown(path, user.user, user.group) == 0 else { throw SystemError("chown \(path)") }
        }
        guard unsafe chmod(directory.path, mode) == 0 else { throw SystemError("chmod \(directory.path)") }
    }

    /// Runs `recorder` with these arguments for this database.
    func recorder(_ arguments: [String], environment: [String] = []) throws -> FinishedProgram {
        var program = try RunningRecorder.program(arguments + ["--database", database])
        program.environment = environment
        return try FinishedProgram(program)
    }
}
