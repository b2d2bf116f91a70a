package import GRDB

extension Schema {
    /// How a database relates to the schema of this program.
    enum Version {
        /// Without any table yet.
        case empty
        /// Of an older middle-sock.
        case older
        /// The same.
        case current
        /// Of a newer middle-sock.
        case newer
    }

    /// Says which version a database is of.
    ///
    /// - Throws: `LeaseStoreError.foreign` if another program made it, or what SQLite throws.
    static func identify(_ database: Database, at path: String) throws -> Version {
        let identifier = try Int32.fetchOne(database, sql: "PRAGMA application_id")
        // The table of the migrations comes before the first of them: there may have been no time for more.
        let isEmpty =
            try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'")
            == 0
        guard identifier == applicationID || isEmpty else { throw LeaseStoreError.foreign(path: path) }
        guard !isEmpty else { return .empty }
        if try migrator.hasBeenSuperseded(database) { return .newer }
        return try migrator.hasCompletedMigrations(database) ? .current : .older
    }

    /// Refuses a database that is not of this version.
    ///
    /// - Throws: `LeaseStoreError.foreign`, `empty`, `olderSchema`, `newerSchema`, or what SQLite throws.
    package static func requireCurrent(_ database: Database, at path: String) throws {
        switch try identify(database, at: path) {
        case .current: return
        case .empty: throw LeaseStoreError.empty(path: path)
        case .older: throw LeaseStoreError.olderSchema(path: path)
        case .newer: throw LeaseStoreError.newerSchema(path: path)
        }
    }
}
