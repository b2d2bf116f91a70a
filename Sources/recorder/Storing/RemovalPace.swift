internal import LeaseStore

/// When the recorder looks for packets that are not to be kept, and how many steps it does at once.
///
/// A step is one short transaction. As much is removed as was stored, so that the database does not grow in a flood;
/// what is beyond, such as the first time, goes slowly, so that nothing waits for it.
struct RemovalPace {
    /// How often to look while nothing has to be removed, in microseconds.
    static let interval: UInt64 = 1_000_000
    /// How long to rest after a step when there is more, in microseconds.
    static let rest: UInt64 = 20_000

    private var stored = 0
    /// When to look again, in microseconds of the monotonic clock.
    private(set) var next: UInt64 = 0

    /// Takes note of records that were stored.
    mutating func noteStored(_ count: Int) { stored += count }

    /// How many steps may be done at this time of the monotonic clock: none when it is too early.
    ///
    /// While there is a backlog only as many as what was stored demands.
    func steps(at time: UInt64, hasBacklog: Bool) -> Int {
        let owed = stored / Retention.rowsPerStep
        return owed > 0 || next <= time && !hasBacklog ? owed + 1 : 0
    }

    /// The steps were done, all that were allowed when there is more to do.
    mutating func noteDone(hasMore: Bool, at time: UInt64) {
        stored = 0
        next = time + (hasMore ? Self.rest : Self.interval)
    }
}
