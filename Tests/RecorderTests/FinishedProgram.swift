import Foundation
import Kernel

/// A program that ran to its end, and what it said.
struct FinishedProgram {
    let exit: ChildProcess.Exit
    let standardOutput: Data
    let error: String

    var output: String { String(decoding: standardOutput, as: UTF8.self) }

    /// Runs the program.
    init(_ program: Program) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("finished-\(UUID())")
        _ = try Directory.make(directory.path)
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = try ["out", "err"].map { name in
            let file = directory.appendingPathComponent(name)
            try Data().write(to: file)
            return try FileHandle(forUpdating: file)
        }
        var program = program
        (program.output, program.error) = (files[0].fileDescriptor, files[1].fileDescriptor)
        exit = try ChildProcess(program).wait()
        let written = try files.map { file in
            try file.seek(toOffset: 0)
            return try file.readToEnd() ?? Data()
        }
        standardOutput = written[0]
        error = String(decoding: written[1], as: UTF8.self)
    }

    /// Runs a program of the system's by its name.
    init(_ name: String, _ arguments: [String]) throws {
        try self.init(
            Program(
                path: "/usr/bin/\(name)", arguments: arguments,
                environment: ["PATH=/usr/bin:/bin", "HOME=/nonexistent"]))
    }
}
