internal import Addresses
internal import Packet

/// The clients to whom the server that serves has granted an address that they still may use, and who of them waits for
/// an answer.
///
/// A client is known by the address that it holds, of which each has a place: so nobody can take the place of another
/// without the server having given him the other's address. (Where more than `capacity` addresses are served, two may
/// share a place; then the one that has it keeps it as long as its lease is valid.) What counts is a question that is
/// like one that the server has answered while the lease was valid (see `Question`).
///
/// All times are microseconds of a clock that never goes back.
struct KnownClients {
    /// How many places there are; a power of two.
    static let capacity = 4_096
    private static let doubtTime: UInt64 = 60_000_000

    private struct Entry {
        var client: UInt64 = 0
        var address: UInt32 = 0
        /// When the lease ends.
        var expires: UInt64 = 0
        /// The two latest ways to ask that were answered.
        var identities: (UInt64, UInt64) = (0, 0)
        /// The fewest seconds with which each was.
        var secs: (UInt16, UInt16) = (0, 0)
        /// The next place whose client has the same hash.
        var next: Int32 = -1
        /// Where it is among those that wait, if it does.
        var turn: Int32 = -1
        var askedFirst: UInt64 = 0
        var askedLast: UInt64 = 0
        /// Whether the server can have no reason not to answer it.
        var isFirm = false
        /// Which station on the link its answer goes to, if the server's kernel has to find that by ARP.
        var nextHop: UInt32 = 0
    }

    private var entries = [Entry](repeating: Entry(), count: capacity)
    /// Of each place, until when a grant may be older than what ended the lease.
    private var doubts = [UInt64](repeating: 0, count: capacity)
    private var buckets = [Int32](repeating: -1, count: capacity)
    private var waiting: [Int32] = []
    /// How many clients are known.
    private(set) var count = 0
    /// Whoever does not know it cannot make many clients have the same hash.
    private let secret = UInt64.random(in: .min ... .max) | 1

    init() {
        waiting.reserveCapacity(Self.capacity)
    }

    /// How many wait.
    var waitingCount: Int { waiting.count }

    /// Whether the server has granted this client an address that it may still use.
    func contains(_ client: UInt64, now: UInt64) -> Bool {
        var place = buckets[bucket(of: client)]
        while place >= 0 {
            if entries[Int(place)].client == client, entries[Int(place)].expires > now { return true }
            place = entries[Int(place)].next
        }
        return false
    }

    /// A client asks; gives whether it is like what the server has answered.
    ///
    /// - Parameter nextHop: which station on the link the answer goes to by its IP address; 0.0.0.0 for none.
    mutating func note(_ question: Question, answeredBy nextHop: IPv4Address, now: UInt64) -> Bool {
        var isKnown = false
        var place = Int(buckets[bucket(of: question.client)])
        while place >= 0 {
            if counts(question, at: place, now: now) {
                if entries[place].turn < 0 { beginToWait(place, now: now) }
                entries[place].askedLast = now
                entries[place].nextHop = nextHop.rawValue
                if question.form != .discover { entries[place].isFirm = true }
                isKnown = true
            }
            place = Int(entries[place].next)
        }
        return isKnown
    }

    private func counts(_ question: Question, at place: Int, now: UInt64) -> Bool {
        guard entries[place].client == question.client, entries[place].expires > now else { return false }
        let address = entries[place].address
        switch question.form {
        case .request, .bootp:
            guard question.address.rawValue == address || question.form == .bootp && question.address.rawValue == 0
            else { return false }
        case .discover:
            guard question.address.rawValue == address || question.address.rawValue == 0 else { return false }
        }
        return entries[place].identities.0 == question.identity && question.secs >= entries[place].secs.0
            || entries[place].identities.1 == question.identity && question.secs >= entries[place].secs.1
    }

    private mutating func beginToWait(_ place: Int, now: UInt64) {
        entries[place].turn = Int32(waiting.count)
        entries[place].askedFirst = now
        waiting.append(Int32(place))
    }

    fileprivate mutating func endWaiting(_ place: Int) {
        let turn = Int(entries[place].turn)
        guard turn >= 0, let last = waiting.popLast() else { return }
        if Int(last) != place {
            waiting[turn] = last
            entries[Int(last)].turn = Int32(turn)
        }
        entries[place].turn = -1
        entries[place].isFirm = false
    }

    /// The server has answered a client, finally or by an offer; gives whether it knew the client.
    mutating func noteAnswer(to client: UInt64, isOffer: Bool, now: UInt64) -> Bool {
        var isKnown = false
        var place = Int(buckets[bucket(of: client)])
        while place >= 0 {
            if entries[place].client == client {
                isKnown = isKnown || entries[place].expires > now
                if !isOffer || !entries[place].isFirm { endWaiting(place) }
            }
            place = Int(entries[place].next)
        }
        return isKnown
    }

    /// The server's kernel looks for the station with this address, to send it what the server has said; gives whether
    /// somebody waits whose answer that is.
    ///
    /// An answer to a station that does not reply to ARP is never seen.
    mutating func noteSearch(for nextHop: IPv4Address) -> Bool {
        let count = waiting.count
        for place in waiting.reversed() where entries[Int(place)].nextHop == nextHop.rawValue { endWaiting(Int(place)) }
        return waiting.count < count
    }

    /// The server has granted `address` to `client` until `expires`.
    ///
    /// - Parameter question: what it answered, where that is certain.
    mutating func noteGrant(
        of address: IPv4Address, to client: UInt64, until expires: UInt64, answering question: Question?, now: UInt64
    ) {
        let place = Int(address.rawValue) & (Self.capacity - 1)
        guard doubts[place] <= now else { return }
        if entries[place].client != client || entries[place].address != address.rawValue {
            let isFree = entries[place].address == address.rawValue || entries[place].expires <= now
            guard isFree, let question else { return }
            // A server may give back what it granted the same client before.
            forget(client, identity: question.identity)
            free(place)
            entries[place].client = client
            entries[place].address = address.rawValue
            entries[place].next = buckets[bucket(of: client)]
            buckets[bucket(of: client)] = Int32(place)
            count += 1
        }
        entries[place].expires = expires
        guard let question else { return }
        if entries[place].identities.0 == question.identity {
            entries[place].secs.0 = min(entries[place].secs.0, question.secs)
        } else {
            entries[place].identities = (question.identity, entries[place].identities.0)
            entries[place].secs = (question.secs, entries[place].secs.0)
        }
    }

    private mutating func forget(_ client: UInt64, identity: UInt64) {
        var place = Int(buckets[bucket(of: client)])
        while place >= 0 {
            let next = Int(entries[place].next)
            let identities = entries[place].identities
            if entries[place].client == client, identities.0 == identity || identities.1 == identity { free(place) }
            place = next
        }
    }

    /// Nobody may use `address` any more as far as is known here: it was given back, or somebody else seems to have it.
    ///
    /// The server may read that later, and grant the address before to who asked before: for a minute it is not taken for
    /// granted.
    mutating func forget(_ address: IPv4Address, now: UInt64) {
        let place = Int(address.rawValue) & (Self.capacity - 1)
        doubts[place] = now + Self.doubtTime
        if entries[place].address == address.rawValue { free(place) }
    }

    private mutating func free(_ place: Int) {
        guard entries[place].client != 0 else { return }
        endWaiting(place)
        let bucket = bucket(of: entries[place].client)
        if Int(buckets[bucket]) == place {
            buckets[bucket] = entries[place].next
        } else {
            var before = Int(buckets[bucket])
            while Int(entries[before].next) != place { before = Int(entries[before].next) }
            entries[before].next = entries[place].next
        }
        entries[place] = Entry()
        count -= 1
    }

    private func bucket(of client: UInt64) -> Int {
        Int(truncatingIfNeeded: (client &* secret) >> 52)
    }
}

extension KnownClients {
    /// How many clients whose leases are valid have waited for that long: those that the server can have no reason not to
    /// answer since `lastReply`, the others since `lastSign`.
    ///
    /// - Parameter window: who asked for the last time longer ago has given up.
    func waiting(
        for duration: UInt64, since lastReply: UInt64, _ lastSign: UInt64, window: UInt64, now: UInt64
    ) -> Int {
        waiting.reduce(0) { count, place in
            let entry = entries[Int(place)]
            let start = max(entry.askedFirst, entry.isFirm ? lastReply : max(lastReply, lastSign))
            guard entry.expires > now, now - entry.askedLast <= window, now - min(now, start) >= duration else {
                return count
            }
            return count + 1
        }
    }

    /// Who asked for the last time before that has given up, and whose lease has ended is not known any more.
    mutating func forgetWaiting(before time: UInt64, now: UInt64) {
        for place in waiting.reversed()
        where entries[Int(place)].askedLast < time || entries[Int(place)].expires <= now { endWaiting(Int(place)) }
    }

    /// When the first of those that wait asked for the first time.
    var firstAsked: UInt64? {
        waiting.reduce(nil) { first, place in min(first ?? .max, entries[Int(place)].askedFirst) }
    }

    /// Whether this client waits.
    func isWaiting(_ client: UInt64) -> Bool {
        var place = Int(buckets[bucket(of: client)])
        while place >= 0 {
            if entries[place].client == client, entries[place].turn >= 0 { return true }
            place = Int(entries[place].next)
        }
        return false
    }
}
