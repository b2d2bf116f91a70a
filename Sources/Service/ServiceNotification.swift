internal import Glibc
public import Kernel
public import Logging
internal import PrintableText

/// What a service tells the manager that started it (sd_notify(3)): systemd, or whoever speaks its protocol.
///
/// The protocol is a datagram of lines `NAME=value` to the socket that the variable `NOTIFY_SOCKET` names. Without it there
/// is nobody to tell, and nothing of this costs anything. A manager that takes nothing is complained about once and never
/// waited for, but at the beginning: a service is worth more than what is told about it.
public struct ServiceNotification: ~Copyable {
    private let manager: Manager?
    private let logger: Logger
    private var status = ""
    private var isKnownAsReady = false
    private var hasComplained = false

    /// The variables that are for one process alone: what it starts must not speak in its name.
    public static let variables: Set<String> = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"]

    /// What telling goes on to need.
    public static let systemCalls =
        PeriodicTimer.systemCalls + MessageSocket.sendingCalls + Descriptor.writingCalls + StandardError.systemCalls

    /// The way to the manager of this process, if it has one.
    ///
    /// - Parameter logger: hears of a manager that cannot be reached.
    public init(logger: Logger) {
        self.init(environment: ProcessEnvironment.variables, process: getpid(), logger: logger)
    }

    /// The way to the manager of a process with this number and these variables, if it has one.
    public init(environment: [String: String], process: Int32, logger: Logger) {
        self.logger = logger
        guard let name = environment["NOTIFY_SOCKET"], !name.isEmpty else {
            manager = nil
            return
        }
        do {
            manager = try Manager(name, hearingEvery: Self.watchdogInterval(in: environment, process: process))
        } catch {
            logger.warning("the service manager at \(name) cannot be told anything: \(error)")
            manager = nil
        }
    }

    /// The way to a manager, and when it wants to hear of the process.
    private struct Manager: ~Copyable {
        let socket: MessageSocket
        let timer: PeriodicTimer?

        /// How long it may take to have room for what must not be lost, in microseconds.
        private static let patience: UInt64 = 1_000_000

        init(_ name: String, hearingEvery interval: UInt64?) throws(SystemError) {
            let socket = try MessageSocket(connectedTo: name, patience: Self.patience)
            if let interval { timer = try PeriodicTimer(interval: interval) } else { timer = nil }
            self.socket = socket
        }

        func watch(with poller: borrowing Poller, token: UInt64) throws(SystemError) {
            try timer?.watch(with: poller, token: token)
        }

        /// Whether it wants to hear of the process now.
        func isCurious() throws(SystemError) -> Bool {
            try timer?.expirations() ?? 0 > 0
        }

        /// Tells it something, and waits for room or not; false when there is none.
        func tell(_ assignments: String, insisting: Bool) throws(SystemError) -> Bool {
            let bytes = Array(assignments.utf8)
            guard insisting else { return try socket.send(bytes) }
            try socket.descriptor.write(bytes)
            return true
        }
    }

    /// Whether there is somebody to tell.
    public var hasManager: Bool { manager != nil }

    /// How often a manager that watches the process wants to hear of it, in microseconds: twice in the time after which it
    /// takes it for hung (sd_watchdog_enabled(3)).
    ///
    /// Nothing when it watches none, or another; what is no number of microseconds is none.
    public static func watchdogInterval(in environment: [String: String], process: Int32) -> UInt64? {
        let time = environment["WATCHDOG_USEC"].flatMap { UInt64($0) }
        guard let time, time >= 2, time < .max else { return nil }
        guard let watched = environment["WATCHDOG_PID"] else { return time / 2 }
        return Int32(watched) == process ? time / 2 : nil
    }

    /// Has the poller wake the caller up when `keepAlive` is due; without a watchdog it never is.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func watch(with poller: borrowing Poller, token: UInt64) throws(SystemError) {
        try manager?.watch(with: poller, token: token)
    }

    /// Tells that the service does its work from now on; waits up to a second for a manager that has no room.
    public mutating func ready(_ status: String) {
        self.status = status
        isKnownAsReady = true
        tell("READY=1\nSTATUS=\(status.inOneLine)", insisting: true)
    }

    /// Tells people what the service is doing, when that is something else than before.
    public mutating func show(_ status: String) {
        guard status != self.status else { return }
        self.status = status
        tell("STATUS=\(status.inOneLine)")
    }

    /// Tells people what the service is doing, and once, as soon as it is ready, that it does its work.
    public mutating func show(_ status: String, isReady: Bool) {
        if isReady, !isKnownAsReady { ready(status) } else { show(status) }
    }

    /// Tells that the service was asked to stop and does.
    public mutating func stopping() {
        tell("STOPPING=1\nSTATUS=stopping")
    }

    /// Tells, once, why the service is about to end, with this exit status; waits for room as `ready` does.
    public mutating func failing(_ reason: String, status: Int32) {
        guard reason != self.status else { return }
        self.status = reason
        tell("STATUS=\(reason.inOneLine)\nEXIT_STATUS=\(status)", insisting: true)
    }

    /// Tells that the caller's loop goes round, if that is due.
    ///
    /// - Throws: `SystemError` of read(2).
    public mutating func keepAlive() throws(SystemError) {
        guard try manager?.isCurious() == true else { return }
        tell("WATCHDOG=1")
    }

    private mutating func tell(_ assignments: String, insisting: Bool = false) {
        do throws(SystemError) {
            if try manager?.tell(assignments, insisting: insisting) == false { complain("it has no room") }
        } catch {
            complain("\(error)")
        }
    }

    private mutating func complain(_ reason: String) {
        guard !hasComplained else { return }
        hasComplained = true
        logger.warning("the service manager does not take what it is told: \(reason)")
    }
}

extension String {
    /// A line of the protocol ends where the text has its first end of a line.
    fileprivate var inOneLine: String {
        String(printable: split(whereSeparator: \.isNewline).joined(separator: " "))
    }
}
