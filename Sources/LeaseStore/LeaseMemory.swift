internal import Addresses
internal import GRDB
internal import Messages
internal import Packet

/// What the leases need to know of earlier records, from one transaction to the next.
///
/// It can be had from the tables and the backlog again: after a start of the recorder, and when a transaction failed.
struct LeaseMemory: Sendable {
    /// What may still be answered.
    var requests = PendingRequests()
    /// Addresses that were given back, perhaps before the server had answered the request for them, by address.
    private var claims = RecentEntries<ServerLeases.Place, Claim>(capacity: 1024)
    /// Of each LAN, the last of those that have ended a lease, in their order.
    private var effective: [String: [Claim]] = [:]
    private var networks = KnownNetworks()
    /// Of each LAN, the server's name for itself.
    private var servers: [String: IPv4Address] = [:]
    /// How many requests and claims there were.
    private(set) var count = 0
    /// Which program serves.
    private(set) var server = LeaseServer.other
    /// What it has of each address.
    var leases = ServerLeases(of: .other)

    /// How many of the last packets are read again: what is remembered of strangers, and as much again for the replies.
    static let packets = 2 * PendingRequests.requestsOfStrangers

    /// How many claims are looked at for one answer.
    private static let claimsOfAddress = 32

    /// What made the server end a lease without a reply.
    struct Claim: Sendable {
        let event: LeaseEvent
        /// How many requests and claims came before it.
        let order: Int
        /// The row that it has ended.
        var row: Int64?
        /// What the server had of the address until then.
        var before: ServerLeases.Snapshot?
    }

    /// Nothing.
    init() {}

    /// Takes what is remembered, so that there is one of it: what two hold is copied when one of them changes it.
    mutating func take() -> LeaseMemory {
        var taken = LeaseMemory()
        swap(&taken, &self)
        return taken
    }

    /// What `database` lets know.
    init(_ database: Database) throws {
        let command = try String.fetchOne(database, sql: "SELECT server_command FROM starts ORDER BY id DESC LIMIT 1")
        if let command { noteStart(of: command) }
        let kept = try BacklogTable(database).lastWithLeasesStored(records: Self.packets)
        let last = try Int64.fetchOne(database, sql: "SELECT max(id) FROM packets") ?? 0
        let rows = try RowStatement(database, sql: Self.selection).all {
            $0.add(last - Int64(max(0, Self.packets - kept.count)))
        } read: {
            ObservedPacket($0)
        }
        for packet in rows { recall(packet) }
        for record in kept {
            switch record {
            case .packet(let packet): recall(ObservedPacket(packet))
            case .start(let start): noteStart(of: start.serverCommand)
            case .event, .drops: continue
            }
        }
    }

    /// Another server may serve from now on, which has its own order of leases.
    mutating func noteStart(of command: String) {
        let started = LeaseServer(command: command)
        guard started != server else { return }
        server = started
        requests.server = started
        leases = ServerLeases(of: started)
    }

    /// Remembers a packet that the leases have been changed by.
    private mutating func recall(_ packet: ObservedPacket) {
        note(packet)
        if packet.mayConcernLeases, packet.direction == .toClient, let message = packet.message {
            _ = requests.answer(message, at: packet.capturedAt, on: packet.interface, heldBy: nil)
        }
    }

    /// Remembers what `packet` asks or claims, and whom it answers.
    mutating func note(_ packet: ObservedPacket) {
        guard packet.verdict == .forwarded, let message = packet.message, isRead(packet) else { return }
        if let request = LeaseRequest(packet) {
            count += 1
            requests.add(request, message, on: packet.interface, order: count)
        } else if packet.direction == .toClient {
            guard message.operation == .reply else { return }
            requests.know(message.client, on: packet.interface)
            // What gives a lease is paired by the leases, who know the holder; a NAK by them too.
            if message.messageType != .nak, !packet.mayConcernLeases {
                let entry = requests.settle(message, at: packet.capturedAt, on: packet.interface)
                if message.messageType == .offer, let entry { noteOffer(packet, message, entry.request) }
            }
            if let server = message.serverIdentifier { servers[packet.interface] = server }
            if let address = message.yourAddress, let mask = message.subnetMask {
                networks.insert(address, mask: mask)
            }
        } else if case .returned(let giveBack) = event(packet, answering: nil) {
            count += 1
            claims.append(
                Claim(event: .returned(giveBack), order: count),
                of: ServerLeases.Place(address: giveBack.address, interface: giveBack.interface))
        }
    }

    private mutating func noteOffer(_ packet: ObservedPacket, _ message: ObservedMessage, _ request: LeaseRequest) {
        guard let address = message.yourAddress else { return }
        var client = message.client
        client.identifier = request.clientIdentifier
        leases.offer(
            LeaseGrant(
                address: address, client: client, hostName: request.hostName, interface: packet.interface,
                grantedAt: packet.capturedAt))
    }

    /// What `packet` says about leases; with what is known besides.
    func event(_ packet: ObservedPacket, answering request: LeaseRequest?) -> LeaseEvent? {
        guard isRead(packet) else { return nil }
        if let search = LeaseSearch(bootp: packet, in: networks, of: servers[packet.interface], by: server) {
            return .searched(search)
        }
        guard let event = LeaseEvent(packet, answering: request) else { return nil }
        guard case .returned(var giveBack) = event else { return event }
        giveBack.server = servers[packet.interface]
        giveBack.holder = leases[giveBack.address, packet.interface]?.client
        if let network = giveBack.relayAddress.flatMap({ networks[$0] }) {
            giveBack.relay = network.contains(giveBack.address) ? .sameNetwork : .otherNetwork
        }
        return .returned(giveBack)
    }

    /// Whether the server reads what it is sent; what it sends itself is what it is.
    private func isRead(_ packet: ObservedPacket) -> Bool {
        packet.direction == .toClient || packet.message.map { server.reads($0.faults) } ?? false
    }

    /// Remembers that `claim` has ended a lease.
    mutating func note(_ claim: Claim, on interface: String) {
        var claims = effective[interface] ?? []
        claims.insert(claim, at: claims.firstIndex { $0.order > claim.order } ?? claims.endIndex)
        effective[interface] = claims.suffix(Self.claimsOfAddress)
    }

    /// Takes out what has ended leases since `request` was sent, the last first.
    ///
    /// A server reads in turn: it had answered the request when it read that, though its answer is seen behind.
    mutating func takeClaims(after request: PendingRequests.Entry, on interface: String) -> [Claim] {
        guard !request.isAnswered, !request.isLate, let claims = effective[interface] else { return [] }
        effective[interface] = claims.filter { $0.order <= request.order }
        return claims.filter { $0.order > request.order }.reversed()
    }

    /// What was claimed about the address that `grant` gives since it was asked for, in that order.
    func claims(about grant: LeaseGrant, after request: PendingRequests.Entry) -> [Claim] {
        guard !request.isAnswered, !request.isLate else { return [] }
        let place = ServerLeases.Place(address: grant.address, interface: grant.interface)
        return claims.elements(of: place, atMost: Self.claimsOfAddress).prefix { $0.order > request.order }.reversed()
    }

    private static let selection = """
        SELECT captured_at, interface, direction, message_type, transaction_id, client_mac, client_identifier,
        client_address, your_address, relay_address, server_identifier, requested_address, host_name, frame
        FROM packets WHERE id > ? AND verdict = 'forwarded' ORDER BY id
        """
}

extension ObservedPacket {
    /// The packet in a row as `LeaseMemory` selects it: from its frame, or where that was not kept from the columns,
    /// which do not tell the kind of hardware address.
    fileprivate init(_ row: RowColumns) {
        let direction = row.text(2) == Direction.toServer.description ? Direction.toServer : .toClient
        self.init(
            capturedAt: row.number(0) ?? 0, interface: row.text(1) ?? "", direction: direction, message: nil)
        let frame = row.bytes(13)
        if let message = ObservedMessage(frame: unsafe frame.span.bytes) {
            self.message = message
        } else if let transaction = row.text(4).flatMap({ UInt32($0.dropFirst(2), radix: 16) }) {
            self.message = ObservedMessage(row, transaction, direction == .toServer ? .request : .reply)
        }
    }
}

extension ObservedMessage {
    fileprivate init(_ row: RowColumns, _ transaction: UInt32, _ operation: DHCPOperation) {
        self.init(operation: operation, messageType: row.text(3).flatMap(DHCPMessageType.init(description:)))
        transactionIdentifier = transaction
        client = LeaseClient(hardwareAddress: row.text(5), identifier: row.text(6))
        clientAddress = row.text(7).flatMap(IPv4Address.init)
        yourAddress = row.text(8).flatMap(IPv4Address.init)
        relayAddress = row.text(9).flatMap(IPv4Address.init)
        serverIdentifier = row.text(10).flatMap(IPv4Address.init)
        requestedAddress = row.text(11).flatMap(IPv4Address.init)
        hostName = row.text(12)
    }
}

extension DHCPMessageType {
    /// The type that the table calls so.
    fileprivate init?(description: String) {
        let number = (UInt8.min...UInt8.max).first { DHCPMessageType(rawValue: $0).description == description }
        guard let number else { return nil }
        self.init(rawValue: number)
    }
}
