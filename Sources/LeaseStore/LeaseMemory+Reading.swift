internal import Addresses
internal import GRDB
internal import Messages
internal import Packet

// What the tables and the backlog let know.
extension LeaseMemory {
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
            case .event, .drops, .flow: continue
            }
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
