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
    /// What is kept now.
    public let retention: Retention
    /// What was asked for.
    ///
    /// Limits among that which nobody set do not hold for a database that was there before, until it was
    /// told once that they will: see `unannounced`.
    public let intent: Retention
    /// The limits that nobody set, that do not hold yet, and are to be told.
    public let unannounced: Set<Retention.Part>
    private let surplus = Mutex(Surplus())
    private let revival = Mutex(LeaseRevival())

    /// Opens the database at `path`, makes it if it is not there, and brings its tables up to date.
    ///
    /// Commits reach the disk before they are reported (`synchronous=FULL`), readers never wait (WAL).
    ///
    /// - Parameters:
    ///   - path: the database; its directory must exist.
    ///   - retention: what is kept: see `removeSurplus(at:)`.
    ///   - busyTimeout: how many seconds to wait for another process that holds the write lock.
    ///   - helper: does what takes a second beside what is stored; without it storing waits.
    /// - Throws: `unusable`, `foreign` for another program's database, `newerSchema`.
    public init(
        path: String, keeping retention: Retention = Retention(), busyTimeout: Double = 1, helper: Helper? = nil
    ) throws(LeaseStoreError) {
        try DatabaseFile.create(at: path)
        do {
            let (connection, isNew) = try Self.openPatiently(path, keeping: retention, busyTimeout: busyTimeout)
            log = connection.inDatabase {
                LogCheckpoint($0, at: path, keeping: retention, busyTimeout: busyTimeout, helper: helper)
            }
            self.connection = connection
            unannounced = try connection.write { try Notices($0).unannounced(of: retention, isNew: isNew) }
            (self.path, intent) = (path, retention)
            self.retention = retention.withoutLimits(of: unannounced)
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

    /// Marks leases as expired whose time is over at `time`, in microseconds since the Unix epoch: `leasesPerStep` of them
    /// at most.
    ///
    /// Those that are marked and whose time is not over, because the clock was set back, go on; a few at a time, too.
    ///
    /// - Returns: how many have expired; when it is `leasesPerStep` there may be more.
    /// - Throws: `failed`.
    @discardableResult
    public func expireLeases(at time: UInt64) throws(LeaseStoreError) -> Int {
        try inTransaction { database in
            // Renewals may wait with what an older version has kept.
            let time = min(Int64(clamping: time), try BacklogTable(database).oldestWithLeases() ?? .max)
            return try revival.withLock { try LeaseExpiry(database).expire(at: time, &$0) }
        }
    }

    /// Whether leases are left to be looked at that the clock may have ended too early.
    public var isRevivingLeases: Bool { revival.withLock { $0.place != nil } }

    /// How many leases are marked in one transaction, which takes some milliseconds.
    public static let leasesPerStep = 500

    /// Removes a few of the rows that are not to be kept, or gives a little of the file's free room back, in one
    /// transaction.
    ///
    /// What is too old goes, and what strangers can make many of; while the database is too large packets, the first
    /// ones first, then clients that never had a lease, counts, events, and leases last (`Retention`).
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    /// - Throws: `failed`; nothing was removed then.
    public func removeSurplus(at time: UInt64) throws(LeaseStoreError) -> RemovedRows {
        try inTransaction(isRepeatable: true) { database in
            try surplus.withLock { try Removal(database, retention).perform(&$0, at: Int64(clamping: time)) }
        }
    }

    /// The limits of `unannounced` were told at `time`, in microseconds since the Unix epoch: the next time they hold.
    ///
    /// - Throws: `failed`.
    public func noteAnnouncement(at time: UInt64) throws(LeaseStoreError) {
        try inTransaction { try Notices($0).add(unannounced, at: Int64(clamping: time)) }
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
    ///
    /// - Parameter isRepeatable: see `DatabaseConnection.writeRepeatable`.
    func remembering<Value>(
        isRepeatable: Bool = false, _ body: (Database, inout LeaseMemory) throws -> Value
    ) throws(LeaseStoreError) -> Value {
        let (value, memory) = try inTransaction(isRepeatable: isRepeatable) { database in
            // Nobody else holds it while it is changed: it is not copied.
            var memory = try self.memory.withLock { $0.take() } ?? LeaseMemory(database)
            return (try body(database, &memory), memory)
        }
        self.memory.withLock { $0 = memory }
        return value
    }

    func inTransaction<Value>(
        isRepeatable: Bool = false, _ body: (Database) throws -> Value
    ) throws(LeaseStoreError) -> Value {
        do {
            return try isRepeatable ? connection.writeRepeatable(body) : connection.write(body)
        } catch {
            throw LeaseStoreError(error)
        }
    }

    /// Reads without waiting for who else writes.
    func reading<Value>(_ body: (Database) throws -> Value) throws(LeaseStoreError) -> Value {
        do { return try connection.read(body) } catch { throw LeaseStoreError(error) }
    }

    /// Opens the database, also while root reads it for the first time.
    ///
    /// Root's SQLite makes `-wal` and `-shm` as root's own, and gives them to the database's owner a moment later
    /// (`robustFchown`, os_unix.c). In between they cannot be written, and that is how SQLite keeps them: so the
    /// opening is repeated as a whole.
    ///
    /// - Returns: the database, and whether it had no table before.
    private static func openPatiently(
        _ path: String, keeping retention: Retention, busyTimeout: Double
    ) throws -> (DatabaseConnection, isNew: Bool) {
        for _ in 0..<20 {
            do {
                return try open(path, keeping: retention, busyTimeout: busyTimeout)
            } catch let error as DatabaseError
                where [.SQLITE_READONLY, .SQLITE_CANTOPEN].contains(error.resultCode)
            {
                usleep(50_000)
            }
        }
        return try open(path, keeping: retention, busyTimeout: busyTimeout)
    }

    /// 8 MiB: what does not fit is in the cache of the kernel, which gives it up when others need the memory.
    static let smallCache = "PRAGMA cache_size = -8192"
    /// 64 MiB, for the pages that one transaction changes where no two packets are neighbours in an index: what does not fit
    /// is written and read several times.
    static let largeCache = "PRAGMA cache_size = -65536"

    private static func open(
        _ path: String, keeping retention: Retention, busyTimeout: Double
    ) throws -> (DatabaseConnection, isNew: Bool) {
        var configuration = Configuration()
        configuration.label = "middle-sock"
        configuration.busyMode = .timeout(busyTimeout)
        let connection = try DatabaseConnection(path: path, configuration: configuration)
        let isNew = try connection.inDatabase { database in
            guard try Schema.identify(database, at: path) != .newer else {
                throw LeaseStoreError.newerSchema(path: path)
            }
            let isNew = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
            try DatabaseFile.keepLogFiles(of: database)
            // Only a file without tables takes it, and only before it has a log.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            // What it keeps of the disk after a long reader has let it grow. When it is brought in: LogCheckpoint.
            try database.execute(sql: "PRAGMA journal_size_limit = \(min(64 << 20, retention.size ?? .max))")
            // The recorder can open no file elsewhere.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            try database.execute(sql: smallCache)
            return isNew
        }
        try connection.migrate(by: Schema.migrator)
        try connection.write(Schema.renewViews)
        return (connection, isNew)
    }
}
