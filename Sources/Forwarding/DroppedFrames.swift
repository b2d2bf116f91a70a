/// How many frames that are no DHCP were dropped, by their reasons.
///
/// Whoever thinks up protocols and ports cannot make it grow: those behind the first are counted as one. Nothing in here
/// allocates but `takeNews`.
public struct DroppedFrames: Sendable {
    /// What was counted for one reason.
    public struct Entry: Hashable, Sendable {
        /// Why.
        public let reason: DropReason
        /// How many frames since the beginning.
        public fileprivate(set) var count: UInt64
        fileprivate var told: UInt64
    }

    /// How many reasons are told apart.
    public static let capacity = 64

    /// What was counted, in the order in which the reasons came up.
    public private(set) var entries: [Entry] = []

    /// Nothing was dropped yet.
    public init() {
        entries.reserveCapacity(Self.capacity)
    }

    /// Counts one frame.
    public mutating func count(_ reason: DropReason) {
        for index in entries.indices where entries[index].reason == reason {
            entries[index].count += 1
            return
        }
        guard entries.count < Self.capacity - 1 || reason == .other else { return count(.other) }
        entries.append(Entry(reason: reason, count: 1, told: 0))
    }

    /// What came since the last time, for each reason that did.
    public mutating func takeNews() -> [(reason: DropReason, count: UInt64)] {
        var news: [(DropReason, UInt64)] = []
        for index in entries.indices where entries[index].count > entries[index].told {
            news.append((entries[index].reason, entries[index].count - entries[index].told))
            entries[index].told = entries[index].count
        }
        return news
    }

    /// Adds what was counted elsewhere, as told.
    public mutating func add(_ other: DroppedFrames) {
        for entry in other.entries {
            if let index = entries.firstIndex(where: { $0.reason == entry.reason }) {
                entries[index].count += entry.count
            } else if entries.count < Self.capacity {
                entries.append(Entry(reason: entry.reason, count: entry.count, told: entry.count))
            }
        }
    }
}
