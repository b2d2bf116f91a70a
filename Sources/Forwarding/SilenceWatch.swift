internal import Messages

/// Judges whether a server has fallen silent: clients that it knows ask what it has answered before, and it answers none.
///
/// As Kea's high availability has it ("communication recovery", `max-ack-delay` and `max-unacked-clients`), one client
/// that gets no answer says nothing about a server, several different ones do. In a flood a server may not come to their
/// questions. So nothing is given to it for a moment: when it has read what it has, which netns-agent sees, it is given
/// these questions alone, and then has its time to answer them. One answer to a client that it knows ends the suspicion.
///
/// All times are microseconds of a clock that never goes back.
struct SilenceWatch: Sendable {
    /// What is to be done.
    enum Step: Hashable {
        /// Nothing.
        case wait
        /// Give it nothing, and have netns-agent see whether it reads.
        case ask(Silence)
        /// Give it the questions of the clients that wait, and everything else again.
        case give
        /// Give it everything again.
        case resume
        /// Tell that it is silent.
        case tell(Silence)
    }

    private enum State: Equatable {
        case calm
        /// It is given nothing since then.
        case quiet(since: UInt64)
        /// It had read everything then, and has the questions since.
        case asked(at: UInt64)
        /// It was told then that it is silent.
        case told(at: UInt64)
    }

    private let threshold: SilenceThreshold
    private var state = State.calm
    private var lastReply: UInt64
    private var lastSign: UInt64

    /// How long before clients have waited for long enough it is looked at: a quarter of that time, a second at most.
    private let patience: UInt64
    /// How long it has to answer what it was given.
    private let answerTime: UInt64
    /// For how long a client that does not ask again counts: for longer than it takes to find out.
    var window: UInt64 { 10 * answerTime }
    /// How long it is given nothing, at most: longer than dnsmasq reads nothing while it waits for a ping, three seconds.
    private static let quietTime: UInt64 = 4_000_000
    /// How long it has to answer, at least: as long.
    private static let leastAnswerTime: UInt64 = 4_000_000

    /// A watch over a server that serves since `now`.
    init(_ threshold: SilenceThreshold, now: UInt64) {
        self.threshold = threshold
        patience = min(threshold.duration / 4, 1_000_000)
        answerTime = max(threshold.duration, Self.leastAnswerTime)
        (lastReply, lastSign) = (now, now)
    }

    /// Whether it is to be given nothing just now.
    var isQuiet: Bool { if case .quiet = state { true } else { false } }

    /// When to look again; nothing while too few wait.
    func nextLook(with clients: KnownClients, now: UInt64) -> UInt64? {
        switch state {
        case .calm:
            guard clients.waitingCount >= threshold.clients else { return nil }
            let due = max(clients.firstAsked ?? now, lastReply) + threshold.duration - patience
            return max(now + patience / 20, min(due, now + patience))
        case .quiet(let since): return since + Self.quietTime
        case .asked(let time): return time + answerTime
        case .told(let time): return time + threshold.duration
        }
    }

    /// The server has answered a client that it knows.
    mutating func noteReply(now: UInt64) {
        (lastReply, lastSign) = (now, now)
        state = .calm
    }

    /// The server has sent something else: that counts where it may have had a reason not to answer.
    mutating func noteSignOfLife(now: UInt64) {
        lastSign = now
    }

    /// Nobody has looked for a while: who waited is to have waited from now on.
    mutating func restart(now: UInt64) {
        noteReply(now: now)
    }

    /// netns-agent has seen that the server has read everything, or that it reads, but not whether it comes to an end.
    mutating func noteReading(isDone: Bool, now: UInt64) -> Step {
        guard isQuiet else { return .wait }
        guard isDone else {
            restart(now: now)
            return .resume
        }
        state = .asked(at: now)
        return .give
    }

    /// What is to be done now that it is `now`.
    mutating func advance(with clients: KnownClients, now: UInt64) -> Step {
        switch state {
        case .calm:
            let count = waiting(clients, for: threshold.duration - patience, now: now)
            guard count >= threshold.clients else { return .wait }
            state = .quiet(since: now)
            return .ask(Silence(clients: count, duration: threshold.duration - patience, stage: .asked))
        case .quiet(let since):
            guard now - since >= Self.quietTime else { return .wait }
            restart(now: now)
            return .resume
        case .asked(let time): return judge(clients, since: time, now: now)
        case .told(let time):
            // Whoever was told did nothing about it; it is looked at again when as much time has passed.
            if now - time >= threshold.duration { state = .calm }
            return .wait
        }
    }

    private mutating func judge(_ clients: KnownClients, since time: UInt64, now: UInt64) -> Step {
        let count = waiting(clients, for: now - time, now: now)
        guard count >= threshold.clients else {
            state = .calm
            return .wait
        }
        guard now - time >= answerTime else { return .wait }
        state = .told(at: now)
        return .tell(Silence(clients: count, duration: now - time, stage: .unanswered))
    }

    private func waiting(_ clients: KnownClients, for duration: UInt64, now: UInt64) -> UInt32 {
        UInt32(clamping: clients.waiting(for: duration, since: lastReply, lastSign, window: window, now: now))
    }
}
