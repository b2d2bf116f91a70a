internal import Addresses
internal import Packet

/// The server's replies that are longer than the MTU and of which the first fragment went out: the others may follow.
///
/// A fixed number, and each for a second: a kernel sends all fragments of a packet at once.
struct FragmentedReplies {
    private struct Entry {
        var destination = IPv4Address.unspecified
        var identification: UInt16 = 0
        var until: UInt64 = 0
    }

    /// How many replies are remembered.
    static let capacity = 16
    /// For how long, in microseconds.
    static let lifetime: UInt64 = 1_000_000

    private var entries = InlineArray<16, Entry>(repeating: Entry())
    private var oldest = 0

    /// The first fragment of a reply goes out at `now`, in microseconds.
    mutating func begin(_ packet: borrowing IPv4Packet, now: UInt64) {
        entries[oldest] = Entry(
            destination: packet.destination, identification: packet.identification, until: now + Self.lifetime)
        oldest = (oldest + 1) % Self.capacity
    }

    /// Whether `packet` is one of the fragments that follow at `now`.
    func belongs(_ packet: borrowing IPv4Packet, now: UInt64) -> Bool {
        for index in entries.indices
        where now < entries[index].until && entries[index].identification == packet.identification
            && entries[index].destination == packet.destination
        {
            return true
        }
        return false
    }
}
