package import GRDB
internal import Messages

/// The batches that are kept as they came, within one transaction.
///
/// The log of SQLite makes of the table a journal: what is added is written behind what is there, with checksums, and
/// waits for the disk once.
package struct BacklogTable {
    private let database: Database

    /// The table of this database.
    package init(_ database: Database) {
        self.database = database
    }

    /// What is there.
    ///
    /// Asks for the first row and the last, however many there are between them.
    package func extent() throws -> Backlog {
        let ends = try RowStatement(
            database,
            sql: """
                SELECT last.total - first.total + length(first.message), last.id - first.id + 1, first.received_at
                FROM backlog AS first, backlog AS last
                WHERE first.id = (SELECT min(id) FROM backlog) AND last.id = (SELECT max(id) FROM backlog)
                """)
        return try ends.first { _ in
        } read: { row in
            Backlog(bytes: row.number(0) ?? 0, batches: row.number(1) ?? 0, oldest: row.number(2) ?? 0)
        } ?? .none
    }

    /// When the first batch came that says about leases what is not in their table yet, in microseconds since the Unix
    /// epoch: one that an older version has kept, or one behind it, for it has to come first.
    func oldestWithLeases() throws -> Int64? {
        try Int64.fetchOne(
            database,
            sql: """
                SELECT received_at FROM backlog
                WHERE id = (SELECT min(id) FROM backlog) AND NOT has_leases_stored
                """)
    }

    /// The last records that are kept and whose leases are stored: what came after all packets that are in their table.
    ///
    /// - Parameter count: how many at most, but for whole batches.
    func lastWithLeasesStored(records count: Int) throws -> [Messages.Record] {
        let statement = try RowStatement(
            database, sql: "SELECT message, has_leases_stored FROM backlog WHERE id < ? ORDER BY id DESC LIMIT 1")
        var next = (try Int64.fetchOne(database, sql: "SELECT max(id) FROM backlog") ?? 0) + 1
        var (batches, found): ([RecordBatch], Int) = ([], 0)
        while found < count, batches.count < Self.mostRecalled {
            let message = try statement.first {
                $0.add(next)
            } read: { row in
                row.number(1) == 1 ? row.bytes(0) : nil
            }
            guard let message = message ?? nil, let batch = ReceivedBatch(message)?.batch else { break }
            batches.append(batch)
            found += batch.records.count
            next -= 1
        }
        return batches.reversed().flatMap(\.records)
    }

    /// In a storm a batch has some 80 packets.
    private static let mostRecalled = 256

    /// Adds batches that came at `time`, in microseconds since the Unix epoch, behind those that are there.
    ///
    /// - Parameter hasLeasesStored: whether what they say about leases is in the table `leases`.
    func append(_ batches: [ReceivedBatch], at time: Int64, hasLeasesStored: Bool) throws {
        var total =
            try Int64.fetchOne(database, sql: "SELECT total FROM backlog ORDER BY id DESC LIMIT 1") ?? 0
        let insertion = try RowStatement(
            database, sql: "INSERT INTO backlog (received_at, total, has_leases_stored, message) VALUES (?, ?, ?, ?)")
        for batch in batches {
            total += Int64(batch.datagram.count)
            try insertion.execute { row in
                row.add(time)
                row.add(total)
                row.add(hasLeasesStored ? 1 : 0)
                row.add(batch.datagram)
            }
        }
    }

    /// Takes the first batches out, in their order, and hands each to `body` with the time when it came.
    ///
    /// They are all alike in whether their leases are stored: what is not is taken alone.
    ///
    /// - Returns: how many there were.
    func takeFirst(
        _ count: Int, whoseLeasesAreStored isStored: Bool, _ body: (RecordBatch, _ time: UInt64) throws -> Void
    ) throws -> Int {
        let statement = try RowStatement(
            database,
            sql: """
                SELECT id, received_at, message, has_leases_stored FROM backlog ORDER BY id LIMIT ?
                """)
        let rows = try statement.all {
            $0.add(Int64(count))
        } read: { row in
            (id: row.number(0) ?? 0, time: row.number(1) ?? 0, message: row.bytes(2), isStored: row.number(3) == 1)
        }.prefix { row in row.isStored == isStored }
        guard let last = rows.last?.id else { return 0 }
        for row in rows {
            guard let received = ReceivedBatch(row.message) else {
                throw LeaseStoreError.failed(reason: "batch \(row.id) of the table backlog cannot be read")
            }
            try body(received.batch, UInt64(clamping: row.time))
        }
        try database.cachedStatement(sql: "DELETE FROM backlog WHERE id <= ?").execute(arguments: [last])
        return rows.count
    }
}
