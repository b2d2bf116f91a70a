internal import Addresses
internal import Forwarding
internal import Kernel
internal import Messages
internal import Packet

/// Two servers, of which one serves at a time: netns-agent says which.
///
/// Requests that come while none serves are held for the next. What the other one sends is dropped. Whether the one that
/// serves answers at all is watched, and netns-agent is told when it does not.
final class Failover {
    /// Whose link requests go to, and whose replies go out; nothing while no server serves.
    private(set) var server: Origin? = .first
    /// Until when the server may answer what it was given, while it gets nothing new.
    private var drainDeadline: UInt64?
    private var watch: ServerWatch
    private let links: [ForwardingLink]
    private let second: ServerPlace
    private let probes: [(link: Int, frame: [UInt8])]
    /// How many held requests the server has been given that it has not answered yet, and until when that counts.
    private var given = (count: 0, until: UInt64(0))

    /// For how long a server that is drained may answer, in microseconds: it is not to hold up those that wait.
    private static let drainTime: UInt64 = 250_000
    /// Who asked for the last time longer ago has asked again since or has given up: clients ask again after 4, 8 and 16
    /// seconds (RFC 2131, section 4.1).
    private static let patienceOfClients: UInt64 = 16_000_000
    /// How many held requests a server is given at once: dhcpd's socket has room for 167.
    private static let burst = 64
    /// After what time, in microseconds, those that it has not answered make room for others: it need not answer all.
    private static let burstTime: UInt64 = 100_000

    /// The first of two servers serves since `now`, which is in microseconds as all times here.
    ///
    /// - Parameter second: which server the sockets are of that came with `standby`.
    init(_ links: [ForwardingLink], _ threshold: SilenceThreshold, second: ServerPlace, now: UInt64) {
        self.links = links
        self.second = second
        watch = ServerWatch(threshold, links: links.map(\.link), now: now)
        probes = links.compactMap { link in
            Probe(on: link.link, transaction: UInt32.random(in: .min ... .max)).map { (link.number, $0.frame) }
        }
    }

    /// Takes note that the links look like this now, with other addresses.
    func show(_ links: [Link]) {
        watch.show(links)
    }

    private var isDraining: Bool { drainDeadline != nil }

    /// What becomes of a frame of which the link has decided this.
    func verdict(
        on frame: RawSpan, _ decision: Decision, from origin: Origin, of link: ForwardingLink, now: UInt64
    ) -> Verdict {
        guard decision.verdict == .forwarded else { return decision.verdict }
        guard origin != .lan else { return verdict(onRequest: frame, decision, link, now: now) }
        guard origin == server else { return .fenced }
        guard decision.isDHCP, let message = DHCPMessage(frame: frame) else {
            watch.noteFromServer(frame, now: now)
            return .forwarded
        }
        guard !Probe.isAnswered(by: message) else {
            watch.noteSignOfLife(now: now)
            return .probe
        }
        if watch.noteReply(message, now: now) { given.count = max(0, given.count - 1) }
        return .forwarded
    }

    private func verdict(
        onRequest frame: RawSpan, _ decision: Decision, _ link: ForwardingLink, now: UInt64
    ) -> Verdict {
        guard decision.isDHCP else {
            guard server != nil else { return .notForUs }
            watch.noteFromLAN(frame, now: now)
            return .forwarded
        }
        let isHeld = server == nil || isDraining || watch.isQuiet
        watch.noteRequest(frame, link: link.number, isHeld: isHeld, now: now)
        return isHeld ? .held : .forwarded
    }

    /// Lets another server serve, or none.
    func serve(_ destination: Destination, _ journal: Journal, now: UInt64) {
        switch destination {
        case .draining: drainDeadline = now + Self.drainTime
        case .nobody: (server, drainDeadline) = (nil, nil)
        case .first: begin(with: origin(of: .first), journal, now: now)
        case .standby: begin(with: origin(of: .standby), journal, now: now)
        }
    }

    /// The server gets what was not answered.
    private func begin(with origin: Origin, _ journal: Journal, now: UInt64) {
        (server, drainDeadline) = (origin, nil)
        watch.change(holdingSince: now - min(now, Self.patienceOfClients), now: now)
        given = (0, now + Self.burstTime)
    }

    private func origin(of place: ServerPlace) -> Origin { place == second ? .standby : .first }

    /// When something is to be done without anything happening.
    func deadline(now: UInt64) -> UInt64? {
        if let drainDeadline { return min(drainDeadline, now + 5_000) }
        guard server != nil else { return nil }
        let look = watch.nextLook(now: now)
        guard watch.heldCount > 0, !watch.isQuiet else { return look }
        return min(given.until, look ?? .max)
    }

    /// Does what is due, and says what netns-agent is to be told.
    func advance(_ journal: Journal, now: UInt64) -> Message? {
        if let drainDeadline { return drain(until: drainDeadline, now: now) }
        guard server != nil else { return nil }
        let message = perform(watch.advance(now: now), journal, now: now)
        giveHeld(journal, now: now)
        return message
    }

    /// netns-agent has seen whether the server has read what it was given.
    func noteReading(isDone: Bool, _ journal: Journal, now: UInt64) {
        _ = perform(watch.noteReading(isDone: isDone, now: now), journal, now: now)
    }

    private func perform(_ step: ServerWatch.Step, _ journal: Journal, now: UInt64) -> Message? {
        switch step {
        case .wait: return nil
        case .ask:
            given = (0, now + Self.burstTime)
            giveHeld(journal, now: now)
            ask(journal)
            return nil
        case .tell(let silence): return .silence(silence)
        }
    }

    private func drain(until deadline: UInt64, now: UInt64) -> Message? {
        guard now >= deadline || !watch.isAwaited(within: Self.drainTime, now: now) else { return nil }
        // It gets nothing more, and netns-agent says what comes next.
        (server, drainDeadline) = (nil, nil)
        return .drained
    }

    private func giveHeld(_ journal: Journal, now: UInt64) {
        guard let server, !watch.isQuiet else { return }
        if now >= given.until { given = (0, now + Self.burstTime) }
        while given.count < Self.burst, watch.heldCount > 0 {
            watch.giveNext { frame, link in links[link].give(frame, to: server, .forwarded, journal) }
            given.count += 1
        }
    }

    private func ask(_ journal: Journal) {
        guard let server else { return }
        for probe in probes { links[probe.link].give(probe.frame.span.rawBytes, to: server, .probe, journal) }
    }
}

extension Failover {
    /// Which server serves, and what waits.
    var status: [Status.Field] {
        [
            Status.Field("serving", server.map { "\($0 == .standby ? second : second.other)" } ?? "nobody"),
            Status.Field("requests-held", watch.heldCount), Status.Field("held-requests-lost", watch.lostCount),
            Status.Field("clients-known", watch.knownCount),
        ]
    }
}
