internal import GRDB
internal import Glibc
public import Messages
internal import Synchronization

/// The database of packets, leases, starts and events, open for writing.
///
/// One process writes at a time.
public final class LeaseStore: Sendable {
    /// Takes what is to be done on another thread, soon.
    public typealias Helper = @Sendable (_ work: @escaping @Sendable () -> Void) -> Void

    private let log: LogCheckpoint
    private let connection: DatabaseConnection
    /// What the last transaction knew, if it succeeded.
    private let memory = Mutex<LeaseMemory?>(nil)
    /// The file that holds the database.
    public let path: String
    /// What of the packets is kept.
    public let retention: Retention

    /// Opens the database at `path`, makes it if it is not there, and brings its tables up to date.
    ///
    /// Commits reach the disk before they are reported (`synchronous=FULL`), readers never wait (WAL).
    ///
    /// - Parameters:
    ///   - path: the database; its directory must exist.
    ///   - retention: what of the packets is kept: see `removePackets(at:)`.
    ///   - busyTimeout: how many seconds to wait for another process that holds the write lock.
    ///   - helper: does what takes a second beside what is stored; without it storing waits.
    /// - Throws: `unusable`, `foreign` for another program's database, `newerSchema`.
    public init(
        path: String, keeping retention: Retention = Retention(), busyTimeout: Double = 1, helper: Helper? = nil
    ) throws(LeaseStoreError) {
        try DatabaseFile.create(at: path)
        do {
            let connection = try Self.openPatiently(path, busyTimeout: busyTimeout)
            log = connection.inDatabase { LogCheckpoint($0, at: path, busyTimeout: busyTimeout, helper: helper) }
            self.connection = connection
            (self.path, self.retention) = (path, retention)
        } catch {
            throw LeaseStoreError(opening: path, writing: true, error)
        }
    }

    /// Stores batches in one transaction: all of them, or on an error none.
    ///
    /// A batch that is stored already is not stored again. Where one does not follow the last of its instance, that is an
    /// event. Of an instance not seen before, any first batch is taken.
    ///
    /// - Parameters:
    ///   - batches: what arrived, in the order of arrival.
    ///   - ownEvents: what the recorder itself has to say.
    ///   - time: now, in microseconds since the Unix epoch.
    /// - Returns: for each source among the batches, up to where it is stored now.
    /// - Throws: `failed`; nothing was stored then.
    public func store(
        _ batches: [RecordBatch], and ownEvents: [EventRecord] = [], at time: UInt64
    ) throws(LeaseStoreError) -> [RecordSource: Acknowledgement] {
        try remembering { database, memory in
            var sequences = BatchSequences(database)
            var writer = try BatchWriter(database, keepsFrames: retention.keepsFrames, remembering: memory.take())
            defer { memory = writer.memory }
            for batch in batches where try sequences.take(batch) { try writer.write(batch, at: time) }
            for event in ownEvents + sequences.events(at: time) { try writer.write(event) }
            try writer.finish()
            return try sequences.finish()
        }
    }

    /// Marks the leases as expired whose time is over at `time`, in microseconds since the Unix epoch.
    ///
    /// Those that are marked and whose time is not over, because the clock was set back, go on.
    ///
    /// - Returns: how many have expired.
    /// - Throws: `failed`.
    @discardableResult
    public func expireLeases(at time: UInt64) throws(LeaseStoreError) -> Int {
        try inTransaction { database in try LeaseTable(database).expire(at: Int64(clamping: time)) }
    }

    /// Removes a few of the packets that are not to be kept, or gives a little of the file's free room back, in one
    /// transaction.
    ///
    /// Those that are too old go first; while the database is too large, those that were stored first.
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    /// - Returns: whether there may be more to do.
    /// - Throws: `failed`; nothing was removed then.
    public func removePackets(at time: UInt64) throws(LeaseStoreError) -> Bool {
        guard retention.age != nil || retention.size != nil else { return false }
        return try inTransaction { database in
            try PacketRemoval(database).perform(retention, at: Int64(clamping: time))
        }
    }

    /// Whether the database is open and still the file at `path`.
    ///
    /// SQLite goes on writing into a file that was removed or replaced, and nobody would find it there.
    public var isInPlace: Bool { connection.isInPlace }

    /// Brings the log into the database file when it has grown by 16 MiB, and begins it anew, unless readers still need it.
    ///
    /// To be called after storing, when those who wait for that have their answer: it can take some ten milliseconds.
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    /// - Throws: `failed`.
    public func shortenLog(at time: UInt64) throws(LeaseStoreError) {
        do { try connection.inDatabase { try log.perform(in: $0, at: time) } } catch { throw LeaseStoreError(error) }
    }

    /// Brings everything from the log into the database file and empties the log, unless readers still need it.
    ///
    /// - Returns: whether the log is empty.
    /// - Throws: `failed`.
    @discardableResult
    public func checkpoint() throws(LeaseStoreError) -> Bool {
        do {
            return try connection.inDatabase { database in
                do { return try database.checkpoint(.truncate).walFrameCount == 0 } catch let error as DatabaseError
                    where error.resultCode == .SQLITE_BUSY
                { return false }
            }
        } catch {
            throw LeaseStoreError(error)
        }
    }

    /// Closes the database.
    ///
    /// Nothing can be stored afterwards.
    ///
    /// - Throws: `failed`.
    public func close() throws(LeaseStoreError) {
        do {
            try log.close()
            try connection.close()
        } catch {
            throw LeaseStoreError(error)
        }
    }

    /// Performs a transaction that reads and changes what is remembered of earlier records.
    ///
    /// When it fails, that is found in the tables again.
    func remembering<Value>(
        _ body: (Database, inout LeaseMemory) throws -> Value
    ) throws(LeaseStoreError) -> Value {
        let (value, memory) = try inTransaction { database in
            // Nobody else holds it while it is changed: it is not copied.
            var memory = try self.memory.withLock { $0.take() } ?? LeaseMemory(database)
            return (try body(database, &memory), memory)
        }
        self.memory.withLock { $0 = memory }
        return value
    }

    func inTransaction<Value>(_ body: (Database) throws -> Value) throws(LeaseStoreError) -> Value {
        do { return try connection.write(body) } catch { throw LeaseStoreError(error) }
    }

    /// Opens the database, also while root reads it for the first time.
    ///
    /// Root's SQLite makes `-wal` and `-shm` as root's own, and gives them to the database's owner a moment later
    /// (`robustFchown`, os_unix.c). In between they cannot be written, and that is how SQLite keeps them: so the
    /// opening is repeated as a whole.
    private static func openPatiently(_ path: String, busyTimeout: Double) throws -> DatabaseConnection {
        for _ in 0..<20 {
            do {
                return try open(path, busyTimeout: busyTimeout)
            } catch let error as DatabaseError
                where [.SQLITE_READONLY, .SQLITE_CANTOPEN].contains(error.resultCode)
            {
                usleep(50_000)
            }
        }
        return try open(path, busyTimeout: busyTimeout)
    }

    private static func open(_ path: String, busyTimeout: Double) throws -> DatabaseConnection {
        var configuration = Configuration()
        configuration.label = "middle-sock"
        configuration.busyMode = .timeout(busyTimeout)
        let connection = try DatabaseConnection(path: path, configuration: configuration)
        try connection.inDatabase { database in
            guard try Schema.identify(database, at: path) != .newer else {
                throw LeaseStoreError.newerSchema(path: path)
            }
            try DatabaseFile.keepLogFiles(of: database)
            // Only a file without tables takes it, and only before it has a log.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            // What it keeps of the disk after a long reader has let it grow. When it is brought in: LogCheckpoint.
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
            // The recorder can open no file elsewhere.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            // 8 MiB: what does not fit is in the cache of the kernel, which gives it up when others need the memory.
            try database.execute(sql: "PRAGMA cache_size = -8192")
        }
        try connection.migrate(by: Schema.migrator)
        return connection
    }
}
