internal import GRDB
package import LeaseStore

/// The end of the `packets` table: each packet is read once, soon after it was stored.
package struct PacketTail {
    private let connection: DatabaseConnection
    private let filter: RecordFilter
    /// The row up to which everything was looked at.
    private var last: Int64

    fileprivate init(_ connection: DatabaseConnection, _ filter: RecordFilter) throws {
        (self.connection, self.filter) = (connection, filter)
        last = try connection.read { database in
            let newest = try Self.newest(in: database)
            guard filter.since != nil else { return newest }
            return try TableRows(database, .packets, filter.onlyPeriod).range().map { $0.lowerBound - 1 } ?? newest
        }
    }

    /// What was stored since the last time, if anything was.
    ///
    /// Reading nothing costs one look-up in the database.
    ///
    /// - Throws: `failed`.
    package mutating func next() throws(LeaseStoreError) -> PacketPages? {
        do {
            let newest = try connection.read(Self.newest)
            // Numbers begin again when all packets were removed.
            let first = newest < last ? 1 : last + 1
            last = newest
            guard first <= newest else { return nil }
            return PacketPages(
                RowPages(connection, .packets, columns: StoredPacket.columns, where: filter, between: first...newest))
        } catch {
            throw LeaseStoreError(error)
        }
    }

    private static func newest(in database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT max(id) FROM packets") ?? 0
    }
}

extension LeaseReader {
    /// The packets that `filter` leaves of those that are stored from now on, and before them those from its `since` on.
    ///
    /// - Throws: `failed`.
    package func tail(where filter: RecordFilter) throws(LeaseStoreError) -> PacketTail {
        do { return try PacketTail(connection, filter) } catch { throw LeaseStoreError(error) }
    }
}
