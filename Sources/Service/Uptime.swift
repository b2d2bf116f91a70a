internal import Kernel
public import Messages

/// How long this program has been running.
package enum Uptime {
    /// When it began, in microseconds of the monotonic clock.
    private static let beginning = Clock.monotonic

    /// It begins now.
    package static func begin() { _ = beginning }

    /// So many whole seconds.
    static var seconds: UInt64 {
        // If nobody called `begin`, it begins here, not after the time that is read next.
        let began = Self.beginning
        return (Clock.monotonic - began) / 1_000_000
    }
}

extension Status.Field {
    /// For how long the component has been running.
    public static var uptime: Self { Self("uptime-seconds", Uptime.seconds) }
}
