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
    /// Addresses that were given back: perhaps before the server had answered the request for them.
    private var claims = RecentEntries<Place, Claim>(capacity: 1024)
    /// The relay agents through which addresses were given, with one of them; as many as `relayLimit`.
    private var relays: [IPv4Address: Network] = [:]
    /// The networks that need no new row, as many as `relayLimit`.
    private var networks: Set<NetworkName> = []
    /// Of each LAN, the server's name for itself.
    private var servers: [String: IPv4Address] = [:]
    /// How many requests and claims there were.
    private var count = 0
    /// Which program serves.
    var server = LeaseServer.other

    /// How many of the last packets are read again: what is remembered of strangers, and as much again for the replies.
    static let packets = 2 * PendingRequests.requestsOfStrangers

    /// How many claims are looked at for one answer.
    private static let claimsOfAddress = 32

    private static let relayLimit = 1024

    private struct Place: Hashable {
        let address: IPv4Address
        let interface: String
    }

    private struct Network {
        let address: UInt32
        let mask: UInt32
    }

    private struct NetworkName: Hashable {
        let interface: String
        let relayAddress: IPv4Address?
    }

    private struct Claim {
        let giveBack: LeaseReturn
        let order: Int
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
        server = command.map(LeaseServer.init) ?? .other
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
            case .start(let start): server = LeaseServer(command: start.serverCommand)
            case .event, .drops: continue
            }
        }
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
                requests.settle(message, at: packet.capturedAt, on: packet.interface)
            }
            if let server = message.serverIdentifier { servers[packet.interface] = server }
            if let relay = message.relayAddress, let address = message.yourAddress,
                let mask = message.subnetMask?.rawValue,
                relays.count < Self.relayLimit
            {
                relays[relay] = Network(address: address.rawValue & mask, mask: mask)
            }
        } else if case .returned(let giveBack) = event(packet, answering: nil) {
            count += 1
            claims.append(
                Claim(giveBack: giveBack, order: count),
                of: Place(address: giveBack.address, interface: giveBack.interface))
        }
    }

    /// Whether nothing was granted in that network yet, as far as is known; from now on it is not new.
    mutating func isNewNetwork(_ grant: LeaseGrant) -> Bool {
        let name = NetworkName(interface: grant.interface, relayAddress: grant.relayAddress)
        guard !networks.contains(name) else { return false }
        if networks.count < Self.relayLimit { networks.insert(name) }
        return true
    }

    /// What `packet` says about leases; with what is known besides.
    func event(_ packet: ObservedPacket, answering request: LeaseRequest?) -> LeaseEvent? {
        guard isRead(packet), let event = LeaseEvent(packet, answering: request) else { return nil }
        guard case .returned(var giveBack) = event else { return event }
        giveBack.server = servers[packet.interface]
        if let network = giveBack.relayAddress.flatMap({ relays[$0] }) {
            let isSame = giveBack.address.rawValue & network.mask == network.address
            giveBack.relay = isSame ? .sameNetwork : .otherNetwork
        }
        return .returned(giveBack)
    }

    /// Whether the server reads what it is sent; what it sends itself is what it is.
    private func isRead(_ packet: ObservedPacket) -> Bool {
        packet.direction == .toClient || packet.message.map { server.reads($0.faults) } ?? false
    }

    /// What was claimed about the address that `grant` gives after it was asked for, in that order.
    ///
    /// A server reads in turn: it had given the address when it read that, though its answer is seen behind.
    func claims(about grant: LeaseGrant, after request: PendingRequests.Entry) -> [LeaseReturn] {
        guard !request.isAnswered, !request.isLate else { return [] }
        let place = Place(address: grant.address, interface: grant.interface)
        return claims.elements(of: place, atMost: Self.claimsOfAddress).prefix { $0.order > request.order }.reversed()
            .map { claim in
                var giveBack = claim.giveBack
                giveBack.returnedAt = max(giveBack.returnedAt, grant.grantedAt)
                return giveBack
            }
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
