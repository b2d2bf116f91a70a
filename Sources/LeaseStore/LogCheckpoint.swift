internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// Brings the log into the database now and then, instead of SQLite's own `wal_autocheckpoint`.
///
/// That one would do it with every commit while somebody reads, and never get to begin the log anew while several read in
/// turn: there is always one who began before. This one waits for them, for a moment.
///
/// It belongs to one connection and is used where that one is.
@safe
final class LogCheckpoint: @unchecked Sendable {
    /// How many pages are written before they are brought into the database: 16 MiB.
    static let pages: CInt = 4096
    /// How many pages are written before they are brought into this database: less where little room was asked for.
    private let enough: CInt
    /// How long to wait for readers to come to their end, in milliseconds: what the examples of docs/database.md may take.
    private static let patience: CInt = 50
    /// When to try again although little was written since, in microseconds.
    private static let interval: UInt64 = 1_000_000

    /// From how many pages on they are brought in by somebody else, while more is stored and asked: 32 MiB, which take a
    /// quarter of a second.
    private static let longLog: CInt = 8_192

    private enum Help {
        case none, working, done
    }

    private let path: String
    private let helper: LeaseStore.Helper?
    private let help = Mutex(Help.none)
    /// What the helper works with, from the first time on; only ever used there, and when that is over.
    private let connection = Mutex<DatabaseConnection?>(nil)
    /// How long anything else waits for other processes, in milliseconds.
    private let busyTimeout: CInt
    /// How many pages the log has; SQLite says so with each commit.
    private var length: CInt = 0
    private var triedAtLength: CInt = 0
    private var triedAt: UInt64 = 0

    /// Takes note of the commits of `database`, which it must outlive, and which is the one at `path`; that waits for locks
    /// as many seconds as said, and leaves the log its part of the size that was asked for.
    init(
        _ database: Database, at path: String, keeping retention: Retention, busyTimeout: Double,
        helper: LeaseStore.Helper?
    ) {
        (self.path, self.helper) = (path, helper)
        enough = retention.size == nil ? Self.pages : CInt(clamping: max(256, retention.log / 4096))
        self.busyTimeout = CInt(busyTimeout * 1000)
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, length in
                if let context = unsafe context {
                    unsafe Unmanaged<LogCheckpoint>.fromOpaque(context).takeUnretainedValue().length = length
                }
                return SQLITE_OK
            }, context)
    }

    /// Does it if enough was written, or if it is time to try again; `time` is now, in microseconds.
    ///
    /// Readers that take longer keep it from being done; they read on, and the log grows.
    func perform(in database: Database, at time: UInt64) throws {
        guard isDue(at: time) else { return }
        (triedAtLength, triedAt) = (length, time)
        if let helper, length >= Self.longLog, !isHelped(by: helper) { return }
        unsafe sqlite3_busy_timeout(database.sqliteConnection, Self.patience)
        defer { unsafe sqlite3_busy_timeout(database.sqliteConnection, busyTimeout) }
        do {
            try database.checkpoint(.restart)
            (length, triedAtLength) = (0, 0)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
    }

    private func isDue(at time: UInt64) -> Bool {
        guard length >= enough else { return false }
        return length - triedAtLength >= enough || time < triedAt || time - triedAt >= Self.interval
            || help.withLock { $0 == .done }
    }

    /// Whether somebody else has brought in what was there when it began, so that little is left; begins it otherwise.
    private func isHelped(by helper: LeaseStore.Helper) -> Bool {
        let state = help.withLock { state in
            defer { state = state == .done ? .none : .working }
            return state
        }
        if state == .none {
            helper { [self] in
                try? bringIn()
                help.withLock { $0 = .done }
            }
        }
        return state == .done
    }

    /// With a connection of its own, which does not keep the other from storing; what fails is left to that one.
    private func bringIn() throws {
        try connection.withLock { connection in
            let database = try connection ?? openAnother()
            connection = database
            _ = try database.inDatabase { try $0.checkpoint(.passive) }
        }
    }

    private func openAnother() throws -> DatabaseConnection {
        let another = try DatabaseConnection(path: path, configuration: Configuration())
        try another.inDatabase { database in
            try DatabaseFile.keepLogFiles(of: database)
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        return another
    }

    /// Ends what the helper is at, and closes what it has opened.
    func close() throws {
        try connection.withLock { connection in
            try connection?.close()
            connection = nil
        }
    }
}
