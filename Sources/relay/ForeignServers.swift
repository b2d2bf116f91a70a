internal import Addresses
internal import Forwarding
internal import Pacing
internal import Packet

/// A DHCP server on the LAN that is not ours, as one of its messages shows it.
struct ForeignServer: Hashable {
    /// The LAN.
    let interface: InterfaceName
    /// What it calls itself (option 54), or else the source of its packet.
    let address: IPv4Address
    /// The station that sent the frame.
    let macAddress: MACAddress

    /// The server that sent `frame`, or nothing when the frame holds no DHCP message.
    init?(_ frame: RawSpan, on interface: InterfaceName) {
        guard let ethernet = EthernetFrame(ByteView(frame)), let packet = IPv4Packet(ethernet.payload),
            let message = DHCPMessage(frame: frame)
        else { return nil }
        self.interface = interface
        address = message.serverIdentifier ?? packet.source
        macAddress = ethernet.source
    }
}

/// Of which foreign servers people are to be told: of each once, and again after an hour.
///
/// Whoever invents servers on the LAN can neither make it grow, nor have it tell without end, nor hide a server behind
/// them: some are told of at once, and then one at a time. In turns that is the one that was seen last, and the one that
/// was seen last of those that were seen twice; those that were seen once make room for others first. Who had to make
/// room without having been told of is counted.
///
/// All times are microseconds of a clock that never goes back.
struct ForeignServers {
    /// A server that was seen.
    struct Sighting {
        /// Which one.
        let server: ForeignServer
        /// What it sent last; nothing in a BOOTP message.
        fileprivate(set) var messageType: DHCPMessageType?
        fileprivate var seenAt: UInt64
        fileprivate var toldAt: UInt64?
        fileprivate var isRepeated = false

        /// Who makes room first: the lowest, and of these the one that was seen longest ago.
        fileprivate var worth: Int { toldAt != nil ? 1 : isRepeated ? 2 : 0 }
    }

    /// How many servers are remembered.
    static let capacity = 256
    /// How long nothing is said about a server that was told of: an hour.
    static let reminderInterval: UInt64 = 3_600_000_000
    /// How many are told of at once.
    static let burst: UInt64 = 16
    /// The time from one to the next afterwards: 10 s.
    static let interval: UInt64 = 10_000_000

    private var sightings: [Sighting] = []
    private var pace = TokenBucket(burst: burst, interval: interval)
    private var untoldCount = 0
    private var prefersRepeated = false
    private var leftOutNotices = NoticePace(interval: 600_000_000)
    /// How many had to make room without having been told of.
    private(set) var leftOut: UInt64 = 0

    /// Nobody was seen.
    init() {
        sightings.reserveCapacity(Self.capacity)
    }

    /// How many different servers are remembered.
    var count: Int { sightings.count }

    /// Whether there is somebody to be told of.
    var hasNews: Bool { untoldCount > 0 }

    /// Takes note that `server` was seen at `now`, when it sent a message of this type.
    mutating func note(_ server: ForeignServer, _ messageType: DHCPMessageType?, now: UInt64) {
        guard let index = index(of: server) else {
            return remember(Sighting(server: server, messageType: messageType, seenAt: now))
        }
        if let toldAt = sightings[index].toldAt, now - toldAt >= Self.reminderInterval {
            sightings[index].toldAt = nil
            untoldCount += 1
        }
        sightings[index].messageType = messageType
        sightings[index].seenAt = now
        sightings[index].isRepeated = true
    }

    /// Where the server is among those that are remembered.
    ///
    /// A closure that captures it would be allocated for each frame, where the optimizer does not see to it.
    private func index(of server: ForeignServer) -> Int? {
        for index in sightings.indices where sightings[index].server == server { return index }
        return nil
    }

    private mutating func remember(_ sighting: Sighting) {
        untoldCount += 1
        guard sightings.count == Self.capacity else { return sightings.append(sighting) }
        let place = sightings.indices.min {
            (sightings[$0].worth, sightings[$0].seenAt) < (sightings[$1].worth, sightings[$1].seenAt)
        }
        guard let place else { return }
        if sightings[place].toldAt == nil {
            untoldCount -= 1
            leftOut += 1
        }
        sightings[place] = sighting
    }

    /// Whom to tell of at `now`, if it is time; it then is told of.
    mutating func nextNews(now: UInt64) -> Sighting? {
        guard hasNews, pace.take(now: now) else { return nil }
        let place = lastSeen(amongRepeated: prefersRepeated) ?? lastSeen(amongRepeated: false)
        guard let place else { return nil }
        prefersRepeated.toggle()
        untoldCount -= 1
        sightings[place].toldAt = now
        return sightings[place]
    }

    private func lastSeen(amongRepeated: Bool) -> Int? {
        var last: Int?
        for index in sightings.indices where sightings[index].toldAt == nil {
            guard !amongRepeated || sightings[index].isRepeated else { continue }
            // Of those at the same time the one that came last.
            if last.map({ sightings[$0].seenAt <= sightings[index].seenAt }) ?? true { last = index }
        }
        return last
    }

    /// How many were left out since that was told the last time, if it is to be told at `now`.
    mutating func leftOutNews(now: UInt64) -> UInt64? {
        leftOutNotices.news(of: leftOut, at: now)
    }
}
