internal import GRDB

/// The table `notices` within one transaction: which limits that nobody set were told of before they hold.
struct Notices {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Which limits of `retention` that nobody set are to be told before they hold: those of a database that was there
    /// before, unless they were told the last time.
    ///
    /// Of what is set now, nothing is remembered: when it is not any longer that is told anew.
    func unannounced(of retention: Retention, isNew: Bool) throws -> Set<Retention.Part> {
        for part in Retention.Part.allCases where !retention.defaults.contains(part) {
            try database.execute(sql: "DELETE FROM notices WHERE name = ?", arguments: [name(part)])
        }
        guard !isNew else {
            try add(retention.defaults, at: 0)
            return []
        }
        return try retention.defaults.filter { part in
            try Int.fetchOne(database, sql: "SELECT 1 FROM notices WHERE name = ?", arguments: [name(part)]) == nil
        }
    }

    /// The limits of these parts were told at `time`, in microseconds since the Unix epoch; 0 for a database that never
    /// was without them.
    func add(_ parts: Set<Retention.Part>, at time: Int64) throws {
        for part in parts {
            try database.execute(
                sql: "INSERT OR REPLACE INTO notices (name, told_at) VALUES (?, ?)", arguments: [name(part), time])
        }
    }

    private func name(_ part: Retention.Part) -> String { "default-\(part.rawValue)" }
}
