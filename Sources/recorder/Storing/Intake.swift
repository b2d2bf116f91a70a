internal import Diagnostics
internal import LeaseStore
internal import Messages
internal import Service

/// What the recorder has received and not stored yet, and what it says about itself.
///
/// It only decides; the service receives, stores and sends.
struct Intake {
    /// How many batches may wait.
    ///
    /// While so many wait, nothing more is received: the senders keep the rest.
    static let capacity = 64
    /// How long to wait after the database failed before trying again, in microseconds.
    static let pause: UInt64 = 1_000_000

    /// The batches that are to be stored next, in the order in which they came.
    private(set) var batches: [ReceivedBatch] = []
    /// How many bytes these have.
    private(set) var bytes = 0
    /// The recorder's own events.
    private(set) var events: [EventRecord] = []
    /// What is kept as it came, and is not in the tables yet.
    var backlog = Backlog.none
    /// How many bytes that may have.
    let backlogLimit: Int64
    private var refused: UInt64 = 0
    private var batchesStored: UInt64 = 0
    private var recordsStored: UInt64 = 0
    private var outage: Outage?

    /// A time in which the database cannot be written.
    private struct Outage {
        let since: UInt64
        let reason: String
        var retryAt: UInt64
    }

    /// Nothing yet; the backlog may have `backlogLimit` bytes.
    init(backlogLimit: Int64 = 0) {
        self.backlogLimit = backlogLimit
    }

    /// Whether to stop receiving for now.
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

    /// What to do with the batches that wait, whether they came in a storm or not.
    ///
    /// Batches are stored only after all that are kept.
    func way(inStorm isStorm: Bool) -> Way {
        guard !backlog.isEmpty || isStorm else { return .store }
        if backlog.bytes + Int64(bytes) <= backlogLimit { return .keep }
        return backlog.isEmpty ? .store : .wait
    }

    /// Adds an event of the recorder's own.
    mutating func add(_ kind: EventKind, _ detail: String, at time: UInt64) {
        events.append(EventRecord(happenedAt: time, kind: kind, detail: detail))
    }

    /// Whether the database may be tried at this time of the monotonic clock: not directly after it failed.
    func mayTry(at time: UInt64) -> Bool { retryAt <= time }

    /// When the database may be tried again, by the monotonic clock; 0 while it works.
    var retryAt: UInt64 { outage?.retryAt ?? 0 }

    /// Everything that was waiting is stored now, or was stored before; returns how many records it was.
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
    /// If it has just become so, returns for how many microseconds it did not.
    mutating func markWorking(at time: UInt64) -> UInt64? {
        defer { outage = nil }
        return outage.map { time - $0.since }
    }

    /// The database failed; what was waiting goes on waiting.
    ///
    /// Says whether that is news.
    mutating func markFailed(_ reason: String, at time: UInt64) -> Bool {
        let isNew = outage == nil
        outage = Outage(since: outage?.since ?? time, reason: reason, retryAt: time + Self.pause)
        return isNew
    }

    /// The recorder's answer to a status request.
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
