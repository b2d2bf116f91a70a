public import Kernel

/// Why a program ends: one line for people, and its exit status.
public struct Failure: Error, Hashable, Sendable {
    /// The exit status (sysexits.h).
    public let status: Status
    /// What failed, on what, why, and what to do, in one line.
    public let message: String

    /// The exit statuses that scripts may rely on; otherwise a program ends with the DHCP server's own.
    public enum Status: Int32, Sendable {
        /// Wrong usage (`EX_USAGE`).
        case usage = 64
        /// Something needed is missing: a network, a port, a privilege (`EX_UNAVAILABLE`).
        case unavailable = 69
        /// A fault of ours (`EX_SOFTWARE`).
        case software = 70
    }

    /// A program ends with this status, for the reason that `message` gives.
    public init(_ status: Status, _ message: String) {
        self.status = status
        self.message = message
    }

    /// Something that is needed is missing.
    public static func unavailable(_ message: String) -> Failure {
        Failure(.unavailable, message)
    }

    /// A system call failed that should succeed; `doing` says what it was for.
    public static func software(_ doing: String, _ error: SystemError) -> Failure {
        Failure(.software, "\(doing): \(error)")
    }
}
