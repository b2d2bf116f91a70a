internal import Addresses
public import Messages
internal import Packet

/// What the relay knows of the server that serves: whom it has answered, what it has not, and whether it is silent.
///
/// It is nobody's on the LAN to have it found silent: time is what was seen to pass here (the seconds in a request are
/// believed by nobody), and only clients count to which the server has granted an address, with a question that is like
/// one that it answered then (`Question`, `KnownClients`).
///
/// All times are microseconds of a clock that never goes back.
public struct ServerWatch: Sendable {
    /// What is to be done.
    public enum Step: Hashable, Sendable {
        /// Nothing.
        case wait
        /// Tell netns-agent; nothing is given to the server meanwhile.
        case tell(Silence)
        /// Ask the server as well, besides what it is given now.
        case ask
    }

    private let threshold: SilenceThreshold
    /// What the host sees first on each link.
    private var networks: [AttachedNetwork]
    private var host: HostAddresses
    private var requests = UnansweredRequests()
    private var clients = KnownClients()
    private var watch: SilenceWatch
    /// Whether the server has ever answered a DHCPDISCOVER.
    private var hasOffered = false
    private var due: UInt64?
    /// Whether it has answered a client while netns-agent looks whether it reads.
    private var isRelieved = false

    /// How much later than it was due a look may come; otherwise somebody was held up, and it may be the relay.
    private static let tolerance: UInt64 = 1_000_000
    /// By how much a lease is taken for shorter than it was granted: the server reckons from when it wrote the answer.
    private static let leaseMargin: UInt64 = 1_000_000

    /// A watch over a server that serves since `now` on these links.
    public init(_ threshold: SilenceThreshold, links: [Link], now: UInt64) {
        self.threshold = threshold
        networks = links.map(\.network)
        host = HostAddresses(of: links)
        watch = SilenceWatch(threshold, now: now)
    }

    /// Takes note that the links look like this now, with other addresses.
    public mutating func show(_ links: [Link]) {
        networks = links.map(\.network)
        host = HostAddresses(of: links)
    }

    /// How many frames wait to be given to a server.
    public var heldCount: Int { requests.heldCount }
    /// How many held frames had to make room for others, or were too long.
    public var lostCount: UInt64 { requests.lostCount }
    /// How many clients the server has granted an address to.
    public var knownCount: Int { clients.count }
    /// Whether nothing is to be given to the server just now.
    public var isQuiet: Bool { watch.isQuiet }

    /// Another server serves from now on: it has answered nobody yet, and what was asked since `time` is to be given to it.
    public mutating func change(holdingSince time: UInt64, now: UInt64) {
        requests.holdAll(since: time)
        clients = KnownClients()
        watch = SilenceWatch(threshold, now: now)
        (hasOffered, isRelieved, due) = (false, false, nil)
    }

    /// Takes note of a request that came by the link with this number, and says this.
    ///
    /// - Parameter isHeld: whether it is not given to the server now.
    public mutating func noteRequest(
        _ frame: RawSpan, _ message: MessageSummary, link: Int, isHeld: Bool, now: UInt64
    ) {
        guard message.operation == .request else { return }
        noteStatement(frame, message, now: now)
        let isKnown = message.client.map { clients.contains($0.rawValue, now: now) } ?? false
        var counts = false
        if isKnown, let question = Question(frame, link: link, own: networks[link].address, host: host),
            question.form != .discover || hasOffered
        {
            counts = clients.note(question, answeredBy: networks[link].nextHop(to: question.replyAddress), now: now)
        }
        requests.note(frame, message, link: link, isHeld: isHeld, isKnown: counts, now: now)
    }

    /// Whoever gives an address back, or finds it in use, is not known by it any more.
    private mutating func noteStatement(_ frame: RawSpan, _ message: MessageSummary, now: UInt64) {
        guard message.messageType == .release || message.messageType == .decline else { return }
        clients.forget(message.clientAddress, now: now)
        if let address = DHCPMessage(frame: frame)?.requestedAddress { clients.forget(address, now: now) }
    }

    /// Takes note of something else from the LAN that goes on to the server.
    ///
    /// Who answers a ping of the server has the address, whatever the server then makes of that: dhcpd gives up the lease.
    public mutating func noteFromLAN(_ frame: RawSpan, now: UInt64) {
        guard let ethernet = EthernetFrame(ByteView(frame)), let packet = IPv4Packet(ethernet.payload) else { return }
        clients.forget(packet.source, now: now)
    }

    /// The server has sent something that is no answer to a client.
    public mutating func noteSignOfLife(now: UInt64) {
        watch.noteSignOfLife(now: now)
    }

    /// The server has sent something that is no DHCP message.
    ///
    /// What its kernel asks all by ARP tells whom it has an answer for: that is none on its way yet, and never one where
    /// nobody says to have the address, or that is lost in a flood. Whom it has sent to before it asks alone.
    public mutating func noteFromServer(_ frame: RawSpan, now: UInt64) {
        watch.noteSignOfLife(now: now)
        guard let ethernet = EthernetFrame(ByteView(frame)), ethernet.etherType == .arp,
            ethernet.destination == .broadcast, let packet = ARPPacket(ethernet.payload),
            clients.noteSearch(for: packet.targetAddress)
        else { return }
        endSuspicion(now: now)
    }

    private mutating func endSuspicion(now: UInt64) {
        isRelieved = isRelieved || watch.isQuiet
        watch.noteReply(now: now)
    }

    /// The server has sent a reply that says this; gives whether somebody had been waiting for it.
    public mutating func noteReply(_ frame: RawSpan, _ message: MessageSummary, now: UInt64) -> Bool {
        watch.noteSignOfLife(now: now)
        if let client = message.client?.rawValue { noteAnswer(frame, message, to: client, now: now) }
        return requests.noteReply(message)
    }

    private mutating func noteAnswer(_ frame: RawSpan, _ message: MessageSummary, to client: UInt64, now: UInt64) {
        let isOffer = message.messageType == .offer
        let isGrant =
            message.yourAddress != .unspecified && (message.messageType == .ack || message.messageType == nil)
        guard isOffer || isGrant || message.messageType == .nak else { return }
        if isOffer { hasOffered = true }
        let isKnown = clients.noteAnswer(to: client, isOffer: isOffer, now: now)
        if isKnown, !isOffer { endSuspicion(now: now) }
        guard isGrant, let expires = Self.expiry(of: frame, message, now: now) else { return }
        let question = requests.withQuestion(answeredBy: message, now: now) { frame, link in
            Question(frame, link: link, own: networks[link].address, host: host)
        }
        clients.noteGrant(
            of: message.yourAddress, to: client, until: expires,
            answering: question.flatMap { $0.isAnswered(by: message) ? $0 : nil }, now: now)
    }

    private static func expiry(of frame: RawSpan, _ message: MessageSummary, now: UInt64) -> UInt64? {
        guard let seconds = DHCPMessage(frame: frame)?.leaseSeconds else {
            return message.messageType == nil ? .max : nil
        }
        let duration = UInt64(seconds) * 1_000_000
        return seconds == .max ? .max : now + duration - min(duration, leaseMargin)
    }

    /// netns-agent has seen whether the server has read what it was given.
    public mutating func noteReading(isDone: Bool, now: UInt64) -> Step {
        let step = watch.noteReading(isDone: isDone, now: now)
        due = nil
        return perform(step)
    }

    /// When to look again, if nothing happens.
    public mutating func nextLook(now: UInt64) -> UInt64? {
        if due == nil { due = watch.nextLook(with: clients, now: now) }
        return due
    }

    /// What is to be done now that it is `now`.
    public mutating func advance(now: UInt64) -> Step {
        if isRelieved {
            (isRelieved, due) = (false, nil)
            return .tell(Silence(clients: 0, duration: 0, stage: .answered))
        }
        guard let due = nextLook(now: now), now >= due else { return .wait }
        self.due = nil
        clients.forgetWaiting(before: now - min(now, watch.window), now: now)
        guard now - due <= Self.tolerance else {
            watch.restart(now: now)
            return .wait
        }
        return perform(watch.advance(with: clients, now: now))
    }

    private mutating func perform(_ step: SilenceWatch.Step) -> Step {
        switch step {
        case .wait, .resume: return .wait
        case .ask(let silence), .tell(let silence): return .tell(silence)
        case .give:
            let clients = clients
            requests.holdKnown { clients.isWaiting($0) }
            return .ask
        }
    }

    /// Gives the held frame that is next to `body`, with what it says and the number of its link, and waits for its answer
    /// from now on; nothing when none is held.
    public mutating func giveNext<Result>(_ body: (RawSpan, MessageSummary, Int) -> Result) -> Result? {
        requests.giveNext(body)
    }

    /// Whether the server that serves may still answer what it was given within the last `duration` microseconds.
    public func isAwaited(within duration: UInt64, now: UInt64) -> Bool {
        requests.isAwaited(within: duration, now: now)
    }
}

extension AttachedNetwork {
    /// Which station on the link gets what is sent to an address: its own, or the gateway.
    fileprivate func nextHop(to destination: IPv4Address) -> IPv4Address {
        network.contains(destination) || destination == .unspecified ? destination : gateway ?? destination
    }
}

extension Question {
    /// Whether a grant is the answer to it.
    fileprivate func isAnswered(by message: MessageSummary) -> Bool {
        let isForm = message.messageType == nil ? form == .bootp : form == .request
        return isForm && transaction == message.transaction
            && (address == message.yourAddress || form == .bootp && address == .unspecified)
    }
}
