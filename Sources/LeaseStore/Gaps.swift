internal import GRDB
internal import Messages

/// What never reached the database, within one transaction: events of the kind `records-lost`.
///
/// In a storm nearly every batch says that there was no room for some. What a component lost within a minute is one event,
/// at the time of the first: so a stranger can cause no more than one a minute.
struct Gaps {
    private let database: Database
    /// In microseconds.
    static let interval: Int64 = 60_000_000

    init(_ database: Database) {
        self.database = database
    }

    /// Adds records that `component` had to throw away before `time`, in microseconds since the Unix epoch.
    func add(_ records: Int64, of component: ComponentName, at time: Int64) throws {
        try database.cachedStatement(sql: Self.extend).execute(
            arguments: [records, time - Self.interval, time, component.description])
        guard database.changesCount == 0 else { return }
        try database.cachedStatement(
            sql: """
                INSERT INTO events (happened_at, component, kind, detail, amount)
                VALUES (?1, ?2, '\(EventKind.recordsLost)', ?3 || ' records', ?3)
                """
        ).execute(arguments: [time, component.description, records])
    }

    private static let extend = """
        UPDATE events SET detail = (amount + ?1) || ' records', amount = amount + ?1 WHERE id = (
            SELECT id FROM events WHERE kind = '\(EventKind.recordsLost)' AND happened_at > ?2 AND happened_at <= ?3
            AND component = ?4 ORDER BY happened_at DESC LIMIT 1
        )
        """
}
