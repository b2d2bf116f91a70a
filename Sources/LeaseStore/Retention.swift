/// What of the packets is kept; leases, starts, events and counts always are.
public struct Retention: Hashable, Sendable {
    /// How long a packet is kept, in microseconds; for ever if there is none.
    public var age: Int64?
    /// How many bytes of the database file may be in use; any number if there is none.
    public var size: Int64?
    /// Whether the frames are stored, or only what is read from them.
    public var keepsFrames: Bool

    /// Keeps everything, unless something is said.
    public init(age: Int64? = nil, size: Int64? = nil, keepsFrames: Bool = true) {
        (self.age, self.size, self.keepsFrames) = (age, size, keepsFrames)
    }

    /// How many packets are removed in one transaction: some ten milliseconds, in which nothing can be stored.
    public static let packetsPerStep = 500
    /// How many pages are given back to the file system in one transaction.
    static let pagesPerStep: Int64 = 256
    /// How many bytes of free pages are worth giving back although nobody asked for a size: less is used again soon.
    static let spareRoom: Int64 = 64 << 20

    /// What is to be done next to a database.
    enum Step: Hashable {
        /// Remove packets from before this time, in microseconds since the Unix epoch.
        case removeOlder(than: Int64)
        /// Remove the packets that were stored first.
        case removeFirst
        /// Make the file smaller.
        case giveBack(pages: Int64)
    }

    /// What is to be done next at `time`, in microseconds since the Unix epoch, if anything is.
    func step(for use: DatabaseUse, at time: Int64) -> Step? {
        guard let oldest = use.oldestPacket else { return giveBack(of: use) }
        if let age, oldest < time - age { return .removeOlder(than: time - age) }
        if let size, (use.pages - use.freePages) * use.pageSize > size { return .removeFirst }
        return giveBack(of: use)
    }

    private func giveBack(of use: DatabaseUse) -> Step? {
        guard use.canShrink, age != nil || size != nil else { return nil }
        // What is over the size, and beyond a quarter that stays free for what comes.
        let over = size.map { use.pages - $0 / use.pageSize } ?? 0
        let idle = use.freePages - max(use.pages / 4, Self.spareRoom / use.pageSize)
        let pages = min(use.freePages, max(over, idle), Self.pagesPerStep)
        return pages > 0 ? .giveBack(pages: pages) : nil
    }
}

/// How much room a database takes, and what there is to be removed.
struct DatabaseUse: Hashable {
    /// In bytes.
    var pageSize: Int64
    /// All pages of the file, those in the log included.
    var pages: Int64
    /// Those of them that hold nothing.
    var freePages: Int64
    /// The earliest time of a packet, in microseconds since the Unix epoch; nothing when there is no packet.
    var oldestPacket: Int64?
    /// Whether the file was made so that free pages can be given back (`auto_vacuum = INCREMENTAL`).
    var canShrink: Bool
}
