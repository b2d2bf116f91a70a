internal import CLinux

/// Processes that were not started here.
public enum OtherProcess {
    /// How long a killed process may take until its locks and sockets are free, in microseconds: a process that it was just
    /// starting has the sockets too.
    public static let timeToEnd: UInt64 = 1_000_000

    /// Waits until a process has ended, `timeout` microseconds at most; false when it has not.
    ///
    /// - Throws: `SystemError` of pidfd_open(2).
    public static func end(of process: Int32, within timeout: UInt64) throws(SystemError) -> Bool {
        let number: Int32
        do {
            number = try retrying("pidfd_open") { pidfd_open(process, 0) }
        } catch {
            guard error.code == ESRCH else { throw error }
            return true
        }
        let descriptor = Descriptor(owning: number)
        let poller = try Poller(capacity: 1)
        try poller.watch(descriptor, for: .reading, token: 0)
        return try !poller.wait(timeout: timeout).isEmpty
    }
}
