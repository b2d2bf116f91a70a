import Addresses
import Messages
import Packet
import PacketTesting

@testable import Forwarding
@testable import ForwardingTesting
@testable import netns_agent

/// Which server is simulated: what the three do when they are asked something.
enum ServerKind: String, CaseIterable {
    case dhcpd, kea, dnsmasq
}

/// What becomes of the server.
enum Fault: String, CaseIterable {
    case none
    /// SIGSTOP.
    case stopped
    /// It waits for something that never comes.
    case hung
    /// It runs, and reads nothing.
    case spinning
    /// It reads, and answers nobody.
    case mute
}

/// What a frame asks, as the server judges it.
enum Content: Hashable {
    /// REQUEST for the address that the client has.
    case renewal(Int)
    /// DISCOVER of a client that has one.
    case rediscover(Int)
    /// DISCOVER of somebody else.
    case discover
    case inform
    /// What gives an address back, truly or not.
    case release(Int, isValid: Bool)
    /// What no server answers: BOOTREQUEST, a class that is denied, another server's, another's address.
    case nothing
}

/// A server, the LAN before it, the relay's judgement and netns-agent's, in steps of ten milliseconds.
///
/// The server reads one frame in a step, and has room for eight: what a real one does in a flood a hundred times as dense.
struct SimulatedLAN {
    static let step: UInt64 = 10_000
    static let host = Station.hostAddress

    let kind: ServerKind
    let clientCount: Int
    private(set) var now: UInt64 = 1_000_000
    /// When it was killed, and why.
    private(set) var verdict: (time: UInt64, words: String)?
    /// When so many clients that the server knows had asked in vain since the fault.
    private(set) var missed: [Int: UInt64] = [:]
    /// When the server was given something for the first time since the fault.
    private(set) var firstGiven: UInt64?
    var fault = Fault.none
    /// Whether dhcpd gives up the lease of a client that answers its ping.
    var abandons = false
    /// Whether it answers DHCPINFORM, and DISCOVERs of strangers.
    var (informs, hasAddresses) = (true, false)

    /// Whether clients answer ARP, and their answers come through.
    var areReachable = true

    private var succession: Succession
    private var reading: ReadingWatch
    private var hasCaughtUp = false
    private var queue: [Content] = []
    private var contents: [[UInt8]: Content] = [:]
    private var leases: Set<Int>
    private var (datagramsRead, switches) = (UInt64(0), UInt64(0))
    /// Until when dnsmasq waits for a ping, and when it began to.
    private var pingEnd: UInt64 = 0
    private var pings: [UInt64] = []

    init(_ kind: ServerKind, clients: Int, _ threshold: SilenceThreshold, on network: AttachedNetwork) {
        (self.kind, clientCount) = (kind, clients)
        let link = Link(macAddress: Station.host, network: network)
        succession = Succession(threshold, links: [link], serving: .first, now: now)
        reading = ReadingWatch(threshold.duration)
        leases = Set(0..<clients)
    }

    static func station(_ client: Int) -> MACAddress { MACAddress(rawValue: 0x0200_0000_1000 + UInt64(client)) }
    static func address(_ client: Int) -> IPv4Address { IPv4Address(192, 168, 50, UInt8(10 + client)) }

    /// Makes a frame known: what it asks.
    mutating func teach(_ frame: [UInt8], _ content: Content) { contents[frame] = content }

    /// Somebody on the LAN sends a frame that was made known.
    mutating func send(_ frame: [UInt8]) {
        if pass(frame, from: .lan) == .forwarded { deliver(frame) }
    }

    /// What the relay makes of a frame that its rules let pass.
    @discardableResult
    private mutating func pass(_ frame: [UInt8], from origin: Origin) -> Verdict {
        succession.verdict(on: frame.span.rawBytes, .passing(frame), from: origin, link: 0, now: now)
    }

    private mutating func deliver(_ frame: [UInt8]) {
        if fault != .none { firstGiven = firstGiven ?? now }
        guard queue.count < 8, let content = contents[frame] else { return }
        queue.append(content)
    }

    /// A client that the server should answer has asked.
    mutating func noteDemand(of client: Int) {
        if fault != .none, leases.contains(client), missed[client] == nil { missed[client] = now }
    }

    /// Time passes.
    mutating func advance() {
        now += Self.step
        serve()
        look()
        perform(succession.advance(now: now))
    }
}

// The server.
extension SimulatedLAN {
    private mutating func serve() {
        switch fault {
        case .stopped, .hung: return
        case .spinning: switches += 1
        case .none, .mute:
            switches += queue.isEmpty && pingEnd <= now ? 0 : 1
            guard now >= pingEnd, !queue.isEmpty else { return }
            datagramsRead += 1
            let content = queue.removeFirst()
            if fault == .none { answer(content) }
        }
    }

    private mutating func answer(_ content: Content) {
        switch content {
        case .renewal(let client):
            // Kea and dnsmasq that are not authoritative say nothing to whom they do not know.
            guard leases.contains(client) || kind == .dhcpd else { return }
            leases.insert(client)
            reply(5, to: client, address: Self.address(client))
        case .rediscover(let client):
            guard leases.contains(client) else { return }
            guard kind == .dhcpd, abandons else { return reply(2, to: client, address: Self.address(client)) }
            // It pings the address, and the client answers.
            pass(Echo.request, from: .server(.first))
            pass(Echo.reply(from: Self.station(client), Self.address(client)), from: .lan)
            leases.remove(client)
        case .discover:
            guard kind != .dnsmasq else { return ping() }
            if hasAddresses { reply(2, to: 200, address: IPv4Address(192, 168, 50, 250)) }
        case .inform: if informs { reply(5, to: 201, address: .unspecified) }
        case .release(let client, let isValid): if isValid { leases.remove(client) }
        case .nothing: break
        }
    }

    /// Three seconds without reading; six times in half a minute at most, with none afterwards.
    private mutating func ping() {
        pings.removeAll { now - $0 > 30_000_000 }
        guard pings.count < 6 else { return }
        pings.append(now)
        pingEnd = now + 3_000_000
        pass(Echo.request, from: .server(.first))
    }

    private mutating func reply(_ type: UInt8, to client: Int, address: IPv4Address) {
        // Kea sends to the hardware address, the others a renewed lease to the client's own.
        guard areReachable || kind == .kea || type != 5 || address == .unspecified else { return search(for: address) }
        let frame = DHCPLayer.reply(type, from: Self.host, to: Self.station(client)).option(51, [0, 0, 14, 16])
            .setting(\.yourAddress, to: address).setting(\.transactionIdentifier, to: UInt32(client)).udp().ipv4(
                from: Self.host, to: .broadcast
            )
            .ethernet(from: Station.host, to: .broadcast).bytes
        pass(frame, from: .server(.first))
    }
}

extension SimulatedLAN {
    private mutating func search(for address: IPv4Address) {
        let frame = ARPLayer.request(for: address, from: Self.host, at: Station.host)
            .ethernet(from: Station.host, to: .broadcast).bytes
        pass(frame, from: .server(.first))
    }
}

// The relay and netns-agent.
extension SimulatedLAN {
    private mutating func look() {
        guard verdict == nil, now >= reading.nextLook(now: now) else { return }
        let look = ReadingWatch.Look(
            unread: queue.count * 700, datagramsRead: kind == .dnsmasq ? datagramsRead : 0, switches: switches,
            isStopped: fault == .stopped)
        switch reading.note(look, now: now) {
        case .nothing: break
        case .reads(let isDone):
            hasCaughtUp = isDone
            perform(succession.noteReading(isDone: isDone, now: now))
        case .stopped: verdict = (now, "is stopped")
        case .deaf: verdict = (now, "reads nothing")
        }
    }

    private mutating func perform(_ step: Succession.Step) {
        give()
        if case .tell(let silence) = step { judge(silence) }
    }

    private mutating func judge(_ silence: Silence) {
        switch silence.stage {
        case .asked:
            hasCaughtUp = false
            reading.beginExamination()
        case .answered: reading.endExamination()
        case .unanswered: if hasCaughtUp, verdict == nil { verdict = (now, "answers none of \(silence.clients)") }
        }
    }

    private mutating func give() {
        var frames: [[UInt8]] = []
        while succession.giveNext(
            now: now,
            { frame, _, _ in
                frames.append((0..<frame.byteCount).map { unsafe frame.unsafeLoad(fromByteOffset: $0, as: UInt8.self) })
            })
        {}
        for frame in frames { deliver(frame) }
    }
}

/// The server's ping, and what a client answers to it.
private enum Echo {
    static let request = frame(
        from: Station.host, Station.hostAddress, to: Station.client, Station.clientAddress, type: 8)

    static func reply(from station: MACAddress, _ address: IPv4Address) -> [UInt8] {
        frame(from: station, address, to: Station.host, Station.hostAddress, type: 0)
    }

    private static func frame(
        from source: MACAddress, _ sender: IPv4Address, to destination: MACAddress, _ receiver: IPv4Address, type: UInt8
    ) -> [UInt8] {
        let packet: [UInt8] =
            [0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0] + sender.rawValue.networkBytes + receiver.rawValue.networkBytes
            + [type, 0, 0, 0, 0, 0, 0, 0]
        return destination.bytes + source.bytes + [8, 0] + packet
    }
}
