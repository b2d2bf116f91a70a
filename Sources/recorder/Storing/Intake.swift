internal import Diagnostics
internal import LeaseStore
internal import Messages
internal import Service

/// What the recorder has received and not stored yet, and what it says about itself.
///
/// Deciding only: the service receives, stores and sends.
struct Intake {
    /// How many batches may wait.
    ///
    /// While so many do nothing more is received: the rest waits with those who send it.
    static let capacity = 64
    /// How long to wait after the database failed before it is tried again, in microseconds.
    static let pause: UInt64 = 1_000_000

    /// The batches that are to be stored next, in the order in which they came.
    private(set) var batches: [ReceivedBatch] = []
    /// How many bytes these have.
    private(set) var bytes = 0
    /// What the recorder itself has to say.
    private(set) var events: [EventRecord] = []
    /// What is kept as it came, and not in the tables yet.
    var backlog = Backlog.none
    /// How many bytes that may have.
    let backlogLimit: Int64
    private var refused: UInt64 = 0
    private var batchesStored: UInt64 = 0
    private var recordsStored: UInt64 = 0
    private var outage: Outage?

    /// A time during which the database does not take what we have.
    private struct Outage {
        let since: UInt64
        let reason: String
        var retryAt: UInt64
    }

    /// Nothing yet; as much may be kept for later as `backlogLimit` says, in bytes.
    init(backlogLimit: Int64 = 0) {
        self.backlogLimit = backlogLimit
    }

    /// Whether nothing more is to be received for now.
    var isFull: Bool { batches.count >= Self.capacity }

    /// Whether everything that was received is stored or kept.
    var isEmpty: Bool { batches.isEmpty && events.isEmpty }

    /// Takes a message from the channel of `component`: a batch of its own records.
    ///
    /// Anything else is counted.
    mutating func take(_ bytes: [UInt8], isWhole: Bool, from component: ComponentName) {
        guard isWhole, let received = ReceivedBatch(bytes), received.batch.source == component else {
            refused += 1
            return
        }
        batches.append(received)
        self.bytes += bytes.count
    }

    /// What to do with the batches that wait.
    enum Way {
        /// To store them in the tables.
        case store
        /// To keep them as they came, behind those that are kept already.
        case keep
        /// Nothing, until there is room in the backlog.
        case wait
    }

    /// The way of the batches that wait, which came in a storm or not.
    ///
    /// What is stored comes after all that is kept.
    func way(inStorm isStorm: Bool) -> Way {
        guard !backlog.isEmpty || isStorm else { return .store }
        if backlog.bytes + Int64(bytes) <= backlogLimit { return .keep }
        return backlog.isEmpty ? .store : .wait
    }

    /// Adds an event of the recorder's own.
    mutating func add(_ kind: String, _ detail: String, at time: UInt64) {
        events.append(EventRecord(happenedAt: time, kind: kind, detail: detail))
    }

    /// Whether the database may be tried at this time of the monotonic clock: not directly after it failed.
    func mayTry(at time: UInt64) -> Bool { retryAt <= time }

    /// When the database may be tried again, by the monotonic clock; 0 while it works.
    var retryAt: UInt64 { outage?.retryAt ?? 0 }

    /// Everything that was waiting is stored, or was stored before; gives how many records it was.
    @discardableResult
    mutating func markStored() -> Int {
        let count = batches.reduce(0) { $0 + $1.batch.records.count }
        batchesStored += UInt64(batches.count)
        recordsStored += UInt64(count)
        clear()
        return count
    }

    /// Everything that was waiting is in the backlog now.
    mutating func markKept(in backlog: Backlog) {
        self.backlog = backlog
        clear()
    }

    /// So many records of the backlog are stored, and this is left.
    mutating func markStored(_ records: Int, leaving rest: Backlog) {
        batchesStored += UInt64(clamping: backlog.batches - rest.batches)
        recordsStored += UInt64(records)
        backlog = rest
    }

    private mutating func clear() {
        batches.removeAll(keepingCapacity: true)
        bytes = 0
        events.removeAll()
    }

    /// The database works.
    ///
    /// When that has just become so, gives how many microseconds it did not.
    mutating func markWorking(at time: UInt64) -> UInt64? {
        defer { outage = nil }
        return outage.map { time - $0.since }
    }

    /// The database did not take what is waiting; it stays waiting.
    ///
    /// Says whether that is news.
    mutating func markFailed(_ reason: String, at time: UInt64) -> Bool {
        let isNew = outage == nil
        outage = Outage(since: outage?.since ?? time, reason: reason, retryAt: time + Self.pause)
        return isNew
    }

    /// What the recorder says when it is asked how it is.
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    func status(
        database: String, networks: [NetworkUse]?, channels: [ComponentName], refusedElsewhere: UInt64, at time: UInt64
    ) -> Status {
        let age = backlog.isEmpty ? 0 : max(0, Int64(clamping: time) - backlog.oldest)
        return Status(
            component: .recorder,
            fields: [
                Status.Field.version, .uptime,
                Status.Field("database", database),
                Status.Field("database-state", outage.map { "failing: \($0.reason)" } ?? "working"),
                Status.Field("channels", channels.map(\.description).joined(separator: " ")),
                Status.Field("batches-stored", batchesStored), Status.Field("records-stored", recordsStored),
                Status.Field("batches-waiting", batches.count),
                Status.Field("backlog-bytes", backlog.bytes), Status.Field("backlog-age-ms", age / 1000),
                Status.Field("messages-refused", refused + refusedElsewhere),
            ] + NetworkUse.fields(of: networks))
    }
}
