internal import Addresses
internal import GRDB
internal import Messages
internal import Packet

/// Writes single records within one transaction.
struct RecordWriter {
    /// What of the records is written.
    enum Part {
        /// Everything.
        case all
        /// What they say about leases: the rest is kept as it came.
        case leases
        /// All but that: it was written when they came.
        case rest
    }

    private let keepsFrames: Bool
    private let part: Part
    private let packets: RowStatement
    private let starts: Statement
    private let events: Statement
    private let drops: Statement
    private var leases: LeaseTable
    private let tables: TallyTables
    private var tally = PacketTally()

    /// What is to be remembered for the next transaction, if this one succeeds.
    var memory: LeaseMemory { leases.memory }

    init(_ database: Database, keepsFrames: Bool, part: Part, remembering memory: LeaseMemory) throws {
        (self.keepsFrames, self.part) = (keepsFrames, part)
        packets = try RowStatement(database, sql: Self.insertion(into: "packets", Schema.packetColumns))
        starts = try database.cachedStatement(sql: Self.insertion(into: "starts", Schema.startColumns))
        events = try database.cachedStatement(sql: Self.insertion(into: "events", Schema.eventColumns))
        drops = try database.cachedStatement(sql: Schema.addDrops)
        leases = try LeaseTable(database, remembering: memory)
        tables = try TallyTables(database)
    }

    /// Adds what was counted to the tables; `pause` is called now and then.
    func finish(_ pause: () -> Void) throws {
        try tables.add(tally, pause)
    }

    mutating func insert(_ record: Messages.Record, of component: ComponentName) throws {
        switch record {
        case .packet(let packet): try insert(packet)
        case .start(let start): try insert(start)
        case .event(let event): if part != .leases { try insert(event, of: component) }
        case .drops(let drops): if part != .leases { try insert(drops) }
        // There is no table for them yet.
        case .flow: break
        }
    }

    func insert(_ event: EventRecord, of component: ComponentName) throws {
        try events.execute(
            arguments: [Int64(clamping: event.happenedAt), component.description, event.kind, event.detail])
    }

    private func insert(_ record: DropRecord) throws {
        try drops.execute(
            arguments: [
                record.interface.description, record.direction.description, record.reason, Int64(record.count),
                Int64(clamping: record.countedAt),
            ])
    }

    /// Writes the packet, and what it changes about leases.
    private mutating func insert(_ record: PacketRecord) throws {
        let packet = ObservedPacket(record)
        if part != .leases { try insert(packet, record) }
        if part != .rest { try leases.apply(packet) }
    }

    private mutating func insert(_ packet: ObservedPacket, _ record: PacketRecord) throws {
        try packets.execute { row in
            row.add(packet)
            row.add(packet.message)
            row.add(keepsFrames ? record.frame : [])
        }
        tally.count(packet, length: record.frame.count)
    }

    private mutating func insert(_ start: StartRecord) throws {
        if part != .rest { leases.note(start) }
        guard part != .leases else { return }
        let durations = start.phases.durations.map { duration in duration.map { Int64($0) } }
        let values: [(any DatabaseValueConvertible)?] = [
            Int64(clamping: start.startedAt), start.uplink, start.serverCommand,
            start.serverPID == 0 ? nil : Int64(start.serverPID), start.outcome,
        ]
        try starts.execute(arguments: StatementArguments(values + durations))
    }

    private static func insertion(into table: String, _ columns: [String]) -> String {
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        return "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))"
    }
}

// In the order of `Schema.packetColumns`.
extension RowValues {
    fileprivate mutating func add(_ packet: ObservedPacket) {
        add(packet.capturedAt)
        add(packet.interface)
        add(packet.direction.description)
        add(packet.verdict.description)
    }

    fileprivate mutating func add(_ message: ObservedMessage?) {
        add(message?.messageType?.description)
        add(message?.transactionText)
        add(message?.client.hardwareAddress)
        add(message?.client.identifier)
        add(message?.clientAddress?.description)
        add(message?.yourAddress?.description)
        add(message?.relayAddress?.description)
        add(message?.serverIdentifier?.description)
        add(message?.requestedAddress?.description)
        add(message?.leaseSeconds.map { Int64($0) })
        add(message?.hostName)
    }
}
