import Foundation
import GRDB
import Kernel
import Messages

/// The recorder as a process, with a directory of its own for its socket and its database.
final class RunningRecorder {
    let directory: URL
    var disk: URL { directory.appendingPathComponent("disk") }
    private(set) lazy var database = directory.appendingPathComponent("records.sqlite").path
    var socket: String { directory.appendingPathComponent("recorder.sock").path }
    private var process: ChildProcess?
    /// What it wrote to standard error, as far as it was waited for.
    private(set) var log = ""

    /// Something that should have happened did not.
    struct Missing: Error {
        let what: String
    }

    /// Its number.
    var identifier: pid_t { process?.pid ?? 0 }

    /// How long anything may take, in microseconds, before a test gives up.
    static let patience: UInt64 = 20_000_000

    private let options: [String]
    private let environment: [String]

    init(_ options: [String] = [], environment: [String] = []) throws {
        self.options = options
        self.environment = environment
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("recorder-\(UUID())")
        _ = try Directory.make(directory.path)
        try start()
    }

    deinit {
        try? process?.signal(SIGKILL)
        _ = try? process?.wait()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Writes what is no part of a log behind the database's, as a crash of the machine can leave it.
    func appendGarbageToLog() throws {
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: database + "-wal"))
        try log.seekToEnd()
        try log.write(contentsOf: Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
        try log.close()
    }

    /// The program that was built together with the tests.
    static func program(_ arguments: [String]) throws -> Program {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var program = Program(path: "./recorder", arguments: arguments, environment: [])
        program.directory = URL(fileURLWithPath: tests).deletingLastPathComponent().path
        return program
    }

    /// Starts it, and comes back when it can be sent messages.
    func start() throws {
        var program = try Self.program(["--runtime-directory", directory.path, "--database", database] + options)
        program.environment = environment
        let pipe = try Descriptor.pipe()
        let reading = pipe.reading
        program.error = pipe.writing.rawValue
        process = try ChildProcess(program)
        pipe.writing.close()
        var text = ""
        while !text.contains("storing in") {
            guard let bytes = try reading.read(capacity: 4096), !bytes.isEmpty else {
                throw Missing(what: "a recorder that starts: \(text)")
            }
            text += String(decoding: bytes, as: UTF8.self)
        }
        log += text
    }

    /// Ends it by a signal, and says how it ended.
    func stop(_ signal: Int32) throws -> ChildProcess.Exit? {
        try self.signal(signal)
        return try wait()
    }

    /// Sends it a signal.
    func signal(_ signal: Int32) throws {
        try process?.signal(signal)
    }

    /// Waits until it has ended, and says how.
    func wait() throws -> ChildProcess.Exit? {
        defer { process = nil }
        return try process?.wait()
    }

    /// Starts it anew, with its database on a file system of 6 MiB.
    func moveToSmallDisk() throws {
        _ = try stop(SIGTERM)
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        guard unsafe mount("tmpfs", disk.path, "tmpfs", 0, "size=6m") == 0 else {
            throw Missing(what: "a small file system")
        }
        database = disk.appendingPathComponent("records.sqlite").path
        try start()
    }

    /// Ends it and takes the file system away.
    func leaveSmallDisk() {
        _ = try? stop(SIGKILL)
        unsafe umount2(disk.path, CInt(MNT_DETACH))
    }

    /// Leaves no room on the small file system.
    func fillDisk(with filler: URL) throws {
        try Data().write(to: filler)
        let file = try FileHandle(forWritingTo: filler)
        defer { try? file.close() }
        while (try? file.write(contentsOf: Data(count: 4096))) != nil {}
    }

    /// What another program reads from the database: the first column.
    func rows(_ sql: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: database, configuration: configuration).read { database in
            try String.fetchAll(database, sql: sql)
        }
    }

    /// What happened to a component, as far as it is recorded.
    func kinds(of component: ComponentName) throws -> [String] {
        try rows("SELECT kind FROM events WHERE component = '\(component)' ORDER BY id")
    }

    /// Asks how the recorder is.
    func status() throws -> Status {
        let channel = try MessageSocket.channel()
        let near = channel.near
        _ = try MessageSocket().send(
            Message.statusRequest.encoded(), to: socket, passing: [channel.far.rawValue])
        guard case .status(let status) = try Sender.receive(from: near) else { throw Missing(what: "a status") }
        return status
    }
}

extension RunningRecorder {
    /// Has the log beside the database grow to this size until a helper brings it in, by a reader that keeps its place
    /// meanwhile, and waits until it was begun anew; so many times.
    func growLog(toMebibytes size: Int, times: Int) throws {
        let relay = try Sender(.relay, to: self)
        var (sequence, batches) = (UInt64(0), 0)
        func store() throws {
            sequence += 1
            try relay.send(sequence, Array(repeating: Exchange.long, count: 40), instance: 99)
            // An acknowledgement comes with a commit, which takes some of them together.
            if sequence % 16 == 0 { try relay.waitForAcknowledgement(of: sequence) }
        }
        for _ in 0..<times {
            try DatabaseQueue(path: database).inTransaction(.deferred) { reader in
                _ = try Int.fetchOne(reader, sql: "SELECT count(*) FROM packets")
                // Later the file is as long as it was.
                for _ in 0..<batches { try store() }
                while batches == 0 || sequence == batches, try logSize() < size << 20 {
                    try store()
                    batches += 1
                }
                return .rollback
            }
            let deadline = Clock.monotonic + Self.patience
            let number = try logNumber()
            while try logNumber() == number {
                guard Clock.monotonic < deadline else { throw Missing(what: "a log that is begun anew") }
                try store()
            }
        }
    }

    private func logSize() throws -> Int {
        try FileManager.default.attributesOfItem(atPath: database + "-wal")[.size] as? Int ?? 0
    }

    /// How often the log was begun anew (SQLite's file format, section 4.1).
    private func logNumber() throws -> Data? {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: database + "-wal"))
        defer { try? file.close() }
        try file.seek(toOffset: 12)
        return try file.read(upToCount: 4)
    }

    /// Waits until everything that it has kept is in the tables.
    func waitForTables() throws {
        let deadline = Clock.monotonic + Self.patience
        while try status()["backlog-bytes"] != "0" {
            guard Clock.monotonic < deadline else { throw Missing(what: "an empty backlog") }
        }
    }
}

/// A component that sends records.
final class Sender {
    let component: ComponentName
    private var channel: MessageSocket

    init(_ component: ComponentName, to recorder: RunningRecorder) throws {
        self.component = component
        channel = try Self.open(component, to: recorder)
    }

    /// Gets a new channel to the recorder, which replaces the one before.
    func reconnect(to recorder: RunningRecorder) throws {
        channel = try Self.open(component, to: recorder)
    }

    func send(_ bytes: [UInt8]) throws {
        guard try channel.send(bytes) else { throw RunningRecorder.Missing(what: "room in the channel") }
    }

    func send(_ sequence: UInt64, _ kinds: [String], detail: String = "", instance: UInt64 = 7) throws {
        let records = kinds.map { Messages.Record.event(EventRecord(happenedAt: 1, kind: $0, detail: detail)) }
        try send(sequence, records, instance: instance)
    }

    func send(_ sequence: UInt64, _ records: [Messages.Record], instance: UInt64 = 7) throws {
        let batch = RecordBatch(
            source: component, instance: instance, sequence: sequence, lost: 0, records: records)
        try send(Message.records(batch).encoded())
    }

    /// Waits until everything up to `sequence` is acknowledged, and says up to where it is.
    @discardableResult
    func waitForAcknowledgement(of sequence: UInt64) throws -> UInt64 {
        while true {
            guard case .acknowledgement(let acknowledgement) = try Self.receive(from: channel) else {
                throw RunningRecorder.Missing(what: "an acknowledgement")
            }
            if acknowledgement.sequence >= sequence { return acknowledgement.sequence }
        }
    }

    /// Up to where everything is acknowledged on the channel whose other end is gone; 0 if nothing is there to be read.
    func lastAcknowledged() throws -> UInt64 {
        var last: UInt64 = 0
        while let bytes = try remainder(), !bytes.isEmpty {
            if case .acknowledgement(let acknowledgement) = try Message(decoding: bytes) {
                last = acknowledgement.sequence
            }
        }
        return last
    }

    /// The next message; that the other end died with unread messages is told once before it (`ECONNRESET`).
    private func remainder() throws -> [UInt8]? {
        do { return try channel.receive(capacity: Message.maximumLength)?.bytes } catch {
            return try channel.receive(capacity: Message.maximumLength)?.bytes
        }
    }

    /// The acknowledgement that is there already, if one is.
    func nextAcknowledgement() throws -> Message? {
        try channel.receive(capacity: Message.maximumLength).map { try Message(decoding: $0.bytes) }
    }

    /// Waits until the recorder has closed the channel.
    func waitForEnd() throws {
        let poller = try Poller()
        try poller.watch(channel.descriptor, for: .hangUp, token: 0)
        guard try !poller.wait(timeout: RunningRecorder.patience).isEmpty else {
            throw RunningRecorder.Missing(what: "the end of the channel")
        }
    }

    static func receive(from socket: borrowing MessageSocket) throws -> Message {
        let poller = try Poller()
        try poller.watch(socket.descriptor, for: .reading, token: 0)
        guard try !poller.wait(timeout: RunningRecorder.patience).isEmpty,
            let received = try socket.receive(capacity: Message.maximumLength)
        else { throw RunningRecorder.Missing(what: "an answer") }
        return try Message(decoding: received.bytes)
    }

    private static func open(_ component: ComponentName, to recorder: RunningRecorder) throws -> MessageSocket {
        let channel = try MessageSocket.channel()
        let near = channel.near
        _ = try MessageSocket().send(
            Message.recordsFrom(component).encoded(), to: recorder.socket, passing: [channel.far.rawValue])
        return near
    }
}
