import Foundation
import Subprocess
import SystemPackage
import Testing

/// What `script/manuals` makes of the programs that were built with these tests; once for all of them.
actor Manuals {
    static let shared = Manuals()

    private var making: Task<URL, any Error>?

    /// The directory in which it all is.
    var share: URL {
        get async throws {
            let task = making ?? Task { try await Self.make() }
            making = task
            return try await task.value
        }
    }

    /// Where the programs are: beside the one that runs this.
    static let programs = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

    private static func make() async throws -> URL {
        let directory = programs.appending(path: "manuals")
        let script = tests.appending(path: "../../script/manuals").standardizedFileURL
        _ = try await output(of: [script.path, directory.path], environment: ["MIDDLE_SOCK_BINARIES": programs.path])
        return directory.appending(path: "share")
    }

    /// What bash offers when somebody presses TAB behind `line`.
    func completions(of line: String) async throws -> [String] {
        let driver = Self.tests.appending(path: "complete.py").path
        return try await Self.output(of: ["/usr/bin/python3", driver, share.path, Self.programs.path, line])
            .split(separator: "\n").map(String.init)
    }

    /// What a page shows on a terminal of 80 columns.
    func text(of command: Command) async throws -> String {
        let shown = try await Self.output(of: ["/usr/bin/mandoc", "-Tascii", page(of: command)])
        // Bold and underlined are written twice, with a step back between.
        return shown.replacing(#/.\x{8}/#, with: "")
    }

    /// Where a page is.
    func page(of command: Command) async throws -> String {
        try await share.appending(path: "man/man8/\(command.words.joined(separator: "-")).8").path
    }

    /// What a program prints, which has to succeed and to complain of nothing.
    static func output(of command: [String], environment: [Environment.Key: String?] = [:]) async throws -> String {
        let result = try await Subprocess.run(
            .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
            environment: .inherit.updating(environment), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20)
        )
        let complaints = result.standardError
        try #require(result.terminationStatus.isSuccess && complaints.isEmpty, "\(command): \(complaints)")
        return result.standardOutput
    }
}
