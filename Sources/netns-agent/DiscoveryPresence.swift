import Messages

/// How discovery is, which has no socket to be asked at: it tells the networks twice a second.
struct DiscoveryPresence {
    private var instance: UInt64?
    private var heardAt: UInt64?

    /// After what time without a word it counts as silent, in microseconds.
    private static let patience: UInt64 = 5_000_000

    /// Takes note that it told the networks `now`, in microseconds of a clock that never goes back; it says whether it is
    /// another process than before.
    mutating func hear(_ news: Networks, now: UInt64) -> Bool {
        defer { (instance, heardAt) = (news.instance, now) }
        return instance.map { $0 != news.instance } ?? false
    }

    /// How it is, in words.
    func words(now: UInt64) -> String {
        guard let heardAt else { return "not heard yet" }
        let silence = now - min(now, heardAt)
        return silence < Self.patience ? "telling" : "silent for \(silence / 1_000_000) s"
    }
}
