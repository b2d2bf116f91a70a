internal import Kernel
public import Messages

/// How long this program has been running.
enum Uptime {
    /// When it began, in microseconds of the monotonic clock.
    private static let beginning = Clock.monotonic

    /// It begins now.
    static func begin() { _ = beginning }

    /// So many whole seconds.
    static var seconds: UInt64 { (Clock.monotonic - beginning) / 1_000_000 }
}

extension Status.Field {
    /// For how long the component has been running.
    public static var uptime: Self { Self("uptime-seconds", Uptime.seconds) }
}
