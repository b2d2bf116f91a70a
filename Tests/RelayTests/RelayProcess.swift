import Foundation
import Kernel
import Messages

/// The program `relay`, started without any privilege and in an empty network namespace where the test may do that.
final class RelayProcess {
    let directory: String
    let process: ChildProcess
    private let lines: Descriptor
    private var text = ""

    /// The user that the relay runs as when the test runs as root.
    static let user: UInt32 = 60_771

    /// Starts the relay and waits until it receives.
    ///
    /// - Parameter environment: variables as `NAME=value`.
    init(environment: [String] = []) throws {
        directory = NSTemporaryDirectory() + "relay-\(UUID().uuidString.prefix(8))"
        _ = try Directory.make(directory)
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString
        let pipe = try Descriptor.pipe()
        var program = Program(path: "./relay", arguments: ["--runtime-directory", directory], environment: environment)
        program.directory = products.deletingLastPathComponent
        program.error = pipe.writing.rawValue
        if getuid() == 0 {
            guard unsafe chown(directory, Self.user, Self.user) == 0, unsafe chmod(directory, 0o755) == 0 else {
                throw Trouble("cannot give \(directory) away")
            }
            program.identity = Program.Identity(user: Self.user, group: Self.user)
            program.network = .empty
            program.capabilities = []
        }
        process = try ChildProcess(program)
        lines = pipe.reading
        pipe.writing.close()
        try awaitLine("waits for sockets")
    }

    deinit {
        try? process.signal(SIGKILL)
        _ = try? process.wait()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Where it receives.
    var path: String { "\(directory)/relay.sock" }

    /// Reads what the relay says until a line contains `part`, and gives that line.
    @discardableResult
    func awaitLine(_ part: String) throws -> String {
        while true {
            while let end = text.firstIndex(of: "\n") {
                let line = String(text[..<end])
                text = String(text[text.index(after: end)...])
                if line.contains(part) { return line }
            }
            guard becomesReady(lines.rawValue), let bytes = try lines.read(capacity: 4_096), !bytes.isEmpty else {
                throw Trouble("the relay did not say '\(part)'")
            }
            text += String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Sends a message to the relay as netns-agent does.
    func send(_ message: Message, passing descriptors: [Int32] = []) throws {
        guard try MessageSocket().send(message.encoded(), to: path, passing: descriptors) else {
            throw Trouble("the relay's socket is full")
        }
    }

    /// How the relay says it is.
    func status() throws -> Status {
        let channel = try MessageSocket.channel()
        let near = channel.near
        try send(.statusRequest, passing: [channel.far.rawValue])
        guard case .status(let status) = try Message(decoding: try near.await().bytes) else {
            throw Trouble("the answer is no status")
        }
        return status
    }

    /// Ends the relay with a signal and says how it ended.
    func stop(by signal: Int32 = SIGTERM) throws -> ChildProcess.Exit {
        try process.signal(signal)
        return try end()
    }

    /// Waits until it has ended and says how.
    func end() throws -> ChildProcess.Exit {
        guard becomesReady(process.descriptor.rawValue) else { throw Trouble("the relay does not stop") }
        return try process.wait()
    }

    /// Closes the end of the pipe from which the relay's lines are read.
    func stopReadingLines() throws {
        let nothing = try Descriptor(reading: "/dev/null")
        guard dup2(nothing.rawValue, lines.rawValue) >= 0 else { throw Trouble("cannot close the pipe") }
    }

    /// How many descriptors its epoll watches (proc(5), `/proc/PID/fdinfo`).
    func watchedCount() throws -> Int {
        let directory = "/proc/\(process.pid)/fdinfo"
        return try FileManager.default.contentsOfDirectory(atPath: directory).reduce(0) { count, name in
            // What is closed meanwhile is nothing that watches.
            guard let text = try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8) else { return count }
            return count + text.split(separator: "\n").count { $0.hasPrefix("tfd:") }
        }
    }

    /// How long it has been computing, in hundredths of a second.
    func processorTime() throws -> Int {
        let fields = try statistics()
        guard let user = Int(fields[11]), let system = Int(fields[12]) else {
            throw Trouble("/proc tells nothing about the relay")
        }
        return user + system
    }

    /// Waits until it waits itself.
    func awaitSleep() throws {
        while try statistics()[0] != "S" { sched_yield() }
    }

    /// Waits until SIGSTOP has stopped it.
    func awaitStop() throws {
        while try statistics()[0] != "T" { sched_yield() }
    }

    /// The fields behind its name (proc_pid_stat(5)): its state, then as numbers what it used.
    private func statistics() throws -> [Substring] {
        let text = try String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12 else { throw Trouble("/proc tells nothing about the relay") }
        return fields
    }

    /// The inodes of the sockets that the relay holds.
    func heldSockets() throws -> Set<UInt64> {
        let directory = "/proc/\(process.pid)/fd"
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        return Set(
            names.compactMap { name in
                guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)"),
                    target.hasPrefix("socket:[")
                else { return nil }
                return UInt64(target.dropFirst("socket:[".count).dropLast())
            })
    }
}

/// The inode of an open socket, which all descriptors for it share.
func inode(of descriptor: borrowing Descriptor) -> UInt64 {
    var status = stat()
    guard unsafe fstat(descriptor.rawValue, &status) == 0 else { return 0 }
    return UInt64(status.st_ino)
}
