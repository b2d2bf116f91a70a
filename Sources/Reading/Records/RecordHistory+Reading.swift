internal import GRDB
internal import LeaseStore

extension RecordHistory {
    /// The end of the year 9999.
    private static let endOfTime: Int64 = 253_402_300_799_999_999

    /// From the first record until behind the last.
    static func recordedPeriod(_ database: Database) throws -> Range<Int64>? {
        // One at a time: then SQLite takes the first and the last entry of an index.
        func edges(_ function: String, hour: String) throws -> [Int64] {
            try [
                "\(function)(captured_at) FROM packets", "\(hour) FROM packet_counts",
                "\(function)(bound_at) FROM leases", "\(function)(started_at) FROM starts",
                "\(function)(happened_at) FROM events",
            ].compactMap { try Int64.fetchOne(database, sql: "SELECT \($0)") }
        }
        // The packets of the first counted hours may be removed; they came before the hour's end.
        let firsts = try edges("min", hour: "min(hour_at) + \(TimeSlots.hour - 1)")
        guard let first = firsts.min(), let last = try edges("max", hour: "max(hour_at)").max() else { return nil }
        return min(max(first, 0), endOfTime)..<min(max(last, 0), endOfTime) + 1
    }

    static func starts(_ database: Database, _ condition: SQL) throws -> [Starts] {
        let request = SQLRequest<Row>(
            literal: """
                SELECT uplink, server_command, count(*), count(*) FILTER (WHERE outcome = 'ready'),
                    avg(total_us) FILTER (WHERE outcome = 'ready') / 1000.0,
                    min(total_us) FILTER (WHERE outcome = 'ready') / 1000.0,
                    max(total_us) FILTER (WHERE outcome = 'ready') / 1000.0
                FROM starts WHERE \(condition) GROUP BY uplink, server_command ORDER BY count(*) DESC LIMIT 20
                """)
        return try request.fetchAll(database).map {
            Starts(
                uplink: $0[0], serverCommand: $0[1], count: $0[2], ready: $0[3], mean: $0[4], shortest: $0[5],
                longest: $0[6])
        }
    }

    /// The leases held at a time are those given before it without those that ended before it: two counts for each slot.
    static func leases(_ database: Database, _ slots: TimeSlots, until end: Int64) throws -> [Leases] {
        let given = try changes(database, slots, "bound_at", until: end)
        let ended = try changes(database, slots, "coalesce(ended_at, expires_at)", until: end)
        return given.keys.sorted().map { interface in
            let given = given[interface] ?? [:]
            let ended = ended[interface] ?? [:]
            var held = (given[-1] ?? 0) - (ended[-1] ?? 0)
            return Leases(
                interface: interface, given: (0..<slots.count).map { given[$0] ?? 0 },
                held: (0..<slots.count).map { slot in
                    held += (given[slot] ?? 0) - (ended[slot] ?? 0)
                    return held
                })
        }
    }

    /// How many leases there are of each LAN whose time is in each slot, and under -1 before all of them.
    private static func changes(
        _ database: Database, _ slots: TimeSlots, _ time: String, until end: Int64
    ) throws -> [String: [Int: Int64]] {
        let time = SQL(sql: time)
        let request = SQLRequest<Row>(
            literal: """
                SELECT interface, iif(\(time) < \(slots.begin), -1, (\(time) - \(slots.begin)) / \(slots.width)) AS slot,
                    count(*)
                FROM leases WHERE \(time) < \(end) GROUP BY interface, slot
                """)
        return try request.fetchAll(database).reduce(into: [:]) { counts, row in
            counts[row[0] as String, default: [:]][row[1]] = row[2]
        }
    }

    private static let messageTypes = [
        "DISCOVER", "OFFER", "REQUEST", "ACK", "NAK", "DECLINE", "RELEASE", "INFORM", "",
    ]

    static func packets(_ database: Database, _ hours: TimeSlots) throws -> [Packets] {
        let known = SQL(sql: messageTypes.map { "'\($0)'" }.joined(separator: ", "))
        let request = SQLRequest<Row>(
            literal: """
                SELECT iif(message_type IN (\(known)), message_type, 'other') AS type,
                    (hour_at - \(hours.begin)) / \(hours.width) AS slot, sum(packets),
                    coalesce(sum(packets) FILTER (WHERE verdict = 'forwarded'), 0)
                FROM packet_counts WHERE hour_at >= \(hours.begin) AND hour_at < \(hours.end) GROUP BY type, slot
                """)
        let rows = Dictionary(grouping: try request.fetchAll(database)) { $0[0] as String }
        return (messageTypes + ["other"]).compactMap { type in
            guard let rows = rows[type] else { return nil }
            let counts = Dictionary(uniqueKeysWithValues: rows.map { ($0[1] as Int, $0[2] as Int64) })
            return Packets(
                messageType: type, counts: (0..<hours.count).map { counts[$0] ?? 0 },
                forwarded: rows.reduce(0) { $0 + $1[3] })
        }
    }

    static func drops(_ database: Database, _ hours: TimeSlots) throws -> [Drops] {
        let request = SQLRequest<Row>(
            literal: """
                SELECT verdict, sum(packets), max(hour_at) FROM packet_counts
                WHERE verdict NOT IN (\(sql: Schema.undropped))
                AND hour_at >= \(hours.begin) AND hour_at < \(hours.end)
                GROUP BY verdict ORDER BY 2 DESC, 1
                """)
        return try request.fetchAll(database).map { Drops(reason: $0[0], packets: $0[1], lastHour: $0[2]) }
    }
}

extension RecordHistory.Latencies {
    /// The exchanges that began in `period`, within its first packets.
    init(_ database: Database, _ period: Range<Int64>) throws {
        let enough = SQLRequest<Int64>(
            literal: """
                SELECT captured_at FROM packets
                WHERE captured_at >= \(period.lowerBound) AND captured_at < \(period.upperBound)
                ORDER BY captured_at LIMIT 1 OFFSET \(RecordHistory.packetLimit)
                """)
        let end = try enough.fetchOne(database) ?? period.upperBound
        let request = SQLRequest<Row>(
            literal: """
                SELECT discover_to_offer_ms, discover_to_ack_ms, request_to_ack_ms, ended_with IS NULL FROM exchanges
                WHERE started_at >= \(period.lowerBound) AND started_at < \(end)
                """)
        for row in try request.fetchAll(database) {
            if let milliseconds = row[0] as Double? { discoverToOffer.append(milliseconds) }
            if let milliseconds = row[1] as Double? { discoverToAck.append(milliseconds) }
            if let milliseconds = row[2] as Double? { requestToAck.append(milliseconds) }
            exchanges += 1
            unanswered += row[3] ? 1 : 0
        }
    }
}
