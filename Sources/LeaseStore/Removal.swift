internal import GRDB

/// Removes what is not kept any longer, within one transaction: a bounded number of rows, however many there are.
struct Removal {
    private let database: Database
    private let retention: Retention

    init(_ database: Database, _ retention: Retention) {
        self.database = database
        self.retention = retention
    }

    /// Does the next steps of the retention at `time`, and says whether there were any, and how many leases went because
    /// nothing else was left to go.
    func perform(_ surplus: inout Surplus, at time: Int64) throws -> RemovedRows {
        if surplus.isStale(at: time) { surplus = try Surplus(database, retention, at: time) }
        let steps = retention.steps(for: try use(surplus, at: time), at: time)
        var removed = RemovedRows(hasMore: !steps.isEmpty)
        for step in steps {
            try perform(step, at: time)
            let count = database.changesCount
            switch step {
            case .removeLeases(nil): removed.leases = count
            case .removeEvents where count < Retention.rowsPerStep: surplus.events = nil
            default: break
            }
        }
        return removed
    }

    private func perform(_ step: Retention.Step, at time: Int64) throws {
        switch step {
        case .removePackets(let limit?): try removePackets("WHERE captured_at < \(limit) ORDER BY captured_at")
        case .removePackets(nil): try removePackets("ORDER BY id")
        case .removeLeases(let limit): try removeLeases(endedBefore: limit)
        case .removeClients(let limit): try removeClients(lastSeenUntil: limit ?? .max)
        case .removeEvents(let kind, let limit):
            try removeEvents("WHERE kind = '\(kind)' AND happened_at <= \(limit) ORDER BY happened_at")
        case .removeFirstEvents: try removeEvents("ORDER BY id")
        case .removeFirstStarts:
            try database.execute(
                sql: "DELETE FROM starts WHERE id IN (SELECT id FROM starts ORDER BY id LIMIT \(Retention.rowsPerStep))"
            )
        case .foldHour(let hour): try fold(hour)
        case .giveBack(let pages): try database.execute(sql: "PRAGMA incremental_vacuum(\(pages))")
        }
    }

    private func removePackets(_ which: String) throws {
        try database.execute(
            sql: "DELETE FROM packets WHERE id IN (SELECT id FROM packets \(which) LIMIT \(Retention.rowsPerStep))")
    }

    /// The clients of which no other lease is left are strangers again.
    private func removeLeases(endedBefore limit: Int64?) throws {
        let ended = """
            SELECT id FROM leases WHERE ended_at < \(limit ?? .max) ORDER BY ended_at LIMIT \(Retention.rowsPerStep)
            """
        try database.execute(
            sql: """
                UPDATE clients SET leased_at = NULL WHERE client_mac IN (
                    SELECT client_mac FROM leases AS removed WHERE id IN (\(ended)) AND NOT EXISTS (
                        SELECT 1 FROM leases AS other
                        WHERE other.client_mac = removed.client_mac AND other.id NOT IN (\(ended))
                    )
                )
                """)
        try database.execute(sql: "DELETE FROM leases WHERE id IN (\(ended))")
    }

    private func removeClients(lastSeenUntil limit: Int64) throws {
        try database.execute(
            sql: """
                DELETE FROM clients WHERE (client_mac, interface) IN (
                    SELECT client_mac, interface FROM clients WHERE leased_at IS NULL AND last_seen_at <= \(limit)
                    ORDER BY last_seen_at LIMIT \(Retention.rowsPerStep)
                )
                """)
    }

    /// They stay counted (`event_totals`).
    private func removeEvents(_ which: String) throws {
        try database.execute(
            sql: "DELETE FROM events WHERE id IN (SELECT id FROM events \(which) LIMIT \(Retention.rowsPerStep))")
    }

    /// Adds the counts of an hour to those of the period in which it is.
    ///
    /// The running totals have them already, and would take what is inserted for packets that came late.
    private func fold(_ hour: Int64) throws {
        try database.execute(
            sql: """
                UPDATE packet_totals SET packets = packet_totals.packets - folded.packets
                FROM packet_counts AS folded
                WHERE folded.hour_at = \(hour) AND \(hour) < (SELECT hour_at FROM packet_totals_hour)
                AND folded.interface = packet_totals.interface AND folded.direction = packet_totals.direction
                AND folded.verdict = packet_totals.verdict AND folded.message_type = packet_totals.message_type;
                INSERT INTO packet_counts
                SELECT \(Retention.period(of: hour)), interface, direction, verdict, message_type, packets, bytes
                FROM packet_counts WHERE hour_at = \(hour)
                ON CONFLICT DO UPDATE SET packets = packets + excluded.packets, bytes = bytes + excluded.bytes;
                DELETE FROM packet_counts WHERE hour_at = \(hour)
                """)
    }

    /// How much room the database takes, and what there is to be removed at `time`.
    private func use(_ surplus: Surplus, at time: Int64) throws -> DatabaseUse {
        func number(_ sql: String) throws -> Int64? { try Int64.fetchOne(database, sql: sql) }
        func amount(_ sql: String) throws -> Int64 { try number(sql) ?? 0 }
        return try DatabaseUse(
            pageSize: amount("PRAGMA page_size"), pages: amount("PRAGMA page_count"),
            freePages: amount("PRAGMA freelist_count"), backlog: BacklogTable(database).extent().bytes,
            oldestPacket: number("SELECT min(captured_at) FROM packets"),
            oldestEnd: number("SELECT min(ended_at) FROM leases WHERE ended_at IS NOT NULL"),
            oldestStranger: number("SELECT min(last_seen_at) FROM clients WHERE leased_at IS NULL"),
            oldestHour: number(
                """
                SELECT hour_at FROM packet_counts WHERE hour_at % \(Retention.period) <> 0 ORDER BY hour_at LIMIT 1
                """),
            hasOldEvents: number("SELECT 1 FROM events LIMIT 1 OFFSET \(Retention.rowsLeft)") != nil,
            hasOldStarts: number("SELECT 1 FROM starts LIMIT 1 OFFSET \(Retention.rowsLeft)") != nil,
            surplus: surplus, canShrink: amount("PRAGMA auto_vacuum") == 2)
    }
}

/// What one transaction has removed.
public struct RemovedRows: Hashable, Sendable {
    /// Whether there may be more to do.
    public var hasMore: Bool
    /// How many leases went, although they were to be kept: without packets, clients and events the database is still larger
    /// than it may be.
    public var leases = 0
}

/// What there are too many of; looked for now and then, because counting takes a while.
struct Surplus: Hashable {
    /// How long the answer is good for, in microseconds.
    static let interval: Int64 = 1_000_000

    /// When it was looked for, in microseconds since the Unix epoch.
    private var lookedAt: Int64?
    /// Clients without a lease that were last seen until this time are too many.
    var clientsSeenUntil: Int64?
    /// Events of this kind from until this time are too many.
    var events: Events?

    /// Events of a kind.
    struct Events: Hashable {
        var kind: String
        var until: Int64
    }

    /// Not looked for yet.
    init() {}

    /// Whether to look again at `time`.
    func isStale(at time: Int64) -> Bool {
        guard let lookedAt else { return true }
        return abs(time - lookedAt) >= Self.interval
    }

    /// Looks for it: goes by indexes over as many rows as may be there, and no further.
    init(_ database: Database, _ retention: Retention, at time: Int64) throws {
        lookedAt = time
        clientsSeenUntil = try Int64.fetchOne(
            database,
            sql: """
                SELECT last_seen_at FROM clients WHERE leased_at IS NULL
                ORDER BY last_seen_at DESC LIMIT 1 OFFSET \(retention.strangers)
                """)
        let row = try Row.fetchOne(
            database,
            sql: """
                WITH RECURSIVE kinds(kind) AS (
                    SELECT min(kind) FROM events
                    UNION ALL SELECT (SELECT min(kind) FROM events WHERE events.kind > kinds.kind)
                    FROM kinds WHERE kinds.kind IS NOT NULL
                )
                SELECT kind, (
                    SELECT happened_at FROM events WHERE events.kind = kinds.kind
                    ORDER BY happened_at DESC LIMIT 1 OFFSET \(retention.eventsOfKind)
                ) AS until FROM kinds WHERE until IS NOT NULL LIMIT 1
                """)
        events = row.map { Events(kind: $0[0], until: $0[1]) }
    }
}
