internal import GRDB

/// The database, open for reading, by whoever may read its files and whether the recorder runs or not.
public struct LeaseReader: Sendable {
    private let queue: DatabaseQueue

    /// Opens the database at `path`.
    ///
    /// - Throws: `missing`, `unusable`, `foreign`, `newerSchema`, `olderSchema`.
    public init(path: String) throws(LeaseStoreError) {
        guard try DatabaseFile.exists(at: path) else { throw .missing(path: path) }
        do { queue = try Self.open(path) } catch { throw LeaseStoreError(opening: path, error) }
    }

    /// The rows of `table` with the newest last.
    ///
    /// - Parameters:
    ///   - table: what to read.
    ///   - form: how to read it.
    ///   - limit: how many of the newest rows to read, at least 1; all of them without it.
    /// - Throws: `failed`.
    public func pages(of table: RecordTable, as form: RecordForm, newest limit: Int?) throws(LeaseStoreError)
        -> RecordPages
    {
        do { return try RecordPages(queue, table, form, newest: limit) } catch { throw LeaseStoreError(error) }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        switch try queue.read({ try Schema.identify($0, at: path) }) {
        case .current: return queue
        case .older: throw LeaseStoreError.olderSchema(path: path)
        case .newer: throw LeaseStoreError.newerSchema(path: path)
        }
    }
}

/// Rows of a table, a page at a time.
///
/// Each page is a transaction of its own: a reader that waits for whoever looks at its output must not hold one, for
/// while it does the recorder's log only grows.
public struct RecordPages {
    private static let pageLength = 1000

    /// Whether there are older rows that are not read.
    public let isCut: Bool

    private let queue: DatabaseQueue
    private let sql: String
    private var next: Int64?
    private let last: Int64

    fileprivate init(_ queue: DatabaseQueue, _ table: RecordTable, _ form: RecordForm, newest limit: Int?) throws {
        self.queue = queue
        sql = """
            SELECT id, \(table.expressions(form).joined(separator: ", ")) FROM \(table.name)
            WHERE id BETWEEN ? AND ? AND \(table.condition) ORDER BY id LIMIT \(Self.pageLength)
            """
        (next, last, isCut) = try queue.read { database in
            let first = try limit.flatMap { try Self.first(of: table, newest: $0, in: database) }
            return (
                first ?? 0, try Int64.fetchOne(database, sql: "SELECT max(id) FROM \(table.name)") ?? 0,
                try first.map { try Self.hasRows(of: table, before: $0, in: database) } ?? false
            )
        }
    }

    /// Where the newest `limit` rows begin; nothing when there are not as many.
    private static func first(of table: RecordTable, newest limit: Int, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database, sql: "SELECT id FROM \(table.name) WHERE \(table.condition) ORDER BY id DESC LIMIT 1 OFFSET ?",
            arguments: [limit - 1])
    }

    private static func hasRows(of table: RecordTable, before id: Int64, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM \(table.name) WHERE id < ? AND \(table.condition))",
            arguments: [id]) ?? false
    }

    /// The next rows, or nothing when there are no more.
    ///
    /// What is NULL is empty text.
    ///
    /// - Throws: `failed`.
    public mutating func nextPage() throws(LeaseStoreError) -> [[String]]? {
        guard let first = next else { return nil }
        let rows: [Row]
        do {
            let last = last
            let sql = sql
            rows = try queue.read { try Row.fetchAll($0, sql: sql, arguments: [first, last]) }
        } catch {
            throw LeaseStoreError(error)
        }
        next = rows.count == Self.pageLength ? rows.last.map { $0[0] + 1 } : nil
        return rows.isEmpty ? nil : rows.map(Self.texts)
    }

    private static func texts(_ row: Row) -> [String] {
        row.databaseValues.dropFirst().map { String.fromDatabaseValue($0) ?? "" }
    }
}
