internal import GRDB
internal import Messages

extension RecordHistory {
    /// Events that differ only in their time.
    package struct Events: Hashable, Sendable {
        /// What happened: the kind of the events, or, for servers that are not ours, what is known of the server.
        package let name: String
        /// Whose they are.
        package let component: String
        /// How many there were.
        package let count: Int64
        /// When the last of them happened, in microseconds since the Unix epoch.
        package let lastAt: Int64
    }

    /// How many kinds of events are told of, and how many servers.
    package static let eventLimit = 30

    /// The events by their kinds, those that happened last first.
    static func events(_ database: Database, _ condition: SQL) throws -> [Events] {
        try events(database, by: "kind", "kind <> \(EventKind.foreignServer.rawValue) AND \(condition)")
    }

    /// Other DHCP servers that were heard, by what is known of them.
    static func foreignServers(_ database: Database, _ condition: SQL) throws -> [Events] {
        try events(database, by: "detail", "kind = \(EventKind.foreignServer.rawValue) AND \(condition)")
    }

    private static func events(_ database: Database, by name: SQL, _ condition: SQL) throws -> [Events] {
        let request = SQLRequest<Row>(
            literal: """
                SELECT \(name), component, count(*), max(happened_at) FROM events WHERE \(condition)
                GROUP BY 1, 2 ORDER BY 4 DESC LIMIT \(eventLimit)
                """)
        return try request.fetchAll(database).map {
            Events(name: $0[0], component: $0[1], count: $0[2], lastAt: $0[3])
        }
    }
}
