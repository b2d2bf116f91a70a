extension Schema {
    /// The views, for people with sqlite3.
    ///
    /// Each keeps the integer times, by which SQLite finds rows quickly, and adds readable ones.
    static let views = [
        currentLeases, leaseHistory, packetLog, eventLog, startLog, startSummary, gaps, exchanges, unansweredClients,
        topTalkers, messageCounts, dropCounts, hourlyCounts,
    ].map(View.init)

    /// A view, as SQLite keeps it.
    struct View: Sendable {
        let text: String

        /// The third word: `CREATE VIEW name AS`.
        var name: Substring { text.split(separator: " ", maxSplits: 3)[2] }
    }

    /// A time in microseconds since the Unix epoch as ISO 8601 in UTC.
    package static func readable(_ column: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000000, 'unixepoch') || printf('.%06dZ', \(column) % 1000000)"
    }

    /// The current time in microseconds since the Unix epoch, to the millisecond. (`unixepoch('subsec')` would be
    /// clearer but needs SQLite 3.42.)
    package static let now = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"

    private static let currentLeases = """
        CREATE VIEW current_leases AS
        -- Leases that are held now. Right even when the recorder is not running: the time decides.
        SELECT
            id, address, client_mac, client_identifier, host_name, server_identifier, interface, relay_address,
            bound_at, renewed_at, expires_at,
            \(readable("bound_at")) AS bound_time,
            \(readable("renewed_at")) AS renewed_time,
            \(readable("expires_at")) AS expires_time,                -- NULL: never
            (expires_at - \(now)) / 1000000 AS remaining_seconds
        FROM leases
        WHERE state = 'bound' AND (expires_at IS NULL OR expires_at > \(now))
        """

    private static let leaseHistory = """
        CREATE VIEW lease_history AS
        -- Who had which address, from bound_at until held_until; right even when the recorder is not running.
        SELECT
            id, address, client_mac, client_identifier, host_name, server_identifier, interface, relay_address,
            CASE WHEN state = 'bound' AND expires_at <= \(now) THEN 'expired' ELSE state END AS state,
            bound_at, renewed_at, expires_at,
            coalesce(ended_at, expires_at, \(endOfTime)) AS held_until,
            \(readable("bound_at")) AS bound_time,
            \(readable("renewed_at")) AS renewed_time,
            \(readable("expires_at")) AS expires_time,                -- NULL: never
            \(readable("coalesce(ended_at, expires_at, \(endOfTime))")) AS held_until_time
        FROM leases
        """

    /// The end of the year 9999, the last that ISO 8601 can write with four digits.
    private static let endOfTime = 253_402_300_799_999_999

    private static let packetLog = """
        CREATE VIEW packet_log AS
        -- The packets without their frames, with readable times.
        SELECT
            id, \(readable("captured_at")) AS captured_time, captured_at, interface, direction, verdict, message_type,
            transaction_id, client_mac, client_identifier, client_address, your_address, relay_address,
            server_identifier, requested_address, lease_seconds, host_name
        FROM packets
        """

    private static let eventLog = """
        CREATE VIEW event_log AS
        -- The events with readable times.
        SELECT id, \(readable("happened_at")) AS happened_time, happened_at, component, kind, detail FROM events
        """

    private static let startLog = """
        CREATE VIEW start_log AS
        -- The starts of the server with readable times and milliseconds.
        SELECT
            id, \(readable("started_at")) AS started_time, started_at, uplink, server_command, server_pid, outcome,
            discovery_us / 1000.0 AS discovery_ms, namespace_us / 1000.0 AS namespace_ms, link_us / 1000.0 AS link_ms,
            spawn_us / 1000.0 AS spawn_ms, ready_us / 1000.0 AS ready_ms, total_us / 1000.0 AS total_ms
        FROM starts
        """

    private static let gaps = """
        CREATE VIEW gaps AS
        -- Records that never reached the database: what was sent is what is stored and these.
        SELECT
            id, \(readable("happened_at")) AS happened_time, happened_at, component, amount AS records
        FROM events WHERE kind = 'records-lost'
        """

    private static let startSummary = """
        CREATE VIEW start_summary AS
        -- How long starts took until the server was ready, in milliseconds. Starts that failed do not count.
        WITH ranked AS (
            SELECT
                uplink, server_command, total_us,
                row_number() OVER (PARTITION BY uplink, server_command ORDER BY total_us) AS rank,
                count(*) OVER (PARTITION BY uplink, server_command) AS runs
            FROM starts
            WHERE outcome = 'ready' AND total_us IS NOT NULL
        )
        SELECT
            uplink, server_command, runs,
            round(avg(total_us) / 1000.0, 3) AS mean_ms,
            -- The middle one, or the mean of the two in the middle.
            round(avg(CASE WHEN rank IN ((runs + 1) / 2, (runs + 2) / 2) THEN total_us END) / 1000.0, 3) AS median_ms,
            min(total_us) / 1000.0 AS min_ms,
            max(total_us) / 1000.0 AS max_ms
        FROM ranked
        GROUP BY uplink, server_command
        """
}
