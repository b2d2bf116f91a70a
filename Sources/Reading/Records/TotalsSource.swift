package import LeaseStore

/// Reads the totals of the database at a path again and again.
///
/// The database stays open between readings, until another file is at its path.
package struct TotalsSource: Sendable {
    private let path: String
    private var reader: LeaseReader?

    /// The totals of the database at `path`, which is opened when they are asked for.
    package init(path: String) {
        self.path = path
    }

    /// What the database holds at one moment.
    ///
    /// - Throws: `missing` and what else keeps it from being opened, `failed`.
    package mutating func totals() throws(LeaseStoreError) -> RecordTotals {
        if let reader, reader.connection.isInPlace { return try Self.totals(reader, path) }
        reader = nil
        let opened = try LeaseReader(path: path)
        reader = opened
        return try Self.totals(opened, path)
    }

    private static func totals(_ reader: LeaseReader, _ path: String) throws(LeaseStoreError) -> RecordTotals {
        do {
            return try reader.connection.read { database in
                // A newer recorder may have changed it since.
                try Schema.requireCurrent(database, at: path)
                return try RecordTotals(database)
            }
        } catch {
            throw LeaseStoreError(error)
        }
    }
}
