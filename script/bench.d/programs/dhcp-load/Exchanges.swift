internal import Addresses
internal import Packet

/// Exchanges of four messages (DISCOVER, OFFER, REQUEST, ACK), of which no more than a number are under way.
///
/// When one ends, the next begins, or when its turn has come if there is a rate. Times are nanoseconds of one clock.
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
        /// It has ended, and the next in its place waits for its turn.
        var isOver = false
    }

    /// Who is not answered for this long begins anew, and counts as lost.
    private let patience: UInt64
    /// From one beginning to the next at least; 0 where none waits for its turn.
    private let interval: UInt64
    private var nextTurn: UInt64 = 0
    private var exchanges: [Exchange]
    /// The places whose next exchange waits for its turn, in their order.
    private var waiting: [Int] = []
    /// How many came to their end.
    private(set) var completed = 0
    /// How many were given up.
    private(set) var lost = 0
    /// From each question to its answer.
    private(set) var roundTrips: [UInt32] = []

    /// As many as are to be under way at once, none of which has begun.
    ///
    /// - Parameter interval: from the beginning of one to that of the next at least.
    init(outstanding: Int, patience: UInt64, interval: UInt64 = 0, reserving count: Int = 1 << 21) {
        self.patience = patience
        self.interval = interval
        exchanges = (0..<outstanding).map { Exchange(position: $0 - outstanding, askedAt: 0, isOver: true) }
        waiting = Array(exchanges.indices)
        roundTrips.reserveCapacity(count)
    }

    /// How many are under way at most.
    var outstanding: Int { exchanges.count }

    /// Whether there is one that waits for its turn.
    var waits: Bool { !waiting.isEmpty }

    /// Whether all have ended.
    var areOver: Bool { exchanges.allSatisfy(\.isOver) }

    /// Begins at `now` those whose turn has come: what is to be sent.
    ///
    /// Turns that were missed because all were under way do not come again.
    mutating func begin(at now: UInt64) -> [Question] {
        var begun: [Question] = []
        while let index = waiting.first, now >= nextTurn {
            waiting.removeFirst()
            begun.append(.discover(beginNext(index, at: now)))
            nextTurn += interval
        }
        if waiting.isEmpty { nextTurn = max(nextTurn, now) }
        return begun
    }

    /// Takes an answer that came at `now`: what is to be sent next, or nothing when it answers an earlier question.
    mutating func take(_ answer: Answer, of number: RequestNumber, at now: UInt64) -> Question? {
        let index = number.position % exchanges.count
        guard exchanges[index].position == number.position, !exchanges[index].isOver else { return nil }
        switch answer.type {
        case .offer where !exchanges[index].offered:
            exchanges[index].offered = true
            note(index, at: now)
            return .request(number.position, answer.address)
        case .ack where exchanges[index].offered:
            completed += 1
            note(index, at: now)
            end(index)
            return nil
        default: return nil
        }
    }

    /// Ends what has waited for too long; the next in its place begins with `begin`.
    mutating func giveUp(at now: UInt64) {
        for index in exchanges.indices where !exchanges[index].isOver && now - exchanges[index].askedAt > patience {
            lost += 1
            end(index)
        }
    }

    private mutating func end(_ index: Int) {
        exchanges[index].isOver = true
        waiting.append(index)
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
