extension Schema {
    /// Whether the packet `alias` was forwarded for the same client with the same transaction identifier as `other`.
    private static func isRelated(_ alias: String, to other: String) -> String {
        """
        \(alias).transaction_id = \(other).transaction_id AND \(alias).client_mac IS \(other).client_mac
            AND \(alias).interface = \(other).interface AND \(alias).verdict = 'forwarded'
        """
    }

    /// Something of the last packet before `other` that is related to it.
    private static func last(_ expression: String, before other: String, of types: String? = nil) -> String {
        let restriction = types.map { " AND earlier.message_type IN (\($0))" } ?? ""
        return """
            (
                SELECT earlier.\(expression) FROM packets AS earlier
                WHERE \(isRelated("earlier", to: other)) AND earlier.id < \(other).id\(restriction)
                ORDER BY earlier.id DESC LIMIT 1
            )
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
    // address. So the identifier alone does not say where an exchange begins and ends. Each packet is looked for in one
    // join: SQLite would look again wherever a column that is a subquery is named.
    static let exchanges = """
        CREATE VIEW exchanges AS
        -- One row per transaction: what a client began, and how long the answers took, in milliseconds.
        -- It begins with a DISCOVER, REQUEST or INFORM, and ends with the first ACK or NAK, or before a silence of two
        -- minutes. Retransmissions are part of it.
        WITH opened AS (
            SELECT
                opening.*,
                (
                    SELECT later.id FROM packets AS later
                    WHERE \(isRelated("later", to: "opening")) AND later.id > opening.id
                    AND later.captured_at - \(last("captured_at", before: "later")) > 120000000
                    ORDER BY later.id LIMIT 1
                ) AS next_id -- the first packet behind the silence
            FROM packets AS opening
            WHERE opening.message_type IN ('DISCOVER', 'REQUEST', 'INFORM') AND opening.verdict = 'forwarded'
            AND (
                -- What comes behind an answer and asks nothing, such as a DECLINE, begins nothing and ends nothing.
                coalesce(\(last("message_type IN ('ACK', 'NAK')", before: "opening",
                    of: "'DISCOVER', 'REQUEST', 'INFORM', 'ACK', 'NAK'")), TRUE)
                OR opening.captured_at - \(last("captured_at", before: "opening")) > 120000000
            )
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
        FROM opened
        LEFT JOIN packets AS answer ON answer.id = \(first("'ACK', 'NAK'"))
        LEFT JOIN packets AS offer ON
            offer.id = CASE opened.message_type WHEN 'DISCOVER' THEN \(first("'OFFER'")) END
            AND (answer.id IS NULL OR offer.id < answer.id)
        LEFT JOIN packets AS request ON
            request.id = CASE opened.message_type WHEN 'DISCOVER' THEN \(first("'REQUEST'")) WHEN 'REQUEST' THEN opened.id END
            AND request.id < answer.id
        """
}
