import Foundation
import Kernel
import Messages
import Service

/// One of the three that have a socket, as a process of its own with the socket it has in real life.
final class RunningComponent {
    let name: ComponentName
    let directory: String
    let process: ChildProcess
    /// Who may send to it, beside root.
    var user: UInt32 { name == .netnsAgent ? Self.discovery : Self.user }

    /// Whom the relay and the recorder run as.
    static let user: UInt32 = 60_781
    /// Whom netns-agent takes networks from.
    static let discovery: UInt32 = 60_782
    /// Somebody who may send to nobody.
    static let stranger: UInt32 = 60_783

    /// Those that have sockets.
    static let all: [ComponentName] = [.netnsAgent, .relay, .recorder]

    /// Starts it in an empty network namespace, and waits until it answers.
    ///
    /// - Parameters:
    ///   - place: the directory of its socket, another one than its own.
    ///   - descriptors: how many it may have; as many as usual where nothing is given.
    init(_ name: ComponentName, in place: String? = nil, descriptors: Int? = nil) throws {
        self.name = name
        directory = try place ?? Self.makeDirectory(for: name)
        process = try Self.start(name, in: directory, descriptors: descriptors)
        try waitUntil("it answers") { if case .status = try answer() { true } else { false } }
    }

    deinit {
        try? process.signal(SIGKILL)
        _ = try? process.wait()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A directory for the socket of a component, into which every user of the machine gets: then the sockets stand alone.
    static func makeDirectory(for name: ComponentName) throws -> String {
        let path = NSTemporaryDirectory() + "socket-\(UUID().uuidString.prefix(8))"
        let owner = name == .netnsAgent ? 0 : user
        _ = try Directory.make(path)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755, .ownerAccountID: owner, .groupOwnerAccountID: owner], ofItemAtPath: path)
        return path
    }

    /// Starts a component with its socket in `directory`.
    static func start(_ name: ComponentName, in directory: String, descriptors: Int? = nil) throws -> ChildProcess {
        var arguments = ["--runtime-directory", directory]
        switch name {
        case .recorder: arguments += ["--database", directory + "/records.sqlite"]
        case .netnsAgent: arguments += ["--discovery-user", "\(discovery)", "--", "/bin/cat"]
        default: break
        }
        var program = Program(path: "./\(name)", arguments: arguments, environment: [])
        if let descriptors {
            program.path = "/usr/bin/prlimit"
            program.arguments = ["--nofile=\(descriptors):\(descriptors)", "./\(name)"] + arguments
        }
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString
        program.directory = products.deletingLastPathComponent
        program.network = .empty
        program.parentDeathSignal = nil
        if name != .netnsAgent {
            program.identity = Program.Identity(user: user, group: user)
            program.capabilities = []
        }
        let log = try Descriptor(replacing: directory + ".log")
        program.error = log.rawValue
        return try ChildProcess(program)
    }

    /// Where it receives.
    var path: String { "\(directory)/\(name).sock" }

    /// What it has said.
    var log: String { Self.log(in: directory) }

    /// What a component with its socket in `directory` has said.
    static func log(in directory: String) -> String {
        (try? String(contentsOfFile: directory + ".log", encoding: .utf8)) ?? ""
    }

    /// Sends something to it as root, who may; false when there is no room.
    @discardableResult
    func send(_ bytes: [UInt8], passing descriptors: [Int32] = []) throws -> Bool {
        try MessageSocket().send(bytes, to: path, passing: descriptors)
    }

    /// Sends something to it as soon as there is room.
    func deliver(_ bytes: [UInt8], passing descriptors: [Int32] = []) throws {
        try waitUntil("there is room") { try send(bytes, passing: descriptors) }
    }

    /// What it answers when it is asked how it is.
    func answer() throws -> StatusAnswer {
        try RuntimeDirectory(directory).answer(of: name, within: Self.patience)
    }

    /// How it says it is.
    func status() throws -> Status {
        guard case .status(let status) = try answer() else { throw Missing("an answer of \(name): \(log)") }
        return status
    }

    /// How many messages it has refused.
    func refused() throws -> Int {
        guard let count = try Int(status()["messages-refused"] ?? "") else { throw Missing("a number of messages") }
        return count
    }

    /// How many descriptors it has open, when it waits for something to happen: the one that an answer went to is closed a
    /// moment later.
    func descriptorCount() throws -> Int {
        var last: [Int] = []
        try waitUntil("the descriptors at rest") {
            last.append(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd").count)
            if try !isAsleep { last.removeAll() }
            return last.count >= 10 && Set(last.suffix(10)).count == 1
        }
        return last.last ?? 0
    }

    /// Whether it waits, and not only for a processor (proc_pid_stat(5)).
    private var isAsleep: Bool {
        get throws {
            let stat = try String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
            return stat.split(separator: ")").last?.hasPrefix(" S ") == true
        }
    }

    /// How much memory it has in use, in KiB.
    func memory() throws -> Int {
        let lines = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8).split(separator: "\n")
        let words = lines.first { $0.hasPrefix("VmRSS:") }?.split(separator: " ")
        guard let words, words.count == 3, let size = Int(words[1].trimmingCharacters(in: .whitespaces)) else {
            throw Missing("the memory of \(name)")
        }
        return size
    }

    /// How long anything may take, in microseconds, before a test gives up.
    static let patience: UInt64 = 20_000_000
}

/// What should have happened and did not.
struct Missing: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) {
        description = "missing: \(what)"
    }
}

/// Waits until a process has ended, and says how; one that does not end is killed.
func end(of process: borrowing ChildProcess) throws -> ChildProcess.Exit {
    let deadline = Clock.monotonic + RunningComponent.patience
    let pause = try Poller(capacity: 1)
    while Clock.monotonic < deadline {
        if let exit = try process.exit() { return exit }
        _ = try pause.wait(timeout: 1_000)
    }
    try process.signal(SIGKILL)
    return try process.wait()
}

/// Waits for a condition by asking again and again.
func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = Clock.monotonic + RunningComponent.patience
    let pause = try Poller(capacity: 1)
    while try !condition() {
        guard Clock.monotonic < deadline else { throw Missing(what) }
        _ = try pause.wait(timeout: 1_000)
    }
}
