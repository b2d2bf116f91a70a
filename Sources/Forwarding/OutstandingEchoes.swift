import Addresses

/// The echo requests that the server sent and that nobody has answered yet.
///
/// A fixed number, so that neither side of the link can make it grow: a new request takes the place of the oldest. It
/// holds a burst of 256 ping checks; dhcpd waits one second for an answer, dnsmasq three.
struct OutstandingEchoes {
    /// What ties an answer to its request (RFC 792).
    struct Echo: Equatable {
        let address: IPv4Address
        let identifier: UInt16
        let sequenceNumber: UInt16
    }

    private struct Entry {
        var echo: Echo
        var sentAt: UInt64
        var isOutstanding: Bool
    }

    /// How many requests are remembered.
    static let capacity = 256
    /// How long an answer is waited for, in microseconds: 10 s.
    static let lifetime: UInt64 = 10_000_000

    private var entries = InlineArray<256, Entry>(
        repeating: Entry(
            echo: Echo(address: .unspecified, identifier: 0, sequenceNumber: 0), sentAt: 0, isOutstanding: false))
    private var oldest = 0

    /// Remembers a request that was sent at `now`.
    mutating func remember(_ echo: Echo, now: UInt64) {
        entries[oldest] = Entry(echo: echo, sentAt: now, isOutstanding: true)
        oldest = (oldest + 1) % Self.capacity
    }

    /// Whether an answer at `now` is waited for.
    ///
    /// One request lets one answer in: a second one is nobody's.
    mutating func answer(_ echo: Echo, now: UInt64) -> Bool {
        for index in entries.indices
        where entries[index].isOutstanding && entries[index].echo == echo
            && now &- entries[index].sentAt <= Self.lifetime
        {
            entries[index].isOutstanding = false
            return true
        }
        return false
    }
}
