internal import Glibc

/// A system call that failed.
public struct SystemError: Error, Hashable, Sendable {
    /// What was asked of the kernel: the name of the call, and on what where that helps.
    public let call: String
    /// The error number (`errno`).
    public let code: Int32

    /// The failure of `call` with this error number.
    public init(_ call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// The failure of `call` that has just set `errno`.
    public init(_ call: String) {
        self.init(call, code: lastError)
    }
}

extension SystemError {
    /// What was asked for belongs to somebody else (`EADDRINUSE`).
    public var isAddressInUse: Bool { code == EADDRINUSE }

    /// A privilege is missing (`EPERM`, `EACCES`).
    public var isPermissionDenied: Bool { code == EPERM || code == EACCES }

    /// There is no such file or interface (`ENOENT`, `ENODEV`, `ENXIO`).
    public var isMissing: Bool { code == ENOENT || code == ENODEV || code == ENXIO }

    /// There are too many descriptors, or there is too little memory, just now (`EMFILE`, `ENFILE`, `ENOMEM`, `ENOBUFS`).
    public var isShortage: Bool { [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(code) }

    /// Nobody receives at the other end, now or any more (`ENOENT`, `ECONNREFUSED`, `EPIPE`, `ECONNRESET`, `ENOTCONN`).
    public var isNobodyThere: Bool {
        [ENOENT, ECONNREFUSED, EPIPE, ECONNRESET, ENOTCONN].contains(code)
    }

    /// It may work another time: there is a shortage just now, or somebody may come who receives.
    public var mayPass: Bool { isShortage || isNobodyThere }
}

extension SystemError: CustomStringConvertible {
    /// The call and the reason in words: `bind relay.sock: Permission denied`.
    public var description: String {
        var text = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(code, &text, text.count) == 0 else { return "\(call): error \(code)" }
        return "\(call): " + String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The error number of the system call that has just failed in this thread.
public var lastError: Int32 { errno }

/// Calls until it was not interrupted by a signal.
///
/// - Throws: `SystemError` when the call returns a negative number.
@discardableResult
func retrying<Result: SignedInteger>(
    _ call: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        guard result < 0 else { return result }
        let code = lastError
        guard code == EINTR else { throw SystemError(call(), code: code) }
    }
}

/// Calls until it was not interrupted, and gives nothing when the call would have to wait.
func retryingUnlessBlocked<Result: SignedInteger>(
    _ call: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result? {
    do {
        return try retrying(call(), body)
    } catch {
        guard error.code == EAGAIN else { throw error }
        return nil
    }
}
