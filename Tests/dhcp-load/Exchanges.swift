internal import Addresses
internal import Packet

/// Exchanges of four messages (DISCOVER, OFFER, REQUEST, ACK), of which always the same number is under way.
///
/// When one ends, the next begins. Times are nanoseconds of one clock.
struct Exchanges {
    /// What a client sends.
    enum Question {
        case discover(Int)
        /// Takes the offer of an address.
        case request(Int, IPv4Address)
    }

    /// What a server sent: the message type, and the address that it gives.
    struct Answer {
        let type: DHCPMessageType?
        let address: IPv4Address
    }

    private struct Exchange {
        /// Counts on by the number of those under way, so that it tells the place in the table.
        var position: Int
        var offered = false
        var askedAt: UInt64
    }

    /// Who is not answered for this long begins anew, and counts as lost: 0.2 s.
    static let patience: UInt64 = 200_000_000

    private var exchanges: [Exchange]
    /// How many came to their end.
    private(set) var completed = 0
    /// How many were given up.
    private(set) var lost = 0
    /// From each question to its answer.
    private(set) var roundTrips: [UInt32] = []

    /// As many as are to be under way at once, none of which has begun.
    init(outstanding: Int, reserving count: Int = 1 << 21) {
        exchanges = (0..<outstanding).map { Exchange(position: $0, askedAt: 0) }
        roundTrips.reserveCapacity(count)
    }

    /// Begins all of them at `now`: what is to be sent.
    mutating func begin(at now: UInt64) -> [Question] {
        exchanges.indices.map { index in
            exchanges[index].askedAt = now
            return .discover(exchanges[index].position)
        }
    }

    /// Takes an answer that came at `now`: what is to be sent next, or nothing when it answers an earlier question.
    mutating func take(_ answer: Answer, of number: RequestNumber, at now: UInt64) -> Question? {
        let index = number.position % exchanges.count
        guard exchanges[index].position == number.position else { return nil }
        switch answer.type {
        case .offer where !exchanges[index].offered:
            exchanges[index].offered = true
            note(index, at: now)
            return .request(number.position, answer.address)
        case .ack where exchanges[index].offered:
            completed += 1
            note(index, at: now)
            return .discover(beginNext(index, at: now))
        default: return nil
        }
    }

    /// Begins anew what has waited for too long: what is to be sent.
    mutating func giveUp(at now: UInt64) -> [Question] {
        exchanges.indices.filter { now - exchanges[$0].askedAt > Self.patience }.map { index in
            lost += 1
            return .discover(beginNext(index, at: now))
        }
    }

    private mutating func note(_ index: Int, at now: UInt64) {
        roundTrips.append(UInt32(clamping: now - exchanges[index].askedAt))
        exchanges[index].askedAt = now
    }

    private mutating func beginNext(_ index: Int, at now: UInt64) -> Int {
        let position = exchanges[index].position + exchanges.count
        exchanges[index] = Exchange(position: position, askedAt: now)
        return position
    }
}
