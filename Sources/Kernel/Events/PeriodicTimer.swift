internal import CLinux

/// A timer that becomes something to read again and again (timerfd_create(2), `CLOCK_MONOTONIC`).
public struct PeriodicTimer: ~Copyable {
    private let descriptor: Descriptor

    /// What asking it needs.
    public static let systemCalls: [SystemCall] = ["read"]

    /// A timer whose first interval begins now.
    ///
    /// - Parameter interval: microseconds, at least one.
    /// - Throws: `SystemError` of timerfd_create(2).
    public init(interval: UInt64) throws(SystemError) {
        precondition(interval > 0, "a timer of no time never goes off")
        let flags = Int32(TFD_CLOEXEC | TFD_NONBLOCK)
        let timer = Descriptor(owning: try retrying("timerfd_create") { timerfd_create(CLOCK_MONOTONIC, flags) })
        let time = timespec(tv_sec: Int(clamping: interval / 1_000_000), tv_nsec: Int(interval % 1_000_000) * 1_000)
        var setting = itimerspec(it_interval: time, it_value: time)
        try retrying("timerfd_settime") { unsafe timerfd_settime(timer.rawValue, 0, &setting, nil) }
        descriptor = timer
    }

    /// Has the poller watch for the end of each interval.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func watch(with poller: borrowing Poller, token: UInt64) throws(SystemError) {
        try poller.watch(descriptor, for: .reading, token: token)
    }

    /// How many intervals have ended since the last call.
    ///
    /// - Throws: `SystemError` of read(2).
    public func expirations() throws(SystemError) -> UInt64 {
        var count: UInt64 = 0
        let size = MemoryLayout<UInt64>.size
        let read = try retryingUnlessBlocked("read timerfd") {
            unsafe CLinux.read(descriptor.rawValue, &count, size)
        }
        return read == size ? count : 0
    }
}
