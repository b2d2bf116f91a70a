extension Schema {
    /// The views, for people with sqlite3.
    ///
    /// Each keeps the integer times, by which SQLite finds rows quickly, and adds readable ones.
    static let views = [currentLeases, startSummary, exchanges]

    /// A time in microseconds since the Unix epoch as ISO 8601 in UTC.
    static func readable(_ column: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%S', \(column) / 1000000, 'unixepoch') || printf('.%06dZ', \(column) % 1000000)"
    }

    /// The current time in microseconds since the Unix epoch, to the millisecond. (`unixepoch('subsec')` would be
    /// clearer but needs SQLite 3.42.)
    static let now = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"

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

    /// Whether the packet `alias` was forwarded for the same client with the same transaction identifier as `other`.
    private static func isRelated(_ alias: String, to other: String) -> String {
        """
        \(alias).transaction_id = \(other).transaction_id AND \(alias).client_mac IS \(other).client_mac
            AND \(alias).interface = \(other).interface AND \(alias).verdict = 'forwarded'
        """
    }

    /// The first packet of these types in the exchange that `opened` begins.
    private static func first(_ types: String) -> String {
        """
        (
            SELECT min(reply.id) FROM packets AS reply
            WHERE \(isRelated("reply", to: "opened")) AND reply.message_type IN (\(types))
            AND reply.id > opened.id AND (
                reply.captured_at <= opened.captured_at + 120000000 -- spares looking for the silence
                OR opened.next_id IS NULL OR reply.id < opened.next_id
            )
        )
        """
    }

    // Clients choose transaction identifiers badly: some use one for as long as they run, some derive it from their MAC
    // address. So the identifier alone does not say where an exchange begins and ends.
    private static let exchanges = """
        CREATE VIEW exchanges AS
        -- One row per transaction: what a client began, and how long the answers took, in milliseconds.
        -- It begins with a DISCOVER, REQUEST or INFORM, and ends with the first ACK or NAK, or before a silence of two
        -- minutes. Retransmissions are part of it.
        WITH opened AS (
            SELECT
                opening.*,
                (
                    SELECT min(id) FROM (
                        SELECT later.id, later.captured_at - lag(later.captured_at) OVER (ORDER BY later.id) AS silence
                        FROM packets AS later
                        WHERE \(isRelated("later", to: "opening")) AND later.id >= opening.id
                    ) WHERE silence > 120000000
                ) AS next_id -- the first packet behind the silence
            FROM packets AS opening
            WHERE opening.message_type IN ('DISCOVER', 'REQUEST', 'INFORM') AND opening.verdict = 'forwarded'
            AND coalesce((
                SELECT
                    earlier.message_type IN ('ACK', 'NAK') OR opening.captured_at - earlier.captured_at > 120000000
                FROM packets AS earlier
                WHERE \(isRelated("earlier", to: "opening")) AND earlier.id < opening.id
                ORDER BY earlier.id DESC LIMIT 1
            ), TRUE)
        ),
        answered AS (
            SELECT
                opened.*,
                \(first("'ACK', 'NAK'")) AS answer_id,
                CASE message_type WHEN 'DISCOVER' THEN \(first("'OFFER'")) END AS offer_id,
                CASE message_type WHEN 'DISCOVER' THEN \(first("'REQUEST'")) ELSE id END AS request_id
            FROM opened
        )
        SELECT
            opened.id, opened.captured_at AS started_at, \(readable("opened.captured_at")) AS started_time,
            opened.interface, opened.client_mac, opened.client_identifier, opened.host_name, opened.relay_address,
            opened.transaction_id,
            opened.message_type AS began_with,                                -- DISCOVER, REQUEST, INFORM
            coalesce(answer.message_type, offer.message_type) AS ended_with,  -- ACK, NAK, OFFER; NULL: no answer
            coalesce(answer.your_address, offer.your_address) AS address,
            (offer.captured_at - opened.captured_at) / 1000.0 AS discover_to_offer_ms,
            CASE WHEN opened.message_type = 'DISCOVER' AND answer.message_type = 'ACK'
                THEN (answer.captured_at - opened.captured_at) / 1000.0 END AS discover_to_ack_ms,
            CASE WHEN answer.message_type = 'ACK'
                THEN (answer.captured_at - request.captured_at) / 1000.0 END AS request_to_ack_ms
        FROM answered AS opened
        LEFT JOIN packets AS answer ON answer.id = opened.answer_id
        LEFT JOIN packets AS offer ON offer.id = opened.offer_id
            AND (opened.answer_id IS NULL OR opened.offer_id < opened.answer_id)
        LEFT JOIN packets AS request ON request.id = opened.request_id AND opened.request_id < opened.answer_id
        """
}
