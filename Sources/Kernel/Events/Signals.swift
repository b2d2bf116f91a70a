internal import CLinux

/// Signals that arrive as something to read instead of interrupting (signalfd(2)).
public struct Signals: ~Copyable {
    /// Readable when a signal waits.
    public let descriptor: Descriptor

    /// What collecting a signal needs.
    public static let systemCalls: [SystemCall] = ["read"]

    /// Blocks the signals for the calling thread, and those it will start, and collects them.
    ///
    /// SIGPIPE and SIGTTOU are blocked with them. If nobody reads what a service writes, write(2) says so, and the service goes
    /// on; and a terminal that stops background programs when they write (`stty tostop`) must not stop a service.
    ///
    /// - Throws: `SystemError` of sigprocmask(2) or signalfd(2).
    public init(_ signals: [Int32]) throws(SystemError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals + Self.others { unsafe sigaddset(&set, signal) }
        try retrying("sigprocmask") { unsafe sigprocmask(SIG_BLOCK, &set, nil) }
        let flags = Int32(SFD_CLOEXEC | SFD_NONBLOCK)
        descriptor = Descriptor(owning: try retrying("signalfd") { unsafe signalfd(-1, &set, flags) })
    }

    /// The signals that stop a service: SIGTERM, SIGINT, and SIGHUP, which tells that its terminal is gone, unless it was
    /// started to ignore that (nohup(1)).
    public static var stopping: [Int32] {
        [SIGTERM, SIGINT] + (clinux_ignores(SIGHUP) ? [] : [SIGHUP])
    }

    private static let others = [SIGPIPE, SIGTTOU]

    /// The next signal that waits, if there is one.
    ///
    /// - Throws: `SystemError` of read(2).
    public func next() throws(SystemError) -> Int32? {
        while let signal = try take() {
            if !Self.others.contains(signal) { return signal }
        }
        return nil
    }

    private func take() throws(SystemError) -> Int32? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        let count = try retryingUnlessBlocked("read signalfd") {
            unsafe read(descriptor.rawValue, &information, size)
        }
        return count == size ? Int32(information.ssi_signo) : nil
    }
}
