internal import Addresses

/// Whom the server is just asking for by ARP.
///
/// A host learns from the ARP requests of others for its own address. In the server's namespace that matters while its own
/// question is open: behind a ping check it would wait for a second more, for an answer that it could have learned.
struct AskedNeighbours {
    private struct Entry {
        var address = IPv4Address.unspecified
        var until: UInt64 = 0
    }

    /// How many are remembered: as many as ping checks (`OutstandingEchoes`).
    static let capacity = 256
    /// For how long, in microseconds: a kernel asks once a second (arp(7)), and each time counts anew.
    static let lifetime: UInt64 = 1_500_000

    // By the lower bits of the address; where two share a place the later one has it.
    private var entries = InlineArray<256, Entry>(repeating: Entry())

    /// The server asks for `address` at `now`, in microseconds.
    mutating func ask(_ address: IPv4Address, now: UInt64) {
        entries[Self.place(of: address)] = Entry(address: address, until: now + Self.lifetime)
    }

    /// Whether the server is asking for `address` at `now`.
    func contains(_ address: IPv4Address, now: UInt64) -> Bool {
        let entry = entries[Self.place(of: address)]
        return entry.address == address && now < entry.until
    }

    private static func place(of address: IPv4Address) -> Int { Int(address.rawValue) & (capacity - 1) }
}
