internal import GRDB
internal import Messages
internal import Packet

/// The tables `packet_counts` and `clients`: adds to them what was counted.
struct TallyTables {
    private let hours: RowStatement
    private let clients: RowStatement

    init(_ database: Database) throws {
        hours = try RowStatement(database, sql: Self.addHour)
        clients = try RowStatement(database, sql: Self.addClient)
    }

    /// Each thousand clients, which take some 10 ms, `pause` is called.
    func add(_ tally: PacketTally, _ pause: () -> Void) throws {
        for (hour, amount) in tally.hours { try add(hour, amount) }
        // In the order of the table, so that each of its pages is visited once.
        let clients = tally.clients.sorted { $0.key.hardwareAddress < $1.key.hardwareAddress }
        for (number, (client, activity)) in clients.enumerated() {
            if number % 1000 == 999 { pause() }
            try add(client, activity)
        }
    }

    private func add(_ hour: PacketTally.Hour, _ amount: PacketTally.Amount) throws {
        try hours.execute { row in
            row.add(hour.beginsAt)
            row.add(hour.interface)
            row.add(hour.direction.description)
            row.add(hour.verdict.description)
            row.add(hour.messageType)
            row.add(amount.packets)
            row.add(amount.bytes)
        }
    }

    private func add(_ client: PacketTally.Client, _ activity: PacketTally.Activity) throws {
        try clients.execute { row in
            row.add(client.hardwareAddress)
            row.add(client.interface)
            row.add(activity.hostName)
            row.add(activity.relayAddress)
            row.add(activity.firstSeenAt)
            row.add(activity.lastSeenAt)
            row.add(activity.packets)
            row.add(activity.requests)
            row.add(activity.answers)
            row.add(activity.lastAnswerAt)
            row.add(activity.unanswered)
            row.add(activity.unansweredSince)
            row.add(activity.leasedAt)
        }
    }

    private static let addHour = """
        INSERT INTO packet_counts VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET packets = packets + excluded.packets, bytes = bytes + excluded.bytes
        """

    private static let addClient = """
        INSERT INTO clients (client_mac, interface, host_name, relay_address, first_seen_at, last_seen_at, packets,
        requests, answers, last_answer_at, unanswered, unanswered_since, leased_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET
            host_name = coalesce(excluded.host_name, host_name),
            relay_address = coalesce(excluded.relay_address, relay_address),
            first_seen_at = min(first_seen_at, excluded.first_seen_at),
            last_seen_at = max(last_seen_at, excluded.last_seen_at),
            packets = packets + excluded.packets,
            requests = requests + excluded.requests,
            answers = answers + excluded.answers,
            last_answer_at = coalesce(excluded.last_answer_at, last_answer_at),
            unanswered = excluded.unanswered + iif(excluded.answers > 0, 0, unanswered),
            unanswered_since =
                iif(excluded.answers > 0, excluded.unanswered_since, coalesce(unanswered_since, excluded.unanswered_since)),
            leased_at = coalesce(excluded.leased_at, leased_at)
        """
}
