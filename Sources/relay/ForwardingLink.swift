internal import Addresses
internal import Diagnostics
internal import Forwarding
internal import Glibc
internal import Kernel
internal import Messages
internal import Pacing
internal import Packet

/// A LAN and the server's side of it, and what is carried between the two.
///
/// Where there is a second server, its side is a third place; one of the two serves at a time (`Succession`).
final class ForwardingLink {
    /// What both sides look like.
    private(set) var link: Link
    /// The host's interface, whose name the server's has too.
    let interface: InterfaceName
    /// Its place among the links that were handed over together.
    let number: Int
    private var traffic: LinkTraffic
    /// Whether the host's interface is there, or only an end that leads nowhere.
    let hasUplink: Bool
    private let uplink: FramePort?
    private let server: FramePort
    /// Whose end that is.
    let place: ServerPlace
    private var other: OtherServer?
    private var excess = NoticePace()
    private var fragments = NoticePace()

    /// The end of the other server.
    private final class OtherServer {
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
    ///   - place: which server that is.
    init(
        _ link: Link, of host: HostAddresses? = nil, _ number: Int = 0, uplink: consuming FramePort?,
        server: consuming FramePort, of place: ServerPlace = .first
    ) {
        self.link = link
        interface = link.network.interface
        self.number = number
        hasUplink = link.hasUplink
        traffic = LinkTraffic(
            forwarder: Forwarder(link: link, of: host),
            translation: link.container.flatMap { Translation(link.network, container: $0) },
            hasUplink: link.hasUplink)
        self.uplink = uplink
        self.server = server
        self.place = place
    }

    /// What became of the frames, each way.
    var counters: PerDirection<Counters> { traffic.counters }

    /// What was dropped without being DHCP, each way.
    var dropped: PerDirection<DroppedFrames> { traffic.dropped }

    /// Where frames arrive.
    var origins: [Origin] {
        (hasUplink ? [.lan] : []) + [.server(place)] + (other == nil ? [] : [.server(place.other)])
    }

    /// Takes note that the link looks like this now, on a host with these addresses.
    func show(_ link: Link, _ host: HostAddresses) {
        self.link = link
        traffic.forwarder.show(link, of: host)
    }

    /// Takes the end of the other server.
    func add(other port: consuming FramePort) {
        other = OtherServer(port)
    }

    /// Runs `body` with the port at which frames arrive from `origin`; nothing where there is no such server.
    func withPort<Result, Failure: Error>(
        of origin: Origin, _ body: (borrowing FramePort) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        switch origin {
        case .lan:
            switch uplink {
            case .some(let uplink): return try body(uplink)
            case .none: return nil
            }
        case .server(place): return try body(server)
        case .server:
            guard let other else { return nil }
            return try body(other.port)
        }
    }

    /// What people call the interface on which frames arrive from `origin`.
    func name(of origin: Origin) -> String {
        switch origin {
        case .lan: "\(interface)"
        case .server(.first): "the server's \(interface)"
        case .server(.standby): "the second server's \(interface)"
        }
    }

    /// Carries what waits, up to a number of batches; what is left then makes the port ready again.
    ///
    /// An interface that is down is told of once: its port works again when the interface is back. That of a TAP
    /// interface which is gone (`EBADFD`) is taken back when netns-agent knows of it.
    ///
    /// - Throws: `SystemError` when the port can be of no use any more.
    func takeTurn(
        _ origin: Origin, _ batch: inout FrameBatch, _ journal: Journal, _ succession: inout Succession?
    ) throws(SystemError) {
        do {
            for _ in 0..<Self.batchesPerTurn {
                let count = try forward(origin, &batch, journal, &succession, &traffic)
                guard count == batch.capacity else { return }
            }
        } catch {
            guard [ENETDOWN, ENXIO, EBADFD].contains(error.code) else { throw error }
            noteDown(origin, journal)
        }
    }

    /// Carries one batch and says how many frames it had: first all that may pass is sent, then what is DHCP recorded.
    ///
    /// - Parameter traffic: the link's own; one access to it for all.
    private func forward(
        _ origin: Origin, _ batch: inout FrameBatch, _ journal: Journal, _ succession: inout Succession?,
        _ traffic: inout LinkTraffic
    ) throws(SystemError) -> Int {
        let count = try withPort(of: origin) { port throws(SystemError) in try batch.receive(from: port) }
        guard let count, count > 0 else { return 0 }
        journal.outbox.note(inHand: count)
        var judgement = traffic.judge(count, origin, link: number, &batch, &succession)
        if judgement.endsSilence { noteUp(origin, journal) }
        let destination = origin == .lan ? .server(succession?.server ?? place) : Origin.lan
        judgement.fail(send(judgement.passing, to: destination, batch))
        judgement.fail(send(judgement.answering, to: origin, batch))
        traffic.count(judgement, batch, count, origin.direction)
        journal.record(batch, count, judgement, on: interface, hasUplink: hasUplink, origin.direction)
        return count
    }

    /// Sends some frames: on, or, those that were made their own answers, back to where they came from.
    private func send(_ selection: UInt64, to origin: Origin, _ batch: borrowing FrameBatch) -> UInt64 {
        withPort(of: origin) { port in batch.send(selection, to: port) } ?? selection
    }

    /// Gives a frame that was kept to a server, and records that.
    ///
    /// - Parameter exchange: what its message has in common with the answer; nothing where no answer leaves.
    func give(_ frame: RawSpan, _ exchange: UInt64?, to server: ServerPlace, _ verdict: Verdict, _ journal: Journal) {
        traffic.forwarder.noteRequest(now: Clock.monotonic)
        let isSent = withPort(of: .server(server)) { port in port.send(frame) }
        let verdict = isSent == true ? verdict : .sendFailed
        traffic.counters[.toServer].count(verdict)
        journal.record(given: frame, exchange, interface: interface, verdict: verdict)
    }

    private func noteDown(_ origin: Origin, _ journal: Journal) {
        guard traffic.down.insert(origin).inserted else { return }
        journal.warn(event: .linkDown, "\(name(of: origin)) is down or gone; nothing comes from it")
    }

    private func noteUp(_ origin: Origin, _ journal: Journal) {
        let detail = "frames come from \(name(of: origin)) again"
        journal.say(detail)
        journal.record(event: .linkUp, detail)
    }

    /// Asks the kernel how many frames it threw away since the last time, and tells of them; and of those that the
    /// server was not let send.
    ///
    /// - Throws: `SystemError` of getsockopt(2).
    func noteLosses(_ journal: Journal) throws(SystemError) {
        if let count = excess.news(of: counters[.toClient][.rateLimited], at: Clock.monotonic) {
            journal.warn(
                event: .rateLimited,
                "\(count) frames of the server on \(interface) were dropped: it sends more than it is asked for")
        }
        if let count = fragments.news(of: counters[.toServer][.fragment], at: Clock.monotonic) {
            journal.warn(
                event: .fragments,
                "\(count) requests on \(interface) came in fragments and were dropped: their senders have to send less")
        }
        for direction in Direction.allCases { journal.record(&traffic.dropped[direction], on: interface, direction) }
        for origin in origins {
            let lost = try withPort(of: origin) { port throws(SystemError) in try port.takeDropCount() }
            guard let lost, lost > 0 else { continue }
            traffic.counters[origin.direction].lostInKernel += UInt64(lost)
            journal.warn(
                event: .framesLost,
                "\(lost) frames from \(name(of: origin)) were lost: they came faster than they were read")
        }
    }
}
