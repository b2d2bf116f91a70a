import Kernel
import Messages

/// How discovery is, which has no socket to be asked at: it tells the networks when something has changed.
struct DiscoveryPresence {
    private var instance: UInt64?
    private var heardAt: UInt64?
    /// What it passed along, a pipe's end: it tells again as soon as that is closed.
    private var token: PassedDescriptor?

    /// After what time without a word one that passes nothing counts as silent, in microseconds.
    private static let patience: UInt64 = 5_000_000

    /// Takes note that it told the networks `now`, in microseconds of a clock that never goes back; it says whether it is
    /// another process than before.
    mutating func hear(_ news: Networks, now: UInt64) -> Bool {
        defer { (instance, heardAt, token) = (news.instance, now, nil) }
        return instance.map { $0 != news.instance } ?? false
    }

    /// Keeps what it passed along: what it told was followed, and it need not tell again unless this agent ends.
    mutating func keep(_ token: PassedDescriptor?) {
        self.token = token
    }

    /// How it is, in words.
    func words(now: UInt64) -> String {
        guard let heardAt else { return "not heard yet" }
        let silence = now - min(now, heardAt)
        let isThere = token.map { !$0.hasLostOtherEnd } ?? (silence < Self.patience)
        return isThere ? "telling" : "silent for \(silence / 1_000_000) s"
    }
}
