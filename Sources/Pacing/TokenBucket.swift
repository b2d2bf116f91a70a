/// Lets things pass at a rate, and some of them at once: a token bucket, kept as the one time at which it will be full
/// again (the generic cell rate algorithm of ITU-T I.371).
public struct TokenBucket: Sendable {
    /// How long it takes until one more may pass, in microseconds.
    private let interval: UInt64
    /// How long it takes until the whole burst may pass again, in microseconds.
    private let capacity: UInt64
    private var fullAt: UInt64 = 0

    /// A full one, out of which `burst` may pass at once, and `rate` each second.
    public init(burst: UInt64, rate: UInt64) {
        self.init(burst: burst, interval: 1_000_000 / rate)
    }

    /// A full one, out of which `burst` may pass at once, and then one each `interval` microseconds.
    public init(burst: UInt64, interval: UInt64) {
        self.interval = interval
        capacity = burst * interval
    }

    /// Whether one more may pass at `now`, in microseconds; it then has.
    public mutating func take(now: UInt64) -> Bool {
        let start = max(fullAt, now)
        guard start - now + interval <= capacity else { return false }
        fullAt = start + interval
        return true
    }
}
