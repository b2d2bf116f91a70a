internal import CLinux

/// The clocks of the kernel, in microseconds.
public enum Clock {
    /// Time since the machine was started (`CLOCK_MONOTONIC`): for durations and deadlines.
    public static var monotonic: UInt64 { read(CLOCK_MONOTONIC) }

    /// Time since the Unix epoch (`CLOCK_REALTIME`): for people, it can be set.
    public static var realtime: UInt64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }
}
