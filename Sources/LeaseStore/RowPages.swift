internal import GRDB

/// The rows that a filter leaves of a table, in the order in which they were stored, a page at a time.
///
/// Each page is a transaction of its own: a reader that waits for whoever looks at its output must not hold one, for
/// while it does the recorder's log only grows.
struct RowPages {
    private static let pageLength = 1000

    /// Whether there are older rows that are not read.
    let isCut: Bool

    private let connection: DatabaseConnection
    private let selection: SQL
    private var rest: Rest

    /// What has not been read yet.
    private enum Rest {
        /// Rows between two numbers, as far as they meet the condition.
        case range(first: Int64, last: Int64, condition: SQL)
        /// Rows with these numbers.
        case list(ArraySlice<Int64>)
    }

    /// The newest `limit` rows, or all without it, of which each has its `id` and then these columns.
    init(
        _ connection: DatabaseConnection, _ table: RecordTable, columns: [String], where filter: RecordFilter,
        newest limit: Int?
    ) throws {
        self.connection = connection
        selection = SQL(sql: "SELECT id, \(columns.joined(separator: ", ")) FROM \(table.name)")
        (rest, isCut) = try connection.read { database in
            let rows = TableRows(database, table, filter)
            return try filter.namesSubject ? Self.list(rows, newest: limit) : Self.range(rows, newest: limit)
        }
    }

    /// The rows between two numbers that meet the filter.
    init(
        _ connection: DatabaseConnection, _ table: RecordTable, columns: [String], where filter: RecordFilter,
        between ids: ClosedRange<Int64>
    ) {
        self.connection = connection
        selection = SQL(sql: "SELECT id, \(columns.joined(separator: ", ")) FROM \(table.name)")
        rest = .range(
            first: ids.lowerBound, last: ids.upperBound, condition: table.condition(filter, isSearched: false))
        isCut = false
    }

    /// Rows about somebody are few among many: their numbers are looked up by an index.
    private static func list(_ rows: TableRows, newest limit: Int?) throws -> (Rest, Bool) {
        let ids = try rows.numbers(newest: limit.map { $0 + 1 })
        let wanted = limit.map { ids.suffix($0) } ?? ids[...]
        return (.list(wanted), wanted.count < ids.count)
    }

    /// Rows of a period lie together: where they begin and end is looked up by an index.
    private static func range(_ rows: TableRows, newest limit: Int?) throws -> (Rest, Bool) {
        let condition = rows.table.condition(rows.filter, isSearched: false)
        guard let range = try rows.range() else { return (.list([]), false) }
        guard let limit, let first = try rows.first(ofNewest: limit, in: range) else {
            return (.range(first: range.lowerBound, last: range.upperBound, condition: condition), false)
        }
        let isCut = try first > range.lowerBound && rows.exist(in: range.lowerBound...(first - 1))
        return (.range(first: first, last: range.upperBound, condition: condition), isCut)
    }

    /// The next rows, or nothing when there are no more.
    mutating func next() throws -> [Row]? {
        switch rest {
        case .range(let first, let last, let condition):
            guard first <= last else { return nil }
            let rows = try rows(where: "id BETWEEN \(first) AND \(last) AND \(condition)")
            rest = .range(
                first: rows.count == Self.pageLength ? rows.last.map { $0[0] + 1 } ?? .max : .max, last: last,
                condition: condition)
            return rows.isEmpty ? nil : rows
        case .list(let ids):
            guard !ids.isEmpty else { return nil }
            rest = .list(ids.dropFirst(Self.pageLength))
            let list = SQL(sql: ids.prefix(Self.pageLength).map(String.init).joined(separator: ", "))
            let rows = try rows(where: "id IN (\(list))")
            // What was removed meanwhile is not the end.
            return try rows.isEmpty ? next() : rows
        }
    }

    private func rows(where condition: SQL) throws -> [Row] {
        let request = SQLRequest<Row>(
            literal: "\(selection) WHERE \(condition) ORDER BY id LIMIT \(Self.pageLength)")
        return try connection.read { try request.fetchAll($0) }
    }
}

/// Where in a table the rows are that a filter leaves.
struct TableRows {
    let database: Database
    let table: RecordTable
    let filter: RecordFilter

    init(_ database: Database, _ table: RecordTable, _ filter: RecordFilter) {
        (self.database, self.table, self.filter) = (database, table, filter)
    }

    private var name: SQL { SQL(sql: table.name) }

    /// The numbers of the newest `count` rows, or of all.
    func numbers(newest count: Int?) throws -> [Int64] {
        let condition = table.condition(filter, isSearched: true)
        let request = SQLRequest<Int64>(
            literal: "SELECT id FROM \(name) WHERE \(condition) ORDER BY +id DESC LIMIT \(count ?? -1)")
        return try request.fetchAll(database).reversed()
    }

    /// Between which numbers all of the rows are, beside others.
    func range() throws -> ClosedRange<Int64>? {
        let condition = table.isOrderedByTime ? table.condition(filter, isSearched: true) : "TRUE"
        // Asked for one at a time: then SQLite takes the first it finds in a table without a condition.
        func edge(_ function: String) throws -> Int64? {
            try SQLRequest<Int64>(literal: "SELECT \(SQL(sql: function))(id) FROM \(name) WHERE \(condition)")
                .fetchOne(database)
        }
        guard let first = try edge("min"), let last = try edge("max") else { return nil }
        return first...last
    }

    /// Where the newest `limit` rows begin; nothing when there are not as many.
    func first(ofNewest limit: Int, in range: ClosedRange<Int64>) throws -> Int64? {
        try SQLRequest<Int64>(
            literal: """
                SELECT id FROM \(name) WHERE \(within(range)) ORDER BY id DESC LIMIT 1 OFFSET \(limit - 1)
                """
        ).fetchOne(database)
    }

    func exist(in range: ClosedRange<Int64>) throws -> Bool {
        try SQLRequest<Bool>(literal: "SELECT EXISTS (SELECT 1 FROM \(name) WHERE \(within(range)))")
            .fetchOne(database) ?? false
    }

    private func within(_ range: ClosedRange<Int64>) -> SQL {
        "id BETWEEN \(range.lowerBound) AND \(range.upperBound) AND \(table.condition(filter, isSearched: false))"
    }
}
