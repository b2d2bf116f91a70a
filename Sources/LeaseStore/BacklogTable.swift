internal import GRDB
internal import Messages

/// The batches that are kept as they came, within one transaction.
///
/// The log of SQLite makes of the table a journal: what is added is written behind what is there, with checksums, and
/// waits for the disk once.
struct BacklogTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// What is there.
    ///
    /// Asks for the first row and the last, however many there are between them.
    func extent() throws -> Backlog {
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

    /// Adds batches that came at `time`, in microseconds since the Unix epoch, behind those that are there.
    func append(_ batches: [ReceivedBatch], at time: Int64) throws {
        var total =
            try Int64.fetchOne(database, sql: "SELECT total FROM backlog ORDER BY id DESC LIMIT 1") ?? 0
        let insertion = try RowStatement(
            database, sql: "INSERT INTO backlog (received_at, total, message) VALUES (?, ?, ?)")
        for batch in batches {
            total += Int64(batch.datagram.count)
            try insertion.execute { row in
                row.add(time)
                row.add(total)
                row.add(batch.datagram)
            }
        }
    }

    /// Takes the first batches out, in their order, and hands each to `body` with the time when it came.
    func takeFirst(_ count: Int, _ body: (RecordBatch, UInt64) throws -> Void) throws {
        let statement = try RowStatement(
            database, sql: "SELECT id, received_at, message FROM backlog ORDER BY id LIMIT ?")
        let rows = try statement.all {
            $0.add(Int64(count))
        } read: { row in
            (id: row.number(0) ?? 0, time: row.number(1) ?? 0, message: row.bytes(2))
        }
        guard let last = rows.last?.id else { return }
        for row in rows {
            guard let received = ReceivedBatch(row.message) else {
                throw LeaseStoreError.failed(reason: "batch \(row.id) of the table backlog cannot be read")
            }
            try body(received.batch, UInt64(clamping: row.time))
        }
        try database.cachedStatement(sql: "DELETE FROM backlog WHERE id <= ?").execute(arguments: [last])
    }
}
