/// How long to wait before a process that has ended is started again: at once the first time, then longer and longer,
/// and at once again after it has run long enough to count as working.
///
/// All times are microseconds.
public struct RestartBackoff: Hashable, Sendable {
    private let firstDelay: UInt64
    private let maximum: UInt64
    private let reset: UInt64
    private var delay: UInt64 = 0

    /// The waiting for a process that has not ended yet.
    ///
    /// - Parameters:
    ///   - firstDelay: how long the second restart waits; each one behind it waits twice as long as the one before.
    ///   - maximum: no restart waits longer.
    ///   - reset: a process that ran this long is started again at once, as if it had never ended before.
    public init(firstDelay: UInt64 = 100_000, maximum: UInt64 = 10_000_000, reset: UInt64 = 5_000_000) {
        precondition(firstDelay > 0 && firstDelay <= maximum)
        self.firstDelay = firstDelay
        self.maximum = maximum
        self.reset = reset
    }

    /// How long to wait now that the process has ended after `runTime`.
    public mutating func next(after runTime: UInt64) -> UInt64 {
        if runTime >= reset { delay = 0 }
        defer { delay = delay == 0 ? firstDelay : delay > maximum / 2 ? maximum : delay * 2 }
        return delay
    }
}
