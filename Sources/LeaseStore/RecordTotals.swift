internal import GRDB

/// What the database holds, counted: running totals that only grow, and how things are now.
///
/// Packets are not read but for the newest; their totals are in `packet_counts`, which stays when packets are removed.
public struct RecordTotals: Hashable, Sendable {
    /// How many packets there were of a kind.
    public struct Packets: Hashable, Sendable {
        /// The LAN.
        public let interface: String
        /// `to-server` or `to-client`.
        public let direction: String
        /// `DISCOVER` and so on; empty where a packet has none.
        public let messageType: String
        /// `forwarded`, or why they were dropped.
        public let verdict: String
        /// How many.
        public let count: Int64
    }

    /// A number for something with a name.
    public struct Amount: Hashable, Sendable {
        /// What it is a number of.
        public let name: String
        /// How many.
        public let count: Int64
    }

    /// What was lost on the way from a component to the database.
    public struct Losses: Hashable, Sendable {
        /// Which component had to throw records away.
        public let component: String
        /// How often it did.
        public let gaps: Int64
        /// How many records.
        public let records: Int64
    }

    /// Events of one kind.
    public struct Events: Hashable, Sendable {
        /// Whose they are.
        public let component: String
        /// Which kind.
        public let kind: String
        /// How many.
        public let count: Int64
    }

    /// A start of the server.
    public struct Start: Hashable, Sendable {
        /// When it began, in microseconds since the Unix epoch.
        public let startedAt: Int64
        /// `lan` or `runtime`.
        public let uplink: String
        /// Whether the server became ready.
        public let isReady: Bool
        /// How long the phases took and all of it, in microseconds, by their names; those that were reached.
        public let durations: [String: Int64]

        /// The names of the phases in their order, and `total`.
        public static let phases = ["discovery", "namespace", "link", "spawn", "ready", "total"]
    }

    /// All packets, by what they are.
    public let packets: [Packets]
    /// When the newest packet was captured, in microseconds since the Unix epoch.
    public let newestPacketAt: Int64?
    /// The leases that are held now, by their LANs.
    public let leasesHeld: [Amount]
    /// The leases that were given since the beginning, renewals not counted.
    public let leases: Int64
    /// The clients whose last requests were not answered.
    public let unansweredClients: Int64
    /// All starts, the newest last.
    public let starts: [Start]
    /// What was lost, by component.
    public let losses: [Losses]
    /// All events, by their kinds.
    public let events: [Events]
    /// The size of the database file, without the log beside it, in bytes.
    public let databaseSize: Int64
    /// What was received and is not among all that yet.
    public let backlog: Backlog

    init(_ database: Database) throws {
        packets = try Row.fetchAll(
            database,
            sql: """
                SELECT interface, direction, message_type, verdict, sum(packets) FROM packet_counts GROUP BY 1, 2, 3, 4
                """
        ).map { Packets(interface: $0[0], direction: $0[1], messageType: $0[2], verdict: $0[3], count: $0[4]) }
        newestPacketAt = try Int64.fetchOne(database, sql: "SELECT captured_at FROM packets ORDER BY id DESC LIMIT 1")
        leasesHeld = try Row.fetchAll(
            database, sql: "SELECT interface, count(*) FROM current_leases GROUP BY interface"
        ).map { Amount(name: $0[0], count: $0[1]) }
        leases = try Int64.fetchOne(database, sql: "SELECT max(id) FROM leases") ?? 0
        unansweredClients =
            try Int64.fetchOne(database, sql: "SELECT count(*) FROM clients WHERE unanswered_since IS NOT NULL") ?? 0
        starts = try Self.starts(database)
        losses = try Row.fetchAll(
            database,
            sql: """
                SELECT component, sum(events), sum(records) FROM (
                    SELECT component, 1 AS events, CAST(detail AS INTEGER) AS records FROM events
                    WHERE kind = 'records-lost'
                    UNION ALL SELECT component, events, records FROM removed_events WHERE kind = 'records-lost'
                ) GROUP BY component
                """
        ).map { Losses(component: $0[0], gaps: $0[1], records: $0[2]) }
        events = try Row.fetchAll(
            database,
            sql: """
                SELECT component, kind, sum(events) FROM (
                    SELECT component, kind, 1 AS events FROM events
                    UNION ALL SELECT component, kind, events FROM removed_events
                ) GROUP BY component, kind
                """
        ).map { Events(component: $0[0], kind: $0[1], count: $0[2]) }
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        backlog = try BacklogTable(database).extent()
        databaseSize = try pages * (Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
    }

    /// The starts that meet a condition, the newest last; the newest `limit` of them, or all without it.
    static func starts(
        _ database: Database, where condition: SQL = "TRUE", newest limit: Int? = nil
    ) throws -> [Start] {
        let columns = SQL(sql: Start.phases.map { "\($0)_us" }.joined(separator: ", "))
        let request = SQLRequest<Row>(
            literal: """
                SELECT started_at, uplink, outcome, \(columns) FROM starts WHERE \(condition)
                ORDER BY id DESC LIMIT \(limit ?? -1)
                """)
        return try request.fetchAll(database).reversed().map { row in
            let durations = Start.phases.enumerated().compactMap { index, phase in
                (row[index + 3] as Int64?).map { (phase, $0) }
            }
            return Start(
                startedAt: row[0], uplink: row[1], isReady: row[2] == "ready",
                durations: Dictionary(uniqueKeysWithValues: durations))
        }
    }
}

extension LeaseReader {
    /// What the database holds at one moment.
    ///
    /// - Throws: `failed`.
    public func totals() throws(LeaseStoreError) -> RecordTotals {
        do { return try connection.read(RecordTotals.init) } catch { throw LeaseStoreError(error) }
    }
}
