internal import Addresses
internal import Component
internal import Forwarding
internal import Glibc
internal import Kernel
internal import Messages
internal import Packet

/// A LAN and the server's side of it, and what is carried between the two.
///
/// Where there is a second server, its side is a third place; one of the two serves at a time (`Failover`).
final class ForwardingLink {
    /// What both sides look like.
    private(set) var link: Link
    /// Its place among the links that were handed over together.
    let number: Int
    /// What became of the frames, each way.
    private(set) var counters = PerDirection(Counters())
    private var rules: Rules
    /// Whether the host's interface is there, or only an end that leads nowhere.
    let hasUplink: Bool
    private let uplink: FramePort?
    private let server: FramePort
    private var standby: Standby?
    private var down: Set<Origin> = []
    private var excess = NoticePace()
    private var fragments = NoticePace()
    /// What was dropped without being DHCP, each way.
    private(set) var dropped = PerDirection(DroppedFrames())

    /// What decides about a frame; together, for each access to a property of an object is watched as it happens.
    private struct Rules {
        var forwarder: Forwarder
        /// Nothing when the uplink is the host's own interface.
        var translation: Translation?

        mutating func decide(_ index: Int, _ direction: Direction, _ batch: inout FrameBatch, now: UInt64) -> Decision {
            let metadata = FrameMetadata(batch.auxiliary(of: index))
            var frame = batch.mutableFrame(index)
            return translation?.decide(&frame, metadata: metadata, direction: direction, now: now, by: &forwarder)
                ?? forwarder.decide(frame.bytes, metadata: metadata, direction: direction, now: now)
        }
    }

    /// The end of a second server.
    private final class Standby {
        let port: FramePort

        init(_ port: consuming FramePort) {
            self.port = port
        }
    }

    /// How many batches are carried one way before the other sockets have their turn.
    static let batchesPerTurn = 8

    /// The link between the host's interface, where `uplink` is, and the end of the server's, where `server` is.
    ///
    /// - Parameters:
    ///   - host: the host's addresses, where there are other links than this one.
    ///   - uplink: nothing where the link has none.
    init(
        _ link: Link, of host: HostAddresses? = nil, _ number: Int = 0, uplink: consuming FramePort?,
        server: consuming FramePort
    ) {
        self.link = link
        self.number = number
        hasUplink = link.hasUplink
        rules = Rules(
            forwarder: Forwarder(link: link, of: host),
            translation: link.container.flatMap { Translation(link.network, container: $0) })
        self.uplink = uplink
        self.server = server
    }

    /// The host's interface, whose name the server's has too.
    var interface: InterfaceName { link.network.interface }

    /// Where frames arrive.
    var origins: [Origin] {
        Origin.allCases.filter { $0 == .lan ? hasUplink : $0 == .first || standby != nil }
    }

    /// Takes note that the link looks like this now, on a host with these addresses.
    func show(_ link: Link, _ host: HostAddresses) {
        self.link = link
        rules.forwarder.show(link, of: host)
    }

    /// Takes the end of a second server.
    func add(standby port: consuming FramePort) {
        standby = Standby(port)
    }

    /// Runs `body` with the port at which frames arrive from `origin`; nothing without a second server when it is that.
    func withPort<Result, Failure: Error>(
        of origin: Origin, _ body: (borrowing FramePort) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        switch origin {
        case .lan:
            switch uplink {
            case .some(let uplink): return try body(uplink)
            case .none: return nil
            }
        case .first: return try body(server)
        case .standby:
            guard let standby else { return nil }
            return try body(standby.port)
        }
    }

    /// What people call the interface on which frames arrive from `origin`.
    func name(of origin: Origin) -> String {
        switch origin {
        case .lan: "\(interface)"
        case .first: "the server's \(interface)"
        case .standby: "the second server's \(interface)"
        }
    }

    /// Carries what waits, up to a number of batches; what is left then makes the port ready again.
    ///
    /// An interface that is down is told of once: its port works again when the interface is back. That of a TAP
    /// interface which is gone (`EBADFD`) is taken back when netns-agent knows of it.
    ///
    /// - Throws: `SystemError` when the port can be of no use any more.
    func takeTurn(
        _ origin: Origin, _ batch: inout FrameBatch, _ journal: Journal, _ failover: Failover? = nil
    ) throws(SystemError) {
        do {
            for _ in 0..<Self.batchesPerTurn {
                let count = try forward(origin, &batch, journal, failover)
                guard count == batch.capacity else { return }
            }
        } catch {
            guard [ENETDOWN, ENXIO, EBADFD].contains(error.code) else { throw error }
            noteDown(origin, journal)
        }
    }

    /// Carries one batch and says how many frames it had: first all that may pass is sent, then what is DHCP recorded.
    func forward(
        _ origin: Origin, _ batch: inout FrameBatch, _ journal: Journal, _ failover: Failover? = nil
    ) throws(SystemError) -> Int {
        let count = try withPort(of: origin) { port throws(SystemError) in try batch.receive(from: port) }
        guard let count, count > 0 else { return 0 }
        journal.outbox.note(inHand: count)
        if !down.isEmpty, down.contains(origin) { noteUp(origin, journal) }
        var judgement = judge(count, origin, &batch, failover)
        let destination = origin == .lan ? failover?.server ?? .first : .lan
        judgement.fail(send(judgement.passing, to: destination, batch))
        judgement.fail(send(judgement.answering, to: origin, batch))
        Self.count(judgement, batch, count, &counters[origin.direction], &dropped[origin.direction])
        journal.record(batch, count, judgement, on: link, origin.direction)
        return count
    }

    private func judge(
        _ count: Int, _ origin: Origin, _ batch: inout FrameBatch, _ failover: Failover?
    ) -> Judgement {
        let now = Clock.monotonic
        var judgement = Judgement()
        for index in 0..<count {
            let decision = rules.decide(index, origin.direction, &batch, now: now)
            if decision.completesChecksums {
                var frame = batch.mutableFrame(index)
                frame.completeChecksums()
            }
            let verdict = failover?.verdict(on: batch[index], decision, from: origin, of: self, now: now)
            judgement.set(leaving(verdict ?? decision.verdict), decision, at: index)
        }
        return judgement
    }

    /// What becomes of a frame that may pass: without an uplink there is nowhere to go, and nothing to be spared.
    private func leaving(_ verdict: Verdict) -> Verdict {
        guard !hasUplink else { return verdict }
        return verdict == .forwarded || verdict == .rateLimited ? .undeliverable : verdict
    }

    /// Sends some frames: on, or, those that were made their own answers, back to where they came from.
    private func send(_ selection: UInt64, to origin: Origin, _ batch: borrowing FrameBatch) -> UInt64 {
        withPort(of: origin) { port in batch.send(selection, to: port) } ?? selection
    }

    /// Gives a frame that was kept to a server, and records that.
    func give(_ frame: RawSpan, to server: Origin, _ verdict: Verdict, _ journal: Journal) {
        rules.forwarder.noteRequest(now: Clock.monotonic)
        let isSent = withPort(of: server) { port in port.send(frame) }
        let verdict = isSent == true ? verdict : .sendFailed
        counters[.toServer].count(verdict)
        journal.record(given: frame, interface: interface, verdict: verdict)
    }

    /// Counts what became of the frames of a batch, and those apart that were dropped without being recorded.
    private static func count(
        _ judgement: borrowing Judgement, _ batch: borrowing FrameBatch, _ count: Int, _ counters: inout Counters,
        _ dropped: inout DroppedFrames
    ) {
        for index in 0..<count {
            let verdict = judgement.verdicts[index]
            counters.count(verdict)
            guard verdict.isDrop, !judgement.isRecorded(index) else { continue }
            dropped.count(DropReason(batch[index], verdict))
        }
    }

    private func noteDown(_ origin: Origin, _ journal: Journal) {
        guard down.insert(origin).inserted else { return }
        journal.warn(event: "link-down", "\(name(of: origin)) is down or gone; nothing comes from it")
    }

    private func noteUp(_ origin: Origin, _ journal: Journal) {
        down.remove(origin)
        let detail = "frames come from \(name(of: origin)) again"
        journal.say(detail)
        journal.record(event: "link-up", detail)
    }

    /// Asks the kernel how many frames it threw away since the last time, and tells of them; and of those that the
    /// server was not let send.
    ///
    /// - Throws: `SystemError` of getsockopt(2).
    func noteLosses(_ journal: Journal) throws(SystemError) {
        if let count = excess.news(of: counters[.toClient][.rateLimited], at: Clock.monotonic) {
            journal.warn(
                event: "rate-limited",
                "\(count) frames of the server on \(interface) were dropped: it sends more than it is asked for")
        }
        if let count = fragments.news(of: counters[.toServer][.fragment], at: Clock.monotonic) {
            journal.warn(
                event: "fragments",
                "\(count) requests on \(interface) came in fragments and were dropped: their senders have to send less")
        }
        for direction in Direction.allCases { journal.record(&dropped[direction], on: interface, direction) }
        for origin in origins {
            let lost = try withPort(of: origin) { port throws(SystemError) in try port.takeDropCount() }
            guard let lost, lost > 0 else { continue }
            counters[origin.direction].lostInKernel += UInt64(lost)
            journal.warn(
                event: "frames-lost",
                "\(lost) frames from \(name(of: origin)) were lost: they came faster than they were read")
        }
    }
}

extension FrameMetadata {
    fileprivate init(_ auxiliary: FrameBatch.Auxiliary) {
        self.init(
            originalLength: auxiliary.originalLength, vlanTag: auxiliary.vlanIdentifier,
            checksumNotReady: auxiliary.checksumNotReady)
    }
}
