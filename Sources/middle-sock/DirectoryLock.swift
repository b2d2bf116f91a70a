internal import Diagnostics
internal import Glibc
internal import Kernel
internal import Logging
internal import Packet
internal import Service

/// The lock that one middle-sock has on its directory for as long as it lives; in it stands who that is.
struct DirectoryLock: ~Copyable {
    /// The name of the file.
    static let name = "middle-sock.lock"

    private let file: Descriptor
    private let stoppingTime: UInt64

    /// How often one that stops is looked at, in microseconds.
    private static let interval: UInt64 = 20_000
    /// What stands in front of the time that a stop may take, in seconds.
    private static let stopWords = "stopping within "

    /// Takes the lock; waits for one that is stopping, as long as that says, and a moment for one that was killed.
    ///
    /// - Parameter stoppingTime: how long stopping may take once it was begun, in microseconds.
    /// - Throws: `Failure` when another middle-sock has it and keeps it, or there can be no such file; `SystemError`
    ///   `ENOENT` when the directory was removed.
    init(
        in directory: borrowing Directory, at place: RuntimeDirectory, stoppingTime: UInt64, logger: Logger
    ) throws {
        file = try Self.take(in: directory, at: place, logger)
        self.stoppingTime = stoppingTime
    }

    private static func take(
        in directory: borrowing Directory, at place: RuntimeDirectory, _ logger: Logger
    ) throws -> Descriptor {
        let begin = Clock.monotonic
        var hasTold = false
        let pause = try Poller(capacity: 1)
        while true {
            let file = try directory.file(name, writing: true)
            guard let process = try file.lockForProcess() else {
                // One that has just ended may have removed the file under our hands.
                guard try directory.contains(file, as: name) else { continue }
                try file.replaceContents(with: Array("\(ownName)\n".utf8))
                return file
            }
            let holder = try holder(process, by: file.readFromStart(capacity: 512))
            let patience = holder.stop ?? OtherProcess.timeToEnd
            guard Clock.monotonic - begin < patience else {
                throw Failure.unavailable(
                    "another middle-sock (\(holder.name)) runs in \(place.path)\(holder.stop == nil ? "" : " and does not stop"); "
                        + "stop it, or give another --runtime-directory")
            }
            if holder.stop != nil, !hasTold {
                hasTold = true
                logger.info(
                    """
                    waits for another middle-sock (\(holder.name)) that is stopping in \(place.path), \
                    \(patience / 1_000_000) s at most
                    """)
            }
            _ = try pause.wait(timeout: interval)
        }
    }

    /// Adds that it will be free soon.
    ///
    /// - Throws: `SystemError` of pwrite(2); the next one does not wait then.
    borrowing func noteStop() throws(SystemError) {
        let text = "\(Self.ownName)\n\(Self.stopWords)\(stoppingTime / 1_000_000) s\n"
        try file.replaceContents(with: Array(text.utf8))
    }

    /// Who has the lock, in words, and how long it may take to stop, in microseconds, if it does.
    private static func holder(_ process: Int32, by note: [UInt8]) -> (name: String, stop: UInt64?) {
        let lines = note.split(separator: UInt8(ascii: "\n")).map { String(escaping: Array($0)) }
        let stop = lines.dropFirst().first { $0.hasPrefix(stopWords) }
            .flatMap { UInt64($0.dropFirst(stopWords.count).prefix { $0 != " " }) }
        let own = lines.first ?? "process \(process)"
        // Seen from here its number is another one than it knows.
        let rest = own.split(separator: " ").dropFirst(2).map { " \($0)" }.joined()
        let name = process == 0 ? own + " in another container or PID namespace" : "process \(process)\(rest)"
        return (name, stop.map { min($0, 3_600) * 1_000_000 })
    }

    /// `process 42 on web1 since 2026-11-30T16:00:00Z`: a container's host name is its number, unless it was given one.
    private static var ownName: String {
        var host = [CChar](repeating: 0, count: 65)  // __NEW_UTS_LEN (linux/utsname.h)
        _ = unsafe gethostname(&host, host.count - 1)
        let name = host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        var now = time_t(Clock.realtime / 1_000_000)
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        let since = String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "process \(getpid()) on \(String(escaping: name)) since \(since)"
    }
}
