internal import Addresses
internal import Messages
internal import Packet

/// What the leases need to know of earlier records, from one transaction to the next.
///
/// It can be had from the tables and the backlog again: after a start of the recorder, and when a transaction failed.
struct LeaseMemory: Sendable {
    /// What may still be answered.
    var requests = PendingRequests()
    /// What may end a lease for which the server had not answered the request yet when it was seen.
    ///
    /// Each has a place for the address, the station and the identifier that it is about: 1,024 at least are kept.
    private var claims = RecentEntries<Subject, Claim>(capacity: 3 * 1024)
    /// The networks that need no new row, as many as `networkLimit`.
    private var networks: Set<NetworkName> = []
    /// How many requests and claims there were.
    private(set) var count = 0
    /// What is known of who serves.
    var known = ServerKnowledge(of: .other)

    /// How many of the last packets are read again: what is remembered of strangers, and as much again for the replies.
    static let packets = 2 * PendingRequests.requestsOfStrangers

    /// How many claims are looked at for one answer.
    private static let claimsOfAddress = 32

    /// What a claim is about.
    private enum Subject: Hashable, Sendable {
        case address(IPv4Address, String)
        case station(PendingRequests.Station)
        case identifier(String, String)
    }

    private static let networkLimit = 1024

    private struct NetworkName: Hashable {
        let interface: String
        let relayAddress: IPv4Address?
    }

    /// What made the server end a lease without a reply.
    struct Claim: Sendable {
        var event: LeaseEvent
        /// How many requests and claims came before it.
        let order: Int
        /// The row that it has ended.
        var row: Int64?
        /// What the server had of the address until then.
        var before: ServerLeases.Snapshot?

        /// The claim, which can not have ended what `event` grants before that.
        func notBefore(_ event: LeaseEvent) -> Claim {
            var claim = self
            claim.event = claim.event.notBefore(event)
            return claim
        }
    }

    /// Nothing.
    init() {}

    /// Takes what is remembered, so that there is one of it: what two hold is copied when one of them changes it.
    mutating func take() -> LeaseMemory {
        var taken = LeaseMemory()
        swap(&taken, &self)
        return taken
    }

    /// Another server may serve from now on, which has its own order of leases.
    mutating func noteStart(of command: String) {
        let server = LeaseServer(command: command)
        if server != known.server { known = ServerKnowledge(of: server) }
    }

    /// Remembers a packet that the leases have been changed by.
    mutating func recall(_ packet: ObservedPacket) {
        note(packet)
        guard packet.direction == .toClient, packet.verdict == .forwarded, let message = packet.message else { return }
        if message.messageType == .offer {
            if let entry = requests.settle(message, at: packet.capturedAt, on: packet.interface, by: known) {
                known.leases.offer(known.offer(message, in: packet, to: entry.request))
            }
        } else if packet.mayConcernLeases {
            _ = requests.answer(message, at: packet.capturedAt, on: packet.interface, by: known, heldBy: nil)
        }
    }

    /// Remembers what `packet` asks or claims, and whom it answers.
    ///
    /// - Returns: the claim.
    @discardableResult
    mutating func note(_ packet: ObservedPacket) -> LeaseEvent? {
        guard packet.verdict == .forwarded, let message = packet.message, isRead(packet) else { return nil }
        if let request = LeaseRequest(packet) {
            count += 1
            requests.add(request, message, on: packet.interface, order: count)
        }
        guard packet.direction == .toServer else {
            if message.operation == .reply { noteReply(message, in: packet) }
            return nil
        }
        let event = event(packet, answering: nil)
        if let event { noteClaim(event) }
        return event
    }

    private mutating func noteReply(_ message: ObservedMessage, in packet: ObservedPacket) {
        requests.know(message.client, on: packet.interface)
        // What gives a lease is paired by the leases, who know the holder; an OFFER and a NAK by them too.
        if message.messageType != .nak, message.messageType != .offer, !packet.mayConcernLeases {
            requests.settle(message, at: packet.capturedAt, on: packet.interface, by: known)
        }
        known.note(message, on: packet.interface)
    }

    private mutating func noteClaim(_ event: LeaseEvent) {
        if case .granted = event { return }
        if case .returned = event { count += 1 }
        let claim = Claim(event: event, order: count)
        if case .returned(let giveBack) = event {
            claims.append(claim, of: .address(giveBack.address, giveBack.interface))
        }
        // dhcpd goes by the identifier, dnsmasq by the hardware address.
        if let identifier = event.client.identifier {
            claims.append(claim, of: .identifier(identifier, event.interface))
        }
        claims.append(claim, of: .station(PendingRequests.Station(event.client, on: event.interface)))
    }

    /// Whether nothing was granted in that network yet, as far as is known; from now on it is not new.
    mutating func isNewNetwork(_ grant: LeaseGrant) -> Bool {
        let name = NetworkName(interface: grant.interface, relayAddress: grant.relayAddress)
        guard !networks.contains(name) else { return false }
        if networks.count < Self.networkLimit { networks.insert(name) }
        return true
    }

    /// What `packet` says about leases; with what is known besides.
    func event(_ packet: ObservedPacket, answering request: LeaseRequest?) -> LeaseEvent? {
        guard isRead(packet) else { return nil }
        if let search = LeaseSearch(packet, known) { return .searched(search) }
        return LeaseEvent(packet, answering: request)
    }

    /// Whether the server reads what it is sent; what it sends itself is what it is.
    private func isRead(_ packet: ObservedPacket) -> Bool {
        packet.direction == .toClient || packet.message.map { known.server.reads($0.faults) } ?? false
    }

    /// Remembers that `claim` has ended a lease.
    mutating func note(_ claim: Claim, on interface: String) {
        var claims = known.ended[interface] ?? []
        claims.insert(claim, at: claims.firstIndex { $0.order > claim.order } ?? claims.endIndex)
        known.ended[interface] = claims.suffix(Self.claimsOfAddress)
    }

    /// Takes out what has ended leases since `request` was sent, the last first.
    ///
    /// A server reads in turn: it had answered the request when it read that, though its answer is seen behind.
    mutating func takeClaims(after request: PendingRequests.Entry, on interface: String) -> [Claim] {
        guard !request.isAnswered, !request.isLate, let claims = known.ended[interface] else { return [] }
        known.ended[interface] = claims.filter { $0.order <= request.order }
        return claims.filter { $0.order > request.order }.reversed()
    }

    /// What was claimed about `address`, or by `client`, since `request` was sent.
    func claims(
        about address: IPv4Address?, by client: LeaseClient, on interface: String, after request: PendingRequests.Entry
    ) -> [Claim] {
        guard !request.isAnswered, !request.isLate else { return [] }
        let subjects: [Subject?] = [
            address.map { .address($0, interface) }, .station(PendingRequests.Station(client, on: interface)),
            client.identifier.map { .identifier($0, interface) },
        ]
        var found: [Int: Claim] = [:]
        for subject in subjects.compactMap(\.self) {
            let last = claims.elements(of: subject, atMost: Self.claimsOfAddress).prefix { $0.order > request.order }
            for claim in last { found[claim.order] = claim }
        }
        return Array(found.values)
    }
}
