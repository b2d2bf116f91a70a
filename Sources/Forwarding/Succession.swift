public import Messages

/// Which of two servers serves: netns-agent says so.
///
/// Requests that come while none serves are held for the next. What the other one sends is dropped. Whether the one that
/// serves answers at all is watched, and netns-agent is told when it does not.
///
/// All times are microseconds of a clock that never goes back.
public struct Succession: Sendable {
    /// Which server serves: requests go to it, and its replies go out; nothing while none does.
    public private(set) var server: ServerPlace?
    /// Until when the server may answer what it was given, while it gets nothing new.
    private var drainDeadline: UInt64?
    private var watch: ServerWatch
    /// How many held requests the server has been given that it has not answered yet, and until when that counts.
    private var given = (count: 0, until: UInt64(0))

    /// What is to be done, besides that the server is given what it may be given now (`giveNext`).
    public enum Step: Hashable, Sendable {
        /// Nothing.
        case wait
        /// Tell netns-agent that the server has answered what it had.
        case tellDrained
        /// Tell netns-agent that the server seems silent, or is not.
        case tell(Silence)
        /// Ask the server as well, on each link (`Probe`).
        case ask
    }

    /// For how long a server that is drained may answer: it is not to hold up those that wait.
    private static let drainTime: UInt64 = 250_000
    /// How often it is looked at meanwhile.
    private static let drainInterval: UInt64 = 5_000
    /// Who asked for the last time longer ago has asked again since or has given up: clients ask again after 4, 8 and 16
    /// seconds (RFC 2131, section 4.1).
    private static let patienceOfClients: UInt64 = 16_000_000
    /// How many held requests a server is given at once: dhcpd's socket has room for 167.
    static let burst = 64
    /// After what time those that it has not answered make room for others: it need not answer all.
    private static let burstTime: UInt64 = 100_000

    /// This one of two servers serves since `now` on these links.
    public init(_ threshold: SilenceThreshold, links: [Link], serving server: ServerPlace, now: UInt64) {
        self.server = server
        watch = ServerWatch(threshold, links: links, now: now)
    }

    /// Takes note that the links look like this now, with other addresses.
    public mutating func show(_ links: [Link]) {
        watch.show(links)
    }

    /// How many requests wait to be given to a server.
    public var heldCount: Int { watch.heldCount }
    /// How many held requests had to make room for others, or were too long.
    public var lostCount: UInt64 { watch.lostCount }
    /// How many clients the server has granted an address to.
    public var knownCount: Int { watch.knownCount }
    /// Whether nothing is to be given to the server just now.
    var isQuiet: Bool { watch.isQuiet }
    /// Whether requests go to a server now, and are not held.
    private var isGiving: Bool { server != nil && drainDeadline == nil && !isQuiet }

    /// What becomes of a frame of which the link with this number has decided this.
    public mutating func verdict(
        on frame: RawSpan, _ decision: Decision, from origin: Origin, link: Int, now: UInt64
    ) -> Verdict {
        guard decision.verdict == .forwarded else { return decision.verdict }
        guard origin != .lan else { return verdict(onRequest: frame, decision, link, now: now) }
        guard case .server(server) = origin else { return .fenced }
        guard let message = decision.summary else {
            watch.noteFromServer(frame, now: now)
            return .forwarded
        }
        guard !Probe.isAnswered(by: message) else {
            watch.noteSignOfLife(now: now)
            return .probe
        }
        if watch.noteReply(frame, message, now: now) { given.count = max(0, given.count - 1) }
        return .forwarded
    }

    private mutating func verdict(
        onRequest frame: RawSpan, _ decision: Decision, _ link: Int, now: UInt64
    ) -> Verdict {
        guard decision.isDHCP else {
            guard server != nil else { return .notForUs }
            watch.noteFromLAN(frame, now: now)
            return .forwarded
        }
        let isHeld = !isGiving
        if let message = decision.summary {
            watch.noteRequest(frame, message, link: link, isHeld: isHeld, now: now)
        }
        return isHeld ? .held : .forwarded
    }

    /// Lets another server serve, or none.
    public mutating func serve(_ destination: Destination, now: UInt64) {
        switch destination {
        case .draining: drainDeadline = now + Self.drainTime
        case .nobody: (server, drainDeadline) = (nil, nil)
        case .server(let place): begin(with: place, now: now)
        }
    }

    /// The server gets what was not answered.
    private mutating func begin(with place: ServerPlace, now: UInt64) {
        (server, drainDeadline) = (place, nil)
        watch.change(holdingSince: now - min(now, Self.patienceOfClients), now: now)
        given = (0, now + Self.burstTime)
    }

    /// When something is to be done without anything happening.
    public mutating func deadline(now: UInt64) -> UInt64? {
        if let drainDeadline { return min(drainDeadline, now + Self.drainInterval) }
        guard server != nil else { return nil }
        let look = watch.nextLook(now: now)
        guard watch.heldCount > 0, isGiving else { return look }
        return min(given.until, look ?? .max)
    }

    /// What is due now.
    public mutating func advance(now: UInt64) -> Step {
        if let drainDeadline { return drain(until: drainDeadline, now: now) }
        guard server != nil else { return .wait }
        return take(watch.advance(now: now), now: now)
    }

    /// netns-agent has seen whether the server has read what it was given.
    public mutating func noteReading(isDone: Bool, now: UInt64) -> Step {
        take(watch.noteReading(isDone: isDone, now: now), now: now)
    }

    private mutating func take(_ step: ServerWatch.Step, now: UInt64) -> Step {
        switch step {
        case .wait: return .wait
        case .tell(let silence): return .tell(silence)
        case .ask:
            given = (0, now + Self.burstTime)
            return .ask
        }
    }

    private mutating func drain(until deadline: UInt64, now: UInt64) -> Step {
        guard now >= deadline || !watch.isAwaited(within: Self.drainTime, now: now) else { return .wait }
        // It gets nothing more, and netns-agent says what comes next.
        (server, drainDeadline) = (nil, nil)
        return .tellDrained
    }

    /// Gives the held request that is next to `body`, with what it says and the number of its link, if the server may be
    /// given one now; it says whether it did.
    public mutating func giveNext(now: UInt64, _ body: (RawSpan, MessageSummary, Int) -> Void) -> Bool {
        guard isGiving else { return false }
        if now >= given.until { given = (0, now + Self.burstTime) }
        guard given.count < Self.burst, watch.giveNext(body) != nil else { return false }
        given.count += 1
        return true
    }
}
