internal import Addresses
internal import GRDB
internal import Messages
internal import Packet

/// What the leases need to know of earlier records, from one transaction to the next.
///
/// It can be had from the tables again: after a start of the recorder, and when a transaction failed.
struct LeaseMemory: Sendable {
    /// What may still be answered.
    var requests = PendingRequests()
    /// Which program serves.
    var server = LeaseServer.other

    /// How many of the last packets are read again: what is remembered of strangers, and as much again for the replies.
    static let packets = 2 * PendingRequests.requestsOfStrangers

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
        let last = try Int64.fetchOne(database, sql: "SELECT max(id) FROM packets") ?? 0
        let rows = try RowStatement(database, sql: Self.selection).all {
            $0.add(last - Int64(Self.packets))
        } read: {
            ObservedPacket($0)
        }
        for packet in rows { note(packet) }
    }

    /// Remembers what `packet` asks, and whom it answers.
    mutating func note(_ packet: ObservedPacket) {
        guard packet.verdict == .forwarded, let message = packet.message else { return }
        if let request = LeaseRequest(packet) {
            requests.add(request, message, on: packet.interface)
        } else if packet.direction == .toClient, message.operation == .reply {
            requests.know(message.client, on: packet.interface)
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
        if let message = DHCPMessage(frame: unsafe frame.span.bytes) {
            self.message = ObservedMessage(message)
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
