extension Migration {
    /// The tables with what was counted, and how they are filled from packets that were stored before they were there.
    static let counts = [packetCounts, clients, earlierPacketCounts, earlierClients, earlierUnanswered]

    private static let packetCounts = """
        CREATE TABLE packet_counts (
            -- How many packets there were in each hour; they stay when the packets themselves are removed.
            hour_at INTEGER NOT NULL,      -- when the hour began, in microseconds since the Unix epoch
            interface TEXT NOT NULL,
            direction TEXT NOT NULL,
            verdict TEXT NOT NULL,
            message_type TEXT NOT NULL,    -- as in packets, and empty where it is NULL there
            packets INTEGER NOT NULL,
            bytes INTEGER NOT NULL,        -- the lengths of the frames
            PRIMARY KEY (hour_at, interface, direction, verdict, message_type)
        ) WITHOUT ROWID
        """

    private static let clients = """
        CREATE TABLE clients (
            -- Who was seen, how often, and who waits for an answer.
            client_mac TEXT NOT NULL,
            interface TEXT NOT NULL,
            host_name TEXT,
            relay_address TEXT,            -- the relay agent through which its last request came
            first_seen_at INTEGER NOT NULL,  -- all times in microseconds since the Unix epoch
            last_seen_at INTEGER NOT NULL,
            packets INTEGER NOT NULL,      -- all that are about it, in both directions, whatever became of them
            requests INTEGER NOT NULL,     -- DISCOVER, REQUEST, INFORM and BOOTP that were forwarded
            answers INTEGER NOT NULL,      -- OFFER, ACK, NAK and BOOTP that were forwarded
            last_answer_at INTEGER,        -- NULL: it was never answered
            unanswered INTEGER NOT NULL,   -- requests since the last answer
            unanswered_since INTEGER,      -- the first of them; NULL if there is none
            PRIMARY KEY (client_mac, interface)
        ) WITHOUT ROWID;
        CREATE INDEX clients_unanswered ON clients (unanswered_since) WHERE unanswered_since IS NOT NULL;
        CREATE INDEX clients_by_last_seen ON clients (last_seen_at);
        """

    private static let earlierPacketCounts = """
        INSERT INTO packet_counts
        SELECT captured_at / 3600000000 * 3600000000 AS hour, interface, direction, verdict,
            coalesce(message_type, '') AS type, count(*), sum(length(frame))
        FROM packets GROUP BY hour, interface, direction, verdict, type
        """

    private static let isRequest = """
        (verdict = 'forwarded' AND direction = 'to-server'
            AND coalesce(message_type, 'DISCOVER') IN ('DISCOVER', 'REQUEST', 'INFORM'))
        """
    private static let isAnswer = """
        (verdict = 'forwarded' AND direction = 'to-client'
            AND coalesce(message_type, 'OFFER') IN ('OFFER', 'ACK', 'NAK'))
        """
    private static let earlierClients = """
        INSERT INTO clients
        SELECT client_mac, interface, max(host_name), NULL, min(captured_at), max(captured_at), count(*),
            sum(\(isRequest)), sum(\(isAnswer)), max(captured_at) FILTER (WHERE \(isAnswer)), 0, NULL
        FROM packets WHERE client_mac IS NOT NULL GROUP BY client_mac, interface
        """

    private static let earlierUnanswered = """
        UPDATE clients SET unanswered = waiting.requests, unanswered_since = waiting.since
        FROM (
            SELECT client_mac, interface, count(*) AS requests, min(captured_at) AS since
            FROM packets JOIN clients AS client USING (client_mac, interface)
            WHERE \(isRequest) AND captured_at > coalesce(client.last_answer_at, 0)
            GROUP BY client_mac, interface
        ) AS waiting
        WHERE clients.client_mac = waiting.client_mac AND clients.interface = waiting.interface
        """
}
