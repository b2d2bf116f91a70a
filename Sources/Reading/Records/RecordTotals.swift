internal import GRDB
package import LeaseStore
internal import Messages

/// Counts of what the database holds: totals that only grow, and the present state.
///
/// However much was recorded, little is read: sums are kept while records are stored (`Schema.totals`).
package struct RecordTotals: Hashable, Sendable {
    /// How many packets there were of a kind.
    package struct Packets: Hashable, Sendable {
        /// The LAN.
        package let interface: String
        /// `to-server` or `to-client`.
        package let direction: String
        /// `DISCOVER` and so on; empty where a packet has none.
        package let messageType: String
        /// `forwarded`, or why they were dropped.
        package let verdict: String
        /// How many.
        package let count: Int64
    }

    /// A number for something with a name.
    package struct Amount: Hashable, Sendable {
        /// What it is a number of.
        package let name: String
        /// How many.
        package let count: Int64
    }

    /// What was lost on the way from a component to the database.
    package struct Losses: Hashable, Sendable {
        /// Which component had to throw records away.
        package let component: String
        /// How often it did.
        package let gaps: Int64
        /// How many records.
        package let records: Int64
    }

    /// Events of one kind.
    package struct Events: Hashable, Sendable {
        /// Whose they are.
        package let component: String
        /// Which kind.
        package let kind: String
        /// How many.
        package let count: Int64
    }

    /// Starts by one uplink.
    package struct Starts: Hashable, Sendable {
        /// `lan` or `runtime`.
        package let uplink: String
        /// After how many the server was ready.
        package var ready: Int64 = 0
        /// How many failed.
        package var failed: Int64 = 0
        /// How many of those that were ready took at most as long as each of `startBounds`, and how many have a time.
        package var within: [Int64: Int64] = [:]
        /// How many microseconds those that were ready took together.
        package var total: Int64 = 0
    }

    /// The upper bounds of the histogram of start times, in microseconds; the paper's figures are 19 ms and 44 ms.
    package static let startBounds: [Int64] = [
        10_000, 20_000, 30_000, 40_000, 50_000, 75_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000,
    ]

    /// A start of the server.
    package struct Start: Hashable, Sendable {
        /// When it began, in microseconds since the Unix epoch.
        package let startedAt: Int64
        /// `lan` or `runtime`.
        package let uplink: String
        /// Whether the server became ready.
        package let isReady: Bool
        /// How long the phases took and all of it, in microseconds, by their names; those that were reached.
        package let durations: [String: Int64]

        /// The names of the phases in their order, and `total`.
        package static let phases = ["discovery", "namespace", "link", "spawn", "ready", "total"]
    }

    /// All packets, by what they are.
    package let packets: [Packets]
    /// When the newest packet was captured, in microseconds since the Unix epoch.
    package let newestPacketAt: Int64?
    /// The leases that are held now, by their LANs.
    package let leasesHeld: [Amount]
    /// How full each network is.
    package let networks: [NetworkUse]
    /// The leases that were given since the beginning, renewals not counted.
    package let leases: Int64
    /// The clients whose last requests were not answered; of more than `mostUnanswered` as many.
    package let unansweredClients: Int64
    /// How far those are counted: somebody who invents clients must not make it take longer.
    package static let mostUnanswered: Int64 = 10_000
    /// All starts, by uplink.
    package let starts: [Starts]
    /// The newest start.
    package let lastStart: Start?
    /// What was lost, by component.
    package let losses: [Losses]
    /// All events, by their kinds.
    package let events: [Events]
    /// The size of the database file, without the log beside it, in bytes.
    package let databaseSize: Int64
    /// What was received and is not counted yet.
    package let backlog: Backlog

    init(_ database: Database) throws {
        packets = try Row.fetchAll(
            database,
            sql: """
                SELECT interface, direction, message_type, verdict, sum(packets) FROM (
                    SELECT * FROM packet_totals
                    UNION ALL SELECT interface, direction, verdict, message_type, packets FROM packet_counts
                    WHERE hour_at >= (SELECT hour_at FROM packet_totals_hour)
                ) GROUP BY 1, 2, 3, 4
                """
        ).map { Packets(interface: $0[0], direction: $0[1], messageType: $0[2], verdict: $0[3], count: $0[4]) }
        newestPacketAt = try Int64.fetchOne(database, sql: "SELECT captured_at FROM packets ORDER BY id DESC LIMIT 1")
        leasesHeld = try Row.fetchAll(
            database, sql: "SELECT interface, count(*) FROM current_leases GROUP BY interface"
        ).map { Amount(name: $0[0], count: $0[1]) }
        networks = try NetworkUse.all(database, at: Int64.fetchOne(database, sql: "SELECT \(Schema.now)") ?? 0)
        leases = try Int64.fetchOne(database, sql: "SELECT max(id) FROM leases") ?? 0
        unansweredClients =
            try Int64.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM
                    (SELECT 1 FROM clients WHERE unanswered_since IS NOT NULL LIMIT \(Self.mostUnanswered))
                    """) ?? 0
        starts = try Self.startTotals(database)
        lastStart = try Self.starts(database, newest: 1).last
        losses = try Row.fetchAll(
            database,
            sql: "SELECT component, events, records FROM event_totals WHERE kind = '\(EventKind.recordsLost)'"
        ).map { Losses(component: $0[0], gaps: $0[1], records: $0[2]) }
        events = try Row.fetchAll(database, sql: "SELECT component, kind, events FROM event_totals")
            .map { Events(component: $0[0], kind: $0[1], count: $0[2]) }
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        backlog = try BacklogTable(database).extent()
        databaseSize = try pages * (Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
    }

    private static func startTotals(_ database: Database) throws -> [Starts] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT uplink, outcome, within_us, starts, total_us FROM start_totals")
        return Dictionary(grouping: rows) { $0[0] as String }.map { uplink, rows in
            rows.reduce(into: Starts(uplink: uplink)) { starts, row in
                let (bound, count) = (row[2] as Int64, row[3] as Int64)
                guard row[1] == "ready" else { return starts.failed += count }
                starts.ready += count
                starts.total += row[4]
                guard bound >= 0 else { return }
                for above in startBounds + [.max] where bound <= above { starts.within[above, default: 0] += count }
            }
        }.sorted { $0.uplink < $1.uplink }
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
    package func totals() throws(LeaseStoreError) -> RecordTotals {
        do { return try connection.read(RecordTotals.init) } catch { throw LeaseStoreError(error) }
    }
}
