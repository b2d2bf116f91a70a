internal import CLinux

/// A PID namespace (pid_namespaces(7)), and its first process, which does nothing but hold it.
///
/// That process has no capability, and nobody in the namespace can look into it, whatever user it is.
public struct PIDNamespace: ~Copyable, Sendable {
    /// Refers to the namespace, for `Program.pidNamespace`.
    public let descriptor: Descriptor
    private let holder: ChildProcess

    /// A new one.
    ///
    /// - Parameter lifeline: the reading end of a pipe. When the last writing end is closed, by whatever, the first process
    ///   ends and the kernel kills all others of the namespace.
    /// - Throws: `SystemError` naming the step, `EPERM` without SYS_ADMIN.
    public init(heldFor lifeline: borrowing Descriptor) throws(SystemError) {
        ChildProcess.awaitEnds()
        var process = clinux_process()
        var namespace: Int32 = -1
        var failed: UnsafePointer<CChar>?
        let code = unsafe clinux_start_init(lifeline.rawValue, &process, &namespace, &failed)
        guard code == 0 else {
            throw SystemError(unsafe failed.map { unsafe String(cString: $0) } ?? "clone", code: code)
        }
        descriptor = Descriptor(owning: namespace)
        holder = ChildProcess(process)
    }

    /// The number of the first process, in the caller's namespace.
    public var firstProcess: Int32 { holder.pid }

    /// Waits until the first process has ended, and with it all others.
    ///
    /// - Throws: `SystemError` of waitid(2).
    public func wait() throws(SystemError) -> ChildProcess.Exit { try holder.wait() }

    /// Kills every process in it, and waits until the kernel has done so.
    ///
    /// - Throws: `SystemError` of waitid(2).
    public func end() throws(SystemError) {
        try holder.signal(SIGKILL)
        _ = try wait()
    }
}
