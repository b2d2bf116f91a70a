internal import CLinux
internal import Glibc

/// A process that was started here.
public struct ChildProcess: ~Copyable, Sendable {
    /// Its number in the caller's PID namespace.
    public let pid: Int32
    /// Readable when it has ended (pidfd_open(2)).
    public let descriptor: Descriptor

    /// How a process ended.
    public enum Exit: Hashable, Sendable {
        /// By itself, with this status.
        case status(Int32)
        /// By this signal.
        case signal(Int32)
    }

    init(_ process: clinux_process) {
        pid = process.pid
        descriptor = Descriptor(owning: process.descriptor)
    }

    /// Starts a program (clone(2) as vfork(2) does it, execve(2)).
    ///
    /// - Throws: `SystemError` naming the step that failed, also when it failed in the new process.
    public init(_ program: Program) throws(SystemError) {
        Self.awaitEnds()
        var process = clinux_process()
        var failed: UnsafePointer<CChar>?
        let code = unsafe withStrings(program.strings[...]) { strings in
            var description = unsafe program.description(strings)
            return unsafe clinux_spawn(&description, &process, &failed)
        }
        guard code == 0 else {
            let call = unsafe failed.map { unsafe String(cString: $0) } ?? "clone"
            throw SystemError(call == "execve" ? "start \(program.path)" : call, code: code)
        }
        self.init(process)
    }

    /// Whoever started this process may have let it ignore that children end: then nobody could tell how they did.
    static func awaitEnds() {
        _ = Glibc.signal(SIGCHLD, SIG_DFL)
    }

    /// Sends a signal to the process; one that has ended already is no error.
    ///
    /// - Throws: `SystemError` of pidfd_send_signal(2).
    public func signal(_ signal: Int32) throws(SystemError) {
        do {
            try retrying("pidfd_send_signal") { pidfd_send_signal(descriptor.rawValue, signal, nil, 0) }
        } catch {
            guard error.code == ESRCH else { throw error }
        }
    }

    /// Whether the process has ended; it is not collected by that.
    ///
    /// - Throws: `SystemError` of waitid(2), `ECHILD` when it was collected before.
    public var hasEnded: Bool {
        get throws(SystemError) { try collect(WNOHANG | WNOWAIT) != nil }
    }

    /// Collects the process if it has ended.
    ///
    /// - Throws: `SystemError` of waitid(2), `ECHILD` when it was collected before.
    public func exit() throws(SystemError) -> Exit? {
        try collect(WNOHANG)
    }

    /// Waits until the process has ended, and collects it.
    ///
    /// - Throws: `SystemError` of waitid(2), `ECHILD` when it was collected before.
    public func wait() throws(SystemError) -> Exit {
        while true {
            if let exit = try collect(0) { return exit }
        }
    }

    private func collect(_ options: Int32) throws(SystemError) -> Exit? {
        var information = unsafe siginfo_t()
        try retrying("waitid") {
            unsafe waitid(P_PIDFD, id_t(descriptor.rawValue), &information, WEXITED | options)
        }
        guard unsafe information.si_signo == SIGCHLD else { return nil }
        let status = unsafe clinux_exit_status(&information)
        return unsafe information.si_code == CLD_EXITED ? .status(status) : .signal(status)
    }
}

extension Program {
    /// Runs a program in place of this one, with its environment, open files and standard streams (execv(3)).
    ///
    /// - Parameter arguments: without its own name.
    /// - Throws: `SystemError` when that cannot be done; otherwise nothing comes back.
    public static func become(_ path: String, _ arguments: [String]) throws(SystemError) -> Never {
        _ = unsafe withStrings([path] + arguments) { unsafe execv(path, $0) }
        throw SystemError("start \(path)", code: errno)
    }
}

/// Runs `body` with the strings as C has them in `argv`: pointers, and a null pointer at the end.
private func withStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress.unsafelyUnwrapped) }
}

/// Runs `body` with several lists of strings as C has them.
private func withStrings<Result>(
    _ lists: ArraySlice<[String]>, _ body: ([UnsafePointer<UnsafeMutablePointer<CChar>?>]) -> Result
) -> Result {
    guard let last = lists.last else { return unsafe body([]) }
    return unsafe withStrings(last) { strings in
        unsafe withStrings(lists.dropLast()) { unsafe body($0 + [strings]) }
    }
}
