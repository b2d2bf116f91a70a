internal import Addresses
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

/// The foreign servers that were told of, so that each is told of once, and again after an hour.
///
/// It remembers a fixed number: whoever invents servers on the LAN can neither make it grow nor cause more events than
/// it has places within an hour.
struct ForeignServers {
    private struct Entry {
        let server: ForeignServer
        var toldAt: UInt64
    }

    /// How many servers are remembered.
    static let capacity = 64
    /// How long nothing is said about a server that was told of, in microseconds: an hour.
    static let reminderInterval: UInt64 = 3_600_000_000

    private var entries: [Entry] = []

    /// An empty table.
    init() {
        entries.reserveCapacity(Self.capacity)
    }

    /// How many different servers are remembered.
    var count: Int { entries.count }

    /// Whether to tell of `server`, which was seen at `now` in microseconds of a clock that never goes back.
    mutating func isNews(_ server: ForeignServer, now: UInt64) -> Bool {
        var place: Int?
        for index in entries.indices {
            let isStale = now - entries[index].toldAt >= Self.reminderInterval
            guard entries[index].server != server else {
                if isStale { entries[index].toldAt = now }
                return isStale
            }
            if isStale { place = index }
        }
        return remember(Entry(server: server, toldAt: now), at: place)
    }

    private mutating func remember(_ entry: Entry, at stalePlace: Int?) -> Bool {
        if entries.count < Self.capacity {
            entries.append(entry)
        } else if let stalePlace {
            entries[stalePlace] = entry
        } else {
            return false
        }
        return true
    }
}
