internal import CLinux

/// The clocks of the kernel, in microseconds.
public enum Clock {
    /// Time since the machine was started (`CLOCK_MONOTONIC`): for durations and deadlines.
    public static var monotonic: UInt64 { read(CLOCK_MONOTONIC) }

    /// Time since the Unix epoch (`CLOCK_REALTIME`): for people; it can be set.
    public static var realtime: UInt64 { read(CLOCK_REALTIME) }

    /// How long the process has had the processors since it was made (`CLOCK_PROCESS_CPUTIME_ID`), the time in which its
    /// program was loaded included.
    public static var processor: UInt64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    /// The system calls for reading a clock, for when the kernel's page (vdso(7)) does not suffice.
    public static let systemCalls: [SystemCall] = ["clock_gettime"]

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }
}
