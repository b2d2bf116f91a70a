/// When what was received is stored: what comes after a rest at once, and under load much of it together.
///
/// A commit writes each page that has changed once, and waits for the disk once. The more records share it, the less of
/// the processors, of the disk and of the log each of them takes (docs/benchmarks.md).
struct StoringPace {
    /// From one commit to the next under load, in microseconds.
    static let interval: UInt64 = 50_000
    /// How many batches are not kept waiting for that: half of what a sender may have under way (`Outbox`), so that it can
    /// send the other half meanwhile.
    static let enough = 16

    /// When to store next what is less than enough, in microseconds of the monotonic clock.
    private(set) var next: UInt64 = 0

    /// Whether to store this many batches at this time of the monotonic clock.
    func isDue(_ batches: Int, at time: UInt64) -> Bool { batches >= Self.enough || next <= time }

    /// Something was stored at this time of the monotonic clock.
    mutating func noteStored(at time: UInt64) { next = time + Self.interval }
}
