internal import GRDB
internal import GRDBSQLite

/// A statement for many rows, whose values go to SQLite as they are.
///
/// GRDB's own arguments are arrays of boxed values: to make them takes longer than it takes SQLite to store the row.
@safe
struct RowStatement {
    private let database: Database
    private let statement: Statement

    /// The statement `sql`, prepared once for the connection.
    init(_ database: Database, sql: String) throws {
        self.database = database
        statement = try database.cachedStatement(sql: sql)
    }

    /// Executes the statement; `bind` gives a value for each of its parameters.
    func execute(_ bind: (inout RowValues) -> Void) throws {
        defer { reset() }
        start(bind)
        while try step() {}
    }

    /// The first row that the statement finds, or nothing.
    func first<Value>(_ bind: (inout RowValues) -> Void, read: (RowColumns) throws -> Value) throws -> Value? {
        defer { reset() }
        start(bind)
        return try step() ? read(unsafe RowColumns(statement.sqliteStatement)) : nil
    }

    /// All rows that the statement finds.
    func all<Value>(_ bind: (inout RowValues) -> Void, read: (RowColumns) throws -> Value) throws -> [Value] {
        defer { reset() }
        start(bind)
        var found: [Value] = []
        while try step() { found.append(try read(unsafe RowColumns(statement.sqliteStatement))) }
        return found
    }

    private func start(_ bind: (inout RowValues) -> Void) {
        var values = unsafe RowValues(statement.sqliteStatement)
        bind(&values)
    }

    /// Whether there is another row.
    private func step() throws -> Bool {
        switch unsafe sqlite3_step(statement.sqliteStatement) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        }
    }

    /// What it says was said before, by the step that failed.
    private func reset() {
        unsafe sqlite3_reset(statement.sqliteStatement)
    }
}

/// The values for the parameters of a statement, from the first to the last.
@safe
struct RowValues {
    private let handle: SQLiteStatement
    private var place: CInt = 0
    // SQLITE_TRANSIENT, a macro: SQLite makes a copy.
    private static var copied: sqlite3_destructor_type { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    fileprivate init(_ handle: SQLiteStatement) {
        unsafe self.handle = handle
    }

    /// The next value is a text, or NULL.
    mutating func add(_ text: String?) {
        place += 1
        guard var text else { return unsafe check(sqlite3_bind_null(handle, place)) }
        let code = text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                unsafe sqlite3_bind_text(handle, place, bytes.baseAddress, CInt(bytes.count), Self.copied)
            }
        }
        check(code)
    }

    /// The next value is a number, or NULL.
    mutating func add(_ number: Int64?) {
        place += 1
        check(unsafe number.map { unsafe sqlite3_bind_int64(handle, place, $0) } ?? sqlite3_bind_null(handle, place))
    }

    /// The next value is bytes.
    mutating func add(_ bytes: [UInt8]) {
        place += 1
        // Bytes at no address would be NULL.
        guard !bytes.isEmpty else { return unsafe check(sqlite3_bind_zeroblob(handle, place, 0)) }
        let code = unsafe bytes.withUnsafeBytes { bytes in
            unsafe sqlite3_bind_blob(handle, place, bytes.baseAddress, CInt(bytes.count), Self.copied)
        }
        check(code)
    }

    /// It touches no file: only a wrong place or a lack of memory makes it fail.
    private func check(_ code: CInt) {
        precondition(code == SQLITE_OK, "cannot bind value \(place): SQLite says \(code)")
    }
}

/// The columns of a row that a statement has found, counted from 0; valid until the next.
@safe
struct RowColumns {
    private let handle: SQLiteStatement

    fileprivate init(_ handle: SQLiteStatement) {
        unsafe self.handle = handle
    }

    /// The text in a column, or nothing when it is NULL.
    func text(_ column: CInt) -> String? {
        guard let start = unsafe sqlite3_column_text(handle, column) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The bytes in a column; none when it is NULL.
    func bytes(_ column: CInt) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The number in a column, or nothing when it is NULL.
    func number(_ column: CInt) -> Int64? {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
    }
}
