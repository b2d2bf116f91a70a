/// When people are told of what somebody may cause again and again: at once, and then once in a while at most, for it
/// could otherwise fill the log.
///
/// All times are microseconds of a clock that never goes back.
public struct NoticePace: Hashable, Sendable {
    private let interval: UInt64
    private var nextTime: UInt64 = 0
    private var told: UInt64 = 0

    /// The pace of something that people were not told of yet.
    ///
    /// - Parameter interval: the time from one notice to the next at least; a minute unless it is told otherwise.
    public init(interval: UInt64 = 60_000_000) {
        self.interval = interval
    }

    /// Whether people are to be told at `now`; if so, they are taken as told.
    public mutating func isDue(at now: UInt64) -> Bool {
        guard now >= nextTime else { return false }
        nextTime = now + interval
        return true
    }

    /// How many people are to be told of at `now`, if there were `total` in all: those since they were told the last time,
    /// or nothing when there are none, or not yet.
    public mutating func news(of total: UInt64, at now: UInt64) -> UInt64? {
        guard total > told, isDue(at: now) else { return nil }
        defer { told = total }
        return total - told
    }
}
