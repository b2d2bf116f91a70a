internal import Messages

extension Schema {
    static let unansweredClients = """
        CREATE VIEW unanswered_clients AS
        -- Clients that asked and were not answered since, those that wait for longest first.
        SELECT
            client_mac, interface, host_name, relay_address, unanswered AS requests,
            \(readable("unanswered_since")) AS since_time,
            \(readable("last_answer_at")) AS last_answer_time,        -- NULL: it was never answered
            \(readable("last_seen_at")) AS last_seen_time,
            unanswered_since, last_answer_at, last_seen_at
        FROM clients WHERE unanswered_since IS NOT NULL ORDER BY unanswered_since
        """

    static let topTalkers = """
        CREATE VIEW top_talkers AS
        -- Clients by the number of packets from and to them, most first.
        SELECT
            client_mac, interface, host_name, packets, requests, answers,
            \(readable("first_seen_at")) AS first_seen_time, \(readable("last_seen_at")) AS last_seen_time,
            first_seen_at, last_seen_at
        FROM clients ORDER BY packets DESC
        """

    static let messageCounts = """
        CREATE VIEW message_counts AS
        -- How many packets of each type there were since the beginning.
        SELECT
            interface, direction, nullif(message_type, '') AS message_type, sum(packets) AS packets,
            sum(packets) FILTER (WHERE verdict = 'forwarded') AS forwarded
        FROM packet_counts GROUP BY interface, direction, message_type
        """

    /// The verdicts on frames that were not dropped, for `IN`.
    package static let undropped = Verdict.allCases.filter { !$0.isDrop }.map { "'\($0)'" }.joined(separator: ", ")

    static let dropCounts = """
        CREATE VIEW drop_counts AS
        -- How many packets were dropped for each reason since the beginning, and how many frames that were no DHCP.
        SELECT interface, direction, reason, sum(packets) AS packets, \(readable("max(hour_at)")) AS last_hour FROM (
            SELECT interface, direction, verdict AS reason, packets, hour_at FROM packet_counts
            WHERE verdict NOT IN (\(undropped))
            UNION ALL
            SELECT interface, direction, reason, frames, last_at - last_at % 3600000000 FROM dropped_frames
        ) GROUP BY interface, direction, reason
        """

    static let hourlyCounts = """
        CREATE VIEW hourly_counts AS
        -- The counted packets with readable hours.
        SELECT
            \(readable("hour_at")) AS hour_time, hour_at, interface, direction, verdict,
            nullif(message_type, '') AS message_type, packets, bytes
        FROM packet_counts
        """
}
