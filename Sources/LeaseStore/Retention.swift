/// What of the records is kept.
///
/// Whatever a stranger can cause has a bound of its own, so that it does not push out what others wrote; the bounds below
/// hold whether a size is asked for or not.
public struct Retention: Hashable, Sendable {
    /// How long a packet is kept, in microseconds; for ever if there is none.
    public var age: Int64?
    /// How many bytes the database may have; any number if there is none.
    public var size: Int64?
    /// How many bytes of the size are left to what is kept aside in a storm.
    public var backlog: Int64
    /// How long a lease is kept after its end, in microseconds; for ever if there is none.
    public var leases: Int64?
    /// Whether the frames are stored, or only what is read from them.
    public var keepsFrames: Bool
    /// What of this nobody has asked for.
    public var defaults: Set<Part> = []

    /// What limits are for.
    public enum Part: String, CaseIterable, Sendable {
        /// `age` and `size`.
        case packets
        /// `leases`.
        case leases
    }

    /// Keeps everything, unless something is said.
    public init(
        age: Int64? = nil, size: Int64? = nil, backlog: Int64 = 0, leases: Int64? = nil, keepsFrames: Bool = true
    ) {
        (self.age, self.size, self.backlog, self.leases) = (age, size, backlog, leases)
        self.keepsFrames = keepsFrames
    }

    /// The same without the limits of these parts.
    func withoutLimits(of parts: Set<Part>) -> Retention {
        var retention = self
        if parts.contains(.packets) { (retention.age, retention.size) = (nil, nil) }
        if parts.contains(.leases) { retention.leases = nil }
        return retention
    }

    /// How many rows of a table are removed in one transaction: some ten milliseconds, in which nothing can be stored.
    public static let rowsPerStep = 500
    /// How many events, and how many starts, are left whatever else has to go: they tell of that.
    static let rowsLeft = 1_000
    /// How many pages are given back to the file system in one transaction.
    static let pagesPerStep: Int64 = 256
    /// How many bytes of free pages are worth giving back although nobody asked for a size: less is used again soon.
    static let spareRoom: Int64 = 64 << 20

    /// How many clients are kept that never had a lease: an eighth of the size, at half a kilobyte each, and no more than
    /// 100,000.
    public var strangers: Int64 { min(100_000, size.map { $0 / 8 / 512 } ?? .max) }
    /// How many events of one kind are kept: strangers can cause some of them again and again.
    public var eventsOfKind: Int64 { min(10_000, max(256, size.map { $0 >> 14 } ?? .max)) }
    /// Into how many microseconds the counts of old hours are brought together: 30 days.
    static let period: Int64 = 30 * 24 * 3_600_000_000
    /// How many bytes of the size are left to the log beside the database.
    var log: Int64 { size.map { min(16 << 20, $0 / 8) } ?? 0 }

    /// When the period begins in which an hour is.
    static func period(of hour: Int64) -> Int64 { hour / period * period }

    /// A part of what is to be done to a database.
    enum Step: Hashable {
        /// Remove packets from before this time, in microseconds since the Unix epoch, or else those that were stored first.
        case removePackets(before: Int64?)
        /// Remove leases that ended before this time, or else those that ended first.
        case removeLeases(endedBefore: Int64?)
        /// Remove clients without a lease that were last seen until this time, or else those not seen for longest.
        case removeClients(lastSeenUntil: Int64?)
        /// Remove events of a kind from until this time.
        case removeEvents(kind: String, until: Int64)
        /// Remove the events that were stored first.
        case removeFirstEvents
        /// Remove the starts that were stored first.
        case removeFirstStarts
        /// Count the packets of this hour with those of its period.
        case foldHour(Int64)
        /// Make the file smaller.
        case giveBack(pages: Int64)
    }

    /// What is to be done next at `time`, one step for each reason.
    func steps(for use: DatabaseUse, at time: Int64) -> [Step] {
        var steps: [Step] = []
        if let age, let oldest = use.oldestPacket, oldest < time - age {
            steps.append(.removePackets(before: time - age))
        }
        if let clients = clientLimit(of: use, at: time) { steps.append(.removeClients(lastSeenUntil: clients)) }
        if let events = use.surplus.events {
            steps.append(.removeEvents(kind: events.kind, until: events.until))
        }
        if let leases {
            if let end = use.oldestEnd, end < time - leases { steps.append(.removeLeases(endedBefore: time - leases)) }
            if let hour = use.oldestHour, hour < time - leases { steps.append(.foldHour(hour)) }
        }
        // Strangers that are too many do not keep packets from making room.
        let hasPackets = steps.contains { if case .removePackets = $0 { true } else { false } }
        if !hasPackets, let step = makeRoom(in: use, at: time) { steps.append(step) }
        if steps.isEmpty, let step = giveBack(of: use) { steps.append(step) }
        return steps
    }

    /// Clients that were no longer seen than leases are kept are too many, too.
    private func clientLimit(of use: DatabaseUse, at time: Int64) -> Int64? {
        guard let oldest = use.oldestStranger else { return nil }
        let limits = [use.surplus.clientsSeenUntil, leases.map { time - $0 - 1 }]
        return limits.compactMap(\.self).filter { oldest <= $0 }.max()
    }

    /// What goes first when the database is too large: whatever strangers can make most of, and leases last.
    private func makeRoom(in use: DatabaseUse, at time: Int64) -> Step? {
        guard let size, use.taken > size - backlog - log else { return nil }
        if use.oldestPacket != nil { return .removePackets(before: nil) }
        if use.oldestStranger != nil { return .removeClients(lastSeenUntil: nil) }
        if let hour = use.oldestHour, hour < time - Self.period { return .foldHour(hour) }
        if use.hasOldEvents { return .removeFirstEvents }
        if use.hasOldStarts { return .removeFirstStarts }
        return use.oldestEnd != nil ? .removeLeases(endedBefore: nil) : nil
    }

    private func giveBack(of use: DatabaseUse) -> Step? {
        guard use.canShrink, age != nil || size != nil else { return nil }
        // What is over the size, and beyond a quarter that stays free for what comes.
        let over = size.map { use.pages - ($0 - log) / use.pageSize } ?? 0
        let idle = use.freePages - max(use.pages / 4, Self.spareRoom / use.pageSize)
        let pages = min(use.freePages, max(over, idle), Self.pagesPerStep)
        return pages > 0 ? .giveBack(pages: pages) : nil
    }
}

/// How much room a database takes, and what there is to be removed; times are in microseconds since the Unix epoch.
struct DatabaseUse: Hashable {
    /// In bytes.
    var pageSize: Int64
    /// All pages of the file, those in the log included.
    var pages: Int64
    /// Those of them that hold nothing.
    var freePages: Int64
    /// How many bytes are kept aside: that has a bound of its own, and pushes nothing out.
    var backlog: Int64 = 0
    /// The earliest time of a packet; nothing when there is no packet.
    var oldestPacket: Int64?
    /// The earliest end of a lease; nothing when none has ended.
    var oldestEnd: Int64?
    /// When the client that never had a lease was seen that was not seen for longest.
    var oldestStranger: Int64?
    /// The earliest hour with counts of its own.
    var oldestHour: Int64?
    /// Whether there are so many that some can go.
    var hasOldEvents = false
    /// Whether there are so many that some can go.
    var hasOldStarts = false
    /// What there are too many of.
    var surplus = Surplus()
    /// Whether the file was made so that free pages can be given back (`auto_vacuum = INCREMENTAL`).
    var canShrink: Bool

    /// How many bytes the tables have.
    var taken: Int64 { (pages - freePages) * pageSize - backlog }
}
