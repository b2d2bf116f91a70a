internal import Addresses
internal import Messages
internal import Packet

/// The requests that clients sent last: a reply answers one of them.
///
/// How much is kept is bounded, and so is the work for a packet, whatever strangers send. Nobody can push out what a
/// client said that the server knows, but somebody who sends as that client, and as many servers' answers to others as
/// there are places:
///
/// - Of a client that the server has answered, the last `requestsOfClient` are kept, apart from those of all others. The
///   `clients` that were answered last are such; only an answer to another one, which is the server's to send, takes the
///   place of one.
/// - All others, who can invent as many addresses as they like, share `requestsOfStrangers`.
///
/// A server reads what it gets in turn, and its socket holds some 300 of it.
struct PendingRequests: Sendable {
    static let clients = 1024
    static let requestsOfClient = 32
    static let requestsOfStrangers = 4096

    /// Who a client is to the server when it sends a reply.
    struct Station: Hashable, Sendable {
        let interface: String
        let hardwareType: UInt8
        let hardwareAddress: String?

        init(_ client: LeaseClient, on interface: String) {
            self.interface = interface
            hardwareType = client.hardwareType
            hardwareAddress = client.hardwareAddress
        }
    }

    /// A request, and what the reply repeats of it whatever server sends it.
    struct Entry: Hashable, Sendable {
        let transactionIdentifier: UInt32
        let relayAddress: IPv4Address?
        let request: LeaseRequest
        /// How many requests and claims came before it.
        let order: Int
        /// Whether there was a reply to it: there is one at most.
        var isAnswered = false
        /// Whether a later request was answered before it.
        var isLate = false
    }

    /// Of each LAN, the order of the last request that was answered: servers read in turn, so that what was before is done.
    private var done: [String: Int] = [:]
    private var known = ClockCache<Station, [Entry]>(capacity: clients)
    private var strangers = RecentEntries<Station, Entry>(capacity: requestsOfStrangers)

    /// Remembers what `message` asks of the server.
    mutating func add(_ request: LeaseRequest, _ message: ObservedMessage, on interface: String, order: Int) {
        let station = Station(message.client, on: interface)
        let entry = Entry(
            transactionIdentifier: message.transactionIdentifier, relayAddress: message.relayAddress, request: request,
            order: order)
        let isKnown = known.update(station) { entries in
            if entries.count == Self.requestsOfClient {
                entries.remove(at: entries.firstIndex(where: \.isAnswered) ?? 0)
            }
            entries.append(entry)
        }
        if !isKnown { strangers.append(entry, of: station) }
    }

    /// The request that `reply`, which gives an address, answers; nothing when it is not known.
    ///
    /// Of those it can answer, and that the server can not have read before the last one it answered, the first is taken
    /// to which the server says this; and if there is none the first.
    ///
    /// - Parameters:
    ///   - reply: an ACK or a BOOTP reply with `yiaddr`.
    ///   - time: when it was captured, in microseconds since the Unix epoch.
    ///   - interface: the LAN.
    ///   - knowledge: what is known of the server.
    ///   - holder: who holds the address by the table, if anybody does.
    /// - Returns: the request as it was before it was answered.
    mutating func answer(
        _ reply: ObservedMessage, at time: Int64, on interface: String, by knowledge: ServerKnowledge,
        heldBy holder: LeaseClient?
    ) -> Entry? {
        let done = done[interface] ?? 0
        return take(reply, on: interface) { entry in
            guard entry.request.canBeAnswered(by: reply, of: knowledge.server) else { return nil }
            let isExpected = knowledge.isExpected(reply, to: entry, on: interface, at: time, heldBy: holder)
            let rank = Self.rank(entry, reply, of: knowledge.server) + (isExpected ? 0 : 4)
            return entry.order > done && Self.isFresh(entry.request, at: time) ? rank : rank + 32
        }
    }

    /// The request that `reply`, which gives no lease, answers: the first of its kind that the server can not have read
    /// before the last one it answered, and to which it says this.
    @discardableResult
    mutating func settle(
        _ reply: ObservedMessage, at time: Int64, on interface: String, by knowledge: ServerKnowledge
    ) -> Entry? {
        let done = done[interface] ?? 0
        let type: DHCPMessageType? =
            switch reply.messageType {
            case .offer: .discover
            case .nak: .request
            case nil: nil
            default: .inform
            }
        return take(reply, on: interface) { entry -> Int? in
            let request = entry.request
            guard request.messageType == type, request.isAnswered(by: knowledge.server), !entry.isAnswered,
                entry.order > done,
                Self.isFresh(request, at: time),
                reply.client.identifier == nil || reply.client.identifier == request.clientIdentifier
            else { return nil }
            return knowledge.isExpected(reply, to: entry, on: interface, at: time, heldBy: nil) ? 0 : 1
        }
    }

    /// Remembers that the server answers this client.
    mutating func know(_ client: LeaseClient, on interface: String) {
        known.insert(Station(client, on: interface), [])
    }

    /// The first entry of those for which `rank` says the least.
    private mutating func take(
        _ reply: ObservedMessage, on interface: String, by rank: (Entry) -> Int?
    ) -> Entry? {
        let station = Station(reply.client, on: interface)
        func rankOfSame(_ entry: Entry) -> Int? {
            guard entry.transactionIdentifier == reply.transactionIdentifier, entry.relayAddress == reply.relayAddress
            else { return nil }
            return rank(entry)
        }
        // What a client said while it was a stranger was earlier.
        let unknown = strangers.best(of: station, atMost: Self.requestsOfClient, by: rankOfSame)
        var best = unknown?.rank
        var found: Entry?
        known.update(station) { entries in
            var place: Int?
            for (index, entry) in entries.enumerated() {
                guard let rank = rankOfSame(entry), rank < best ?? .max else { continue }
                (best, place) = (rank, index)
            }
            guard let place else { return }
            found = entries[place]
            entries[place].isAnswered = true
        }
        if found == nil, let unknown {
            found = strangers[unknown.place]
            strangers.update(unknown.place) { $0.isAnswered = true }
        }
        guard var found else { return nil }
        let done = done[interface] ?? 0
        found.isLate = found.order <= done
        if !found.isLate { self.done[interface] = found.order }
        return found
    }

    /// The less the likelier.
    private static func rank(_ entry: Entry, _ reply: ObservedMessage, of server: LeaseServer) -> Int {
        let request = entry.request
        var rank = entry.isAnswered ? 1 : 0
        if request.isMeant(for: server), let named = request.serverIdentifier, named != reply.serverIdentifier {
            rank += 8
        }
        // An INFORM can be what is answered only if nothing else can.
        if request.messageType == .inform { rank += 16 }
        return rank
    }

    /// Whether a server may still have been busy with it: they answer within milliseconds, and under a load that fills
    /// their sockets within seconds.
    private static func isFresh(_ request: LeaseRequest, at time: Int64) -> Bool {
        abs(time - request.capturedAt) < 10_000_000
    }
}
