package import GRDB
internal import GRDBSQLite
internal import Synchronization

/// A connection to a database, which is closed when nobody holds it any more.
///
/// What GRDB keeps for it stays until the process ends, some KiB: a queue of Dispatch with a value of its own, and to
/// dispose of such a queue Dispatch starts threads (`_dispatch_queue_specific_head_dispose`, queue.c). Those are watched
/// by reading `/proc/self/task/.../stat`, and where that cannot be opened, as in a process that has given up its files,
/// the process is ended by an illegal instruction (`_dispatch_workq_count_runnable_workers`, workqueue.c). So connections
/// are few, and kept for as long as their file is in its place.
package final class DatabaseConnection: Sendable {
    private let queue: DatabaseQueue
    /// Nothing when it is not known which file was opened, because another one took its place meanwhile.
    private let identity: DatabaseFile.Identity?
    private let path: String
    private let isClosed = Atomic(false)

    /// Opens the database at `path`.
    ///
    /// - Throws: `LeaseStoreError` when what is there is no file, or what GRDB throws.
    package init(path: String, configuration: Configuration) throws {
        try DatabaseFile.refuseIrregular(at: path)
        // A queue that GRDB gives up half-way is disposed of, too.
        try Self.probe(path)
        queue = try DatabaseQueue(path: path, configuration: configuration)
        _ = unsafe Unmanaged.passRetained(queue)
        let found = DatabaseFile.identity(at: path)
        identity = queue.inDatabase(Self.hasMoved) ? nil : found
        self.path = path
    }

    deinit {
        // Where it matters whether that works it was closed before.
        try? queue.close()
    }

    /// Whether the open file is the one at its path, and it is still open: until then its number can be no other file's.
    ///
    /// SQLite goes on writing into a file that was removed or replaced, and nobody would find it there.
    package var isInPlace: Bool {
        guard let identity, !isClosed.load(ordering: .relaxed) else { return false }
        return identity == DatabaseFile.identity(at: path)
    }

    /// Reads in one transaction.
    package func read<Value>(_ body: (Database) throws -> Value) throws -> Value { try queue.read(body) }

    /// Reads and writes in one transaction, which is undone on an error.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value { try queue.write(body) }

    /// Does the same without waiting until it is on the disk (`synchronous=NORMAL`); whatever is committed later waits for both.
    ///
    /// If the machine loses its power before, it is as if nothing had been done. It is for what is done again then, and of
    /// which nobody is told.
    func writeRepeatable<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try queue.inDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
        let result = Result { try queue.write(body) }
        try queue.inDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return try result.get()
    }

    /// Does what needs no transaction, or makes its own.
    func inDatabase<Value>(_ body: (Database) throws -> Value) rethrows -> Value { try queue.inDatabase(body) }

    /// Brings the schema up to date.
    func migrate(by migrator: DatabaseMigrator) throws { try migrator.migrate(queue) }

    /// Closes it now: it cannot be used any more.
    func close() throws {
        isClosed.store(true, ordering: .relaxed)
        try queue.close()
    }

    private static func hasMoved(_ database: Database) -> Bool {
        var hasMoved: CInt = 0
        let code = unsafe sqlite3_file_control(database.sqliteConnection, nil, SQLITE_FCNTL_HAS_MOVED, &hasMoved)
        return code != SQLITE_OK || hasMoved != 0
    }

    /// Fails where GRDB would, by what it does first.
    private static func probe(_ path: String) throws {
        var connection: OpaquePointer?
        defer { unsafe sqlite3_close_v2(connection) }
        try unsafe check(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY, nil), connection)
        unsafe sqlite3_busy_timeout(connection, 1000)
        try unsafe check(sqlite3_exec(connection, "SELECT * FROM sqlite_schema LIMIT 1", nil, nil, nil), connection)
    }

    private static func check(_ code: CInt, _ connection: OpaquePointer?) throws {
        guard code != SQLITE_OK else { return }
        let message = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
