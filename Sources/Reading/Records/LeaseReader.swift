internal import GRDB
package import LeaseStore

/// The database, open for reading.
///
/// Whoever may read its files can open it, whether the recorder runs or not.
package struct LeaseReader: Sendable {
    let connection: DatabaseConnection

    /// Opens the database at `path`.
    ///
    /// - Throws: `missing`, `unusable`, `foreign`, `newerSchema`, `olderSchema`.
    package init(path: String) throws(LeaseStoreError) {
        guard try DatabaseFile.exists(at: path) else { throw .missing(path: path) }
        do { connection = try Self.open(path) } catch { throw LeaseStoreError(opening: path, writing: false, error) }
    }

    /// The numbers of the user and the group that own the database at `path`; nothing if it cannot be seen.
    package static func owner(ofDatabaseAt path: String) -> (user: UInt32, group: UInt32)? {
        DatabaseFile.owner(of: path)
    }

    /// The rows of `table` with the newest last.
    ///
    /// - Parameters:
    ///   - table: what to read.
    ///   - form: how to read it.
    ///   - filter: which rows to read.
    ///   - limit: how many of the newest rows to read, at least 1; all of them without it.
    /// - Throws: `failed`.
    package func pages(
        of table: RecordTable, as form: RecordForm, where filter: RecordFilter = RecordFilter(), newest limit: Int?
    ) throws(LeaseStoreError) -> RecordPages {
        do {
            return RecordPages(
                try RowPages(connection, table, columns: table.expressions(form), where: filter, newest: limit))
        } catch {
            throw LeaseStoreError(error)
        }
    }

    private static func open(_ path: String) throws -> DatabaseConnection {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        let connection = try DatabaseConnection(path: path, configuration: configuration)
        try connection.read { try Schema.requireCurrent($0, at: path) }
        return connection
    }
}

extension LeaseReader {
    /// How full each network is.
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    /// - Throws: `failed`.
    package func networks(at time: Int64) throws(LeaseStoreError) -> [NetworkUse] {
        do { return try connection.read { try NetworkUse.all($0, at: time) } } catch { throw LeaseStoreError(error) }
    }
}

/// Rows of a table as text, a page at a time.
package struct RecordPages {
    private var pages: RowPages

    init(_ pages: RowPages) {
        self.pages = pages
    }

    /// Whether there are older rows that are not read.
    package var isCut: Bool { pages.isCut }

    /// The next rows, or nothing when there are no more.
    ///
    /// What is NULL is empty text.
    ///
    /// - Throws: `failed`.
    package mutating func nextPage() throws(LeaseStoreError) -> [[String]]? {
        do {
            return try pages.next()?.map { row in
                row.databaseValues.dropFirst().dropLast().map { String.fromDatabaseValue($0) ?? "" }
            }
        } catch {
            throw LeaseStoreError(error)
        }
    }
}

extension LeaseReader {
    /// The system calls that SQLite needs to open a database for reading and to read from it, by their names in
    /// syscalls(2).
    package static let systemCalls = [
        "pread64", "read", "lseek", "fcntl", "openat", "close", "access", "newfstatat", "readlink", "getcwd", "geteuid",
        "getpid", "munmap", "mremap", "clock_nanosleep",
    ]
}
