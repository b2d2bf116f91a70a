internal import Glibc
public import Kernel
public import Logging
internal import PrintableText

/// What a service tells the service manager that started it (sd_notify(3)): systemd, or another one with its protocol.
///
/// The protocol is a datagram of lines `NAME=value` to the socket that the variable `NOTIFY_SOCKET` names. Without it
/// there is no manager, and nothing is done. If the manager takes nothing, the service says so once and goes on; it waits
/// for the manager only when it becomes ready or fails.
public struct ServiceNotification: ~Copyable {
    private let manager: Manager?
    private let logger: Logger
    private var status = ""
    private var isKnownAsReady = false
    private var hasComplained = false

    /// The variables that are for this process alone: programs that it starts must not speak in its name.
    public static let variables: Set<String> = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"]

    /// The system calls that telling needs.
    public static let systemCalls =
        PeriodicTimer.systemCalls + MessageSocket.sendingCalls + Descriptor.writingCalls + StandardError.systemCalls

    /// The way to the manager of this process, if it has one.
    ///
    /// - Parameter logger: is told if the manager cannot be reached.
    public init(logger: Logger) {
        self.init(environment: ProcessEnvironment.variables, process: getpid(), logger: logger)
    }

    /// The way to nobody: for what is no service by itself.
    public static func toNobody(logger: Logger) -> ServiceNotification {
        ServiceNotification(environment: [:], process: getpid(), logger: logger)
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

    /// The way to a manager, and how often it wants to hear of the process.
    private struct Manager: ~Copyable {
        let socket: MessageSocket
        let timer: PeriodicTimer?

        /// How long to wait for room for what must not be lost, in microseconds.
        private static let patience: UInt64 = 1_000_000

        init(_ name: String, hearingEvery interval: UInt64?) throws(SystemError) {
            let socket = try MessageSocket(connectedTo: name, patience: Self.patience)
            if let interval { timer = try PeriodicTimer(interval: interval) } else { timer = nil }
            self.socket = socket
        }

        func watch(with poller: borrowing Poller, token: UInt64) throws(SystemError) {
            try timer?.watch(with: poller, token: token)
        }

        /// Whether the manager wants to hear of the process now.
        func isCurious() throws(SystemError) -> Bool {
            try timer?.expirations() ?? 0 > 0
        }

        /// Tells the manager something; with `insisting` it waits for room, otherwise it returns false if there is none.
        func tell(_ assignments: String, insisting: Bool) throws(SystemError) -> Bool {
            let bytes = Array(assignments.utf8)
            guard insisting else { return try socket.send(bytes) }
            try socket.descriptor.write(bytes)
            return true
        }
    }

    /// Whether there is a manager.
    public var hasManager: Bool { manager != nil }

    /// How often the manager wants to hear of the process, in microseconds: twice in the time after which it takes the process
    /// for hung (sd_watchdog_enabled(3)).
    ///
    /// Nothing if the manager watches no process or another one, or if the variable is not a number.
    public static func watchdogInterval(in environment: [String: String], process: Int32) -> UInt64? {
        let time = environment["WATCHDOG_USEC"].flatMap { UInt64($0) }
        guard let time, time >= 2, time < .max else { return nil }
        guard let watched = environment["WATCHDOG_PID"] else { return time / 2 }
        return Int32(watched) == process ? time / 2 : nil
    }

    /// Has the poller wake the caller when `keepAlive` is due, which it never is without a watchdog.
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

    /// Tells people what the service is doing, if that has changed.
    public mutating func show(_ status: String) {
        guard status != self.status else { return }
        self.status = status
        tell("STATUS=\(status.inOneLine)")
    }

    /// Tells people what the service is doing, and once, as soon as it is ready, that it does its work.
    public mutating func show(_ status: String, isReady: Bool) {
        if isReady, !isKnownAsReady { ready(status) } else { show(status) }
    }

    /// Tells that the service was asked to stop, and stops.
    public mutating func stopping() {
        tell("STOPPING=1\nSTATUS=stopping")
    }

    /// Tells once why the service is about to end, and with which exit status; waits for room as `ready` does.
    public mutating func failing(_ reason: String, status: Int32) {
        guard reason != self.status else { return }
        self.status = reason
        tell("STATUS=\(reason.inOneLine)\nEXIT_STATUS=\(status)", insisting: true)
    }

    /// Tells that the caller's loop still runs, if that is due.
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
    /// The text without line breaks, at which a line of the protocol would end.
    fileprivate var inOneLine: String {
        String(printable: split(whereSeparator: \.isNewline).joined(separator: " "))
    }
}
