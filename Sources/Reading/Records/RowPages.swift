internal import GRDB
internal import LeaseStore

/// The rows that a filter leaves of a table, the oldest first, a page at a time.
///
/// Each page is a transaction of its own. A reader must not hold a transaction while it waits for somebody who looks at its
/// output: the recorder's log would grow all the while.
struct RowPages {
    private static let pageLength = 1000

    /// Whether there are older rows that are not read.
    let isCut: Bool

    private let connection: DatabaseConnection
    private let selection: SQL
    private let order: RowOrder
    private var rest: Rest

    /// What has not been read yet.
    private enum Rest {
        /// Rows behind one place and up to another, as far as they meet the condition.
        case range(after: RowPlace, last: RowPlace, condition: SQL)
        /// Rows with these numbers.
        case list(ArraySlice<Int64>)
    }

    /// The newest `limit` rows, or all without it, of which each has its `id` and then these columns.
    init(
        _ connection: DatabaseConnection, _ table: RecordTable, columns: [String], where filter: RecordFilter,
        newest limit: Int?
    ) throws {
        let order = table.order
        (self.connection, self.order) = (connection, order)
        selection = order.selection(columns, of: table)
        (rest, isCut) = try connection.read { database in
            let rows = TableRows(database, table, filter)
            return try filter.namesSubject ? Self.list(rows, newest: limit) : Self.range(rows, newest: limit)
        }
    }

    /// The rows between two numbers that meet the filter, in the order in which they were stored.
    init(
        _ connection: DatabaseConnection, _ table: RecordTable, columns: [String], where filter: RecordFilter,
        between ids: ClosedRange<Int64>
    ) {
        (self.connection, order) = (connection, .stored)
        selection = order.selection(columns, of: table)
        rest = .range(
            after: RowPlace(id: ids.lowerBound - 1), last: RowPlace(id: ids.upperBound),
            condition: table.condition(filter, isSearched: false))
        isCut = false
    }

    /// Rows of one client or address are few among many: an index gives their numbers.
    private static func list(_ rows: TableRows, newest limit: Int?) throws -> (Rest, Bool) {
        let ids = try rows.numbers(newest: limit.map { $0 + 1 })
        let wanted = limit.map { ids.suffix($0) } ?? ids[...]
        return (.list(wanted), wanted.count < ids.count)
    }

    /// Rows of a period lie together: an index says where they begin and end.
    private static func range(_ rows: TableRows, newest limit: Int?) throws -> (Rest, Bool) {
        let condition = rows.table.condition(rows.filter, isSearched: false)
        guard let last = try rows.places(skipping: 0, atMost: 1).first else { return (.list([]), false) }
        let edges = try limit.map { try rows.places(skipping: $0 - 1, atMost: 2) } ?? []
        guard let first = edges.first else {
            let begin = RowPlace(time: rows.filter.since.map { $0 - 1 } ?? .min, id: .min)
            return (.range(after: begin, last: last, condition: condition), false)
        }
        return (.range(after: first.predecessor, last: last, condition: condition), edges.count > 1)
    }

    /// The next rows, or nothing when there are no more.
    mutating func next() throws -> [Row]? {
        switch rest {
        case .range(let after, let last, let condition):
            let rows = try rows(where: "\(order.isWithin(after, last)) AND \(condition)")
            guard let newest = rows.last else { return nil }
            rest =
                rows.count < Self.pageLength
                ? .list([]) : .range(after: order.place(of: newest), last: last, condition: condition)
            return rows
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
            literal: "\(selection) WHERE \(condition) ORDER BY \(order.columns) LIMIT \(Self.pageLength)")
        return try connection.read { try request.fetchAll($0) }
    }
}

/// The place of a row in the order of a table.
///
/// Rows that were not stored in the order of their times lie among others.
struct RowPlace: Hashable {
    var time: Int64 = 0
    var id: Int64

    /// The place right before it.
    var predecessor: RowPlace { RowPlace(time: time, id: id - 1) }
}

/// In which order rows are read.
enum RowOrder {
    /// As they were stored.
    case stored
    /// By a column of times that has an index; rows of the same time as they were stored.
    case time(String)

    /// What is ordered by.
    var columns: SQL { SQL(sql: names.joined(separator: ", ")) }

    /// The same, the newest first.
    var descending: SQL { SQL(sql: names.map { "\($0) DESC" }.joined(separator: ", ")) }

    /// The same, written so that SQLite uses no index for it.
    var unindexed: SQL { SQL(sql: names.map { "+\($0) DESC" }.joined(separator: ", ")) }

    /// The place of a row without others.
    var placeColumns: SQL { SQL(sql: names.count == 1 ? "0, id" : names.joined(separator: ", ")) }

    private var names: [String] {
        switch self {
        case .stored: ["id"]
        case .time(let column): [column, "id"]
        }
    }

    /// Selects `id`, the columns, and behind them where the row is.
    func selection(_ columns: [String], of table: RecordTable) -> SQL {
        SQL(sql: "SELECT id, \((columns + [names[0]]).joined(separator: ", ")) FROM \(table.name)")
    }

    func place(of row: Row) -> RowPlace {
        switch self {
        case .stored: RowPlace(id: row[0])
        case .time: RowPlace(time: row[row.count - 1], id: row[0])
        }
    }

    /// The condition on rows behind one place and up to another.
    func isWithin(_ after: RowPlace, _ last: RowPlace) -> SQL {
        switch self {
        case .stored: return "id > \(after.id) AND id <= \(last.id)"
        case .time(let column):
            let time = SQL(sql: column)
            return """
                \(time) >= \(after.time) AND \(time) <= \(last.time)
                AND (\(time) > \(after.time) OR id > \(after.id)) AND (\(time) < \(last.time) OR id <= \(last.id))
                """
        }
    }
}

/// Where the rows that a filter leaves are in a table.
struct TableRows {
    let database: Database
    let table: RecordTable
    let filter: RecordFilter

    init(_ database: Database, _ table: RecordTable, _ filter: RecordFilter) {
        (self.database, self.table, self.filter) = (database, table, filter)
    }

    private var name: SQL { SQL(sql: table.name) }

    /// The numbers of the newest `count` rows, or of all, the newest last.
    func numbers(newest count: Int?) throws -> [Int64] {
        let condition = table.condition(filter, isSearched: true)
        let request = SQLRequest<Int64>(
            literal: """
                SELECT id FROM \(name) WHERE \(condition) ORDER BY \(table.order.unindexed) LIMIT \(count ?? -1)
                """)
        return try request.fetchAll(database).reversed()
    }

    /// Where rows are, the newest first, without the first `count` of them.
    func places(skipping count: Int, atMost limit: Int) throws -> [RowPlace] {
        // The period is looked up in the index of times, where there is one.
        let condition = table.condition(filter, isSearched: table.isOrderedByTime)
        let request = SQLRequest<Row>(
            literal: """
                SELECT \(table.order.placeColumns) FROM \(name) WHERE \(condition)
                ORDER BY \(table.order.descending) LIMIT \(limit) OFFSET \(count)
                """)
        return try request.fetchAll(database).map { RowPlace(time: $0[0], id: $0[1]) }
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
}
