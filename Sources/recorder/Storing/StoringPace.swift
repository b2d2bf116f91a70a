internal import LeaseStore

/// When the recorder stores what it received: after a rest at once, and under load much of it together.
///
/// A commit writes each page that has changed once, and waits for the disk once. The more records share it, the less of
/// the processors, of the disk and of the log each of them takes (docs/benchmarks.md). In a storm even that is more than
/// forwarding can spare: then batches are kept as they came, and get into the tables when it is over.
struct StoringPace {
    /// From one commit to the next under load, in microseconds.
    static let interval: UInt64 = 50_000
    /// With how many batches it does not wait for that interval: half of what a sender may have under way (`Outbox`), so that it can
    /// send the other half meanwhile.
    static let enough = 16
    /// What comes faster is a storm, in bytes a second: some 7,000 packets, which take an eighth of a processor.
    static let stormRate: UInt64 = 2_500_000
    /// A storm is over when nothing has come for so long, in microseconds.
    static let rest: UInt64 = 100_000
    /// How many batches of the backlog are stored in one transaction in a storm: it takes some 25 ms, in which nothing is
    /// received.
    static let batchesPerStep = 16
    /// How long such a transaction takes when there is no storm, in microseconds.
    ///
    /// Who asks is answered meanwhile, and what comes ends it; but nobody is answered in its commit, which can take as long.
    static let longestStep: UInt64 = 150_000
    /// How long a batch waits in a storm until storing begins all the same, in microseconds.
    static let patience: Int64 = 5_000_000

    /// When to store next although fewer than `enough` batches wait, in microseconds of the monotonic clock.
    private(set) var next: UInt64 = 0
    private var takenAt: UInt64 = 0
    private var isStorming = false
    private var pausesUntil: UInt64 = 0

    /// Whether to store this many batches at this time of the monotonic clock.
    func isDue(_ batches: Int, at time: UInt64) -> Bool { batches >= Self.enough || next <= time }

    /// Whether so many bytes, received by this time of the monotonic clock since the last were taken, are a storm.
    func isStorm(_ bytes: Int, at time: UInt64) -> Bool {
        UInt64(bytes) * 1_000_000 > Self.stormRate * max(Self.interval, time - min(time, takenAt))
    }

    /// What was received is stored or kept; it had so many bytes, and it is this time of the monotonic clock.
    mutating func noteTaken(_ bytes: Int, at time: UInt64) {
        isStorming = isStorm(bytes, at: time)
        (takenAt, next) = (time, time + Self.interval)
    }

    /// When to store the next part of a backlog, in microseconds of the monotonic clock.
    ///
    /// - Parameter share: of a processor, that it may take in a storm: 0 to 1.
    func nextStep(share: Double) -> UInt64 {
        guard isStorming else { return 0 }
        let calm = takenAt + Self.rest
        return share > 0 ? min(calm, pausesUntil) : calm
    }

    /// Whether a transaction that has stored a part of the backlog from `start` to `time`, in microseconds of the monotonic
    /// clock, is to end: in a storm at once.
    ///
    /// - Parameter hasArrived: whether there is something to receive.
    func isEnough(from start: UInt64, to time: UInt64, hasArrived: Bool) -> Bool {
        guard !isStorming || start >= takenAt + Self.rest else { return true }
        return time - start >= (hasArrived ? Self.interval : Self.longestStep)
    }

    /// A part of the backlog was stored; that took from `start` to `end`, in microseconds of the monotonic clock.
    mutating func noteStep(from start: UInt64, to end: UInt64, share: Double) {
        let pause = share > 0 ? Double(end - start) * (1 / share - 1) : 0
        pausesUntil = end + UInt64(min(pause, Double(Self.patience)))
    }

    /// The share of a processor that storing may take in a storm: none at first; a quarter when batches have waited for five
    /// seconds; all of it when the backlog is as large as it may get.
    ///
    /// - Parameters:
    ///   - limit: how large it may get, in bytes.
    ///   - time: now, in microseconds since the Unix epoch.
    static func share(of backlog: Backlog, limit: Int64, at time: UInt64) -> Double {
        let hasWaited = Int64(clamping: time) - backlog.oldest >= patience
        let fill = Double(backlog.bytes) / Double(max(1, limit))
        return min(1, max(hasWaited ? 0.25 : 0, 2 * fill - 1))
    }
}
