import Foundation
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// A process that runs while the test goes on; what it writes goes to files, so nothing ever blocks on a pipe.
final class Program: Sendable {
    /// How a program ended.
    struct Ending: Sendable {
        /// The status it exited with, or as a shell counts it, 128 and the number of the signal that ended it.
        var status: Int32
        var output: String
        var errors: String
    }

    private enum Stage {
        case starting
        case running(pid_t)
        case ended(TerminationStatus)
        case failed(any Error)
    }

    let title: String
    private let log: String
    private let stage = Mutex(Stage.starting)

    /// Starts a program and returns once it has a process identifier.
    ///
    /// - Parameters:
    ///   - command: the path of the executable, and its arguments.
    ///   - title: what it is called in messages.
    ///   - log: what it writes goes to the files `log.out` and `log.err`.
    /// - Returns: the program, which may already have ended.
    /// - Throws: when a file for what it writes cannot be made.
    static func start(_ command: [String], title: String, log: String) async throws -> Program {
        let program = Program(title, log)
        let output = try open(log + ".out")
        let errors = try open(log + ".err")
        Task { await program.follow(command, output, errors) }
        try await wait(for: "\(program.title) starts") { program.hasStarted }
        return program
    }

    private init(_ title: String, _ log: String) {
        self.title = title
        self.log = log
    }

    private static func open(_ path: String) throws -> FileDescriptor {
        try .open(
            FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }

    private func follow(_ command: [String], _ output: FileDescriptor, _ errors: FileDescriptor) async {
        do {
            let result = try await Subprocess.run(
                .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())), input: .none,
                output: .fileDescriptor(output, closeAfterSpawningProcess: true),
                error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
            ) { execution in
                self.stage.withLock { $0 = .running(execution.processIdentifier.value) }
            }
            stage.withLock { $0 = .ended(result.terminationStatus) }
        } catch {
            stage.withLock { $0 = .failed(error) }
        }
    }

    private var hasStarted: Bool {
        stage.withLock { if case .starting = $0 { false } else { true } }
    }

    /// What it has written so far, to standard output and to standard error.
    var text: String { standardOutput + errors }

    /// What it has written to standard output so far.
    var standardOutput: String { contents(of: log + ".out") }
    private var errors: String { contents(of: log + ".err") }

    /// Its process identifier while it runs, nil afterwards.
    var processIdentifier: pid_t? {
        stage.withLock { if case .running(let identifier) = $0 { identifier } else { nil } }
    }

    /// Its process identifier; an error when it has ended, for those who wait for something it does.
    var running: pid_t {
        get throws {
            if let processIdentifier { return processIdentifier }
            throw NeverHappened(description: "\(title) has ended: \(String(describing: try ending))")
        }
    }

    /// How it ended, nil while it runs.
    var ending: Ending? {
        get throws {
            switch stage.withLock({ $0 }) {
            case .starting, .running: nil
            case .failed(let error): throw error
            case .ended(.exited(let status)): Ending(status: status, output: standardOutput, errors: errors)
            case .ended(.signaled(let signal)): Ending(status: 128 + signal, output: standardOutput, errors: errors)
            }
        }
    }

    /// Waits until it has ended by itself.
    func ended(within limit: Duration = .seconds(30)) async throws -> Ending {
        try await eventually("\(title) ends", within: limit, evidence: { text }) { try ending }
    }

    /// Waits until it has written this, and says how often it has by then.
    @discardableResult
    func says(_ words: String, times: Int = 1, within limit: Duration = .seconds(15)) async throws -> Int {
        try await eventually("\(title) says '\(words)'", within: limit, evidence: { text }) {
            let count = text.components(separatedBy: words).count - 1
            return count >= times ? count : nil
        }
    }

    /// Sends it a signal, unless it has ended.
    func send(_ signal: Int32) {
        if let processIdentifier { _ = kill(processIdentifier, signal) }
    }

    /// Ends it as an administrator would, with SIGTERM, and says how it took it.
    func stop(within limit: Duration = .seconds(15)) async throws -> Ending {
        send(SIGTERM)
        return try await ended(within: limit)
    }
}

/// The text of a file, empty when there is none yet.
func contents(of path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
}
