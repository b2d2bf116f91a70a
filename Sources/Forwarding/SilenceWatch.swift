public import Messages

/// Judges whether a server has fallen silent: clients ask, and nobody gets an answer.
///
/// As Kea's high availability has it ("communication recovery", `max-ack-delay` and `max-unacked-clients`), one client
/// that gets no answer says nothing about a server, several different ones do. A server may still be right to be silent:
/// it has no free address, or does not know these clients. So it is asked itself before anything is done about it, by a
/// DHCPINFORM, which takes no lease. One reply, to whomever, ends the suspicion.
///
/// All times are microseconds of a clock that never goes back.
public struct SilenceWatch: Sendable {
    /// What is to be done.
    public enum Step: Hashable, Sendable {
        /// Nothing.
        case wait
        /// Ask the server whether it is there, and tell of the suspicion.
        case ask(Silence)
        /// Ask it again.
        case askAgain
        /// Tell that it is silent.
        case tell(Silence)
    }

    private enum State: Equatable {
        case calm
        /// The server is being asked since then, for the second time or not.
        case asking(since: UInt64, isSecond: Bool)
        /// It was told then that it is silent.
        case told(at: UInt64)
    }

    private let threshold: SilenceThreshold
    private var state = State.calm
    private var lastReply: UInt64
    /// Whether the server that serves now has ever answered a question of ours.
    private var answersProbes = false

    /// How long the server has to answer: a quarter of the time that clients have to wait, a second at most.
    private let patience: UInt64

    /// A watch over a server that serves since `now`.
    public init(_ threshold: SilenceThreshold, now: UInt64) {
        self.threshold = threshold
        patience = min(threshold.duration / 4, 1_000_000)
        lastReply = now
    }

    /// When to look again, while somebody waits: when enough may have waited for long enough, in steps of a twentieth of
    /// the server's patience.
    public func nextLook(with requests: UnansweredRequests, now: UInt64) -> UInt64 {
        switch state {
        case .calm:
            let due = max(requests.firstAsked ?? now, lastReply) + threshold.duration - patience
            return max(now + patience / 20, min(due, now + patience))
        case .asking(let since, let isSecond): return since + (isSecond ? patience : patience / 2)
        case .told(let time): return time + threshold.duration
        }
    }

    /// For how long a client that does not ask again counts.
    private var window: UInt64 { 10 * threshold.duration }

    /// The server has answered a client.
    public mutating func noteReply(now: UInt64) {
        lastReply = now
        state = .calm
    }

    /// The server has answered a question of ours, or is about to: it asks by ARP where the answer goes.
    public mutating func noteSignOfLife(now: UInt64) {
        answersProbes = true
        noteReply(now: now)
    }

    /// What is to be done now that it is `now`.
    public mutating func advance(with requests: UnansweredRequests, now: UInt64) -> Step {
        switch state {
        case .calm: return suspect(requests, now: now)
        case .asking(let since, let isSecond):
            if now &- since >= patience { return judge(requests, now: now) }
            guard !isSecond, now &- since >= patience / 2 else { return .wait }
            state = .asking(since: since, isSecond: true)
            return .askAgain
        case .told(let time):
            // Whoever was told did nothing about it; it is looked at again when as much time has passed.
            if now &- time >= threshold.duration { state = .calm }
            return .wait
        }
    }

    /// The question is asked so early that its time is over when the clients' is.
    private mutating func suspect(_ requests: UnansweredRequests, now: UInt64) -> Step {
        let clients = waiting(requests, for: threshold.duration - patience, now: now)
        guard clients >= threshold.clients else { return .wait }
        state = .asking(since: now, isSecond: false)
        return .ask(Silence(clients: clients, duration: threshold.duration - patience, probe: .asked))
    }

    private mutating func judge(_ requests: UnansweredRequests, now: UInt64) -> Step {
        let clients = waiting(requests, for: threshold.duration, now: now)
        guard clients >= threshold.clients else {
            state = .calm
            return .wait
        }
        state = .told(at: now)
        let probe: Silence.Probe = answersProbes ? .unansweredUnlikeBefore : .unanswered
        return .tell(Silence(clients: clients, duration: threshold.duration, probe: probe))
    }

    private func waiting(_ requests: UnansweredRequests, for duration: UInt64, now: UInt64) -> UInt32 {
        UInt32(clamping: requests.waiting(for: duration, since: lastReply, window: window, now: now))
    }
}
