/// A period of time in equal slots, few enough to be looked at.
package struct TimeSlots: Hashable, Sendable {
    /// The most slots there are, however long the period is.
    package static let maximumCount = 100
    /// An hour in microseconds.
    package static let hour: Int64 = 3_600_000_000

    /// When the first slot begins, in microseconds since the Unix epoch; a multiple of `width`.
    package let begin: Int64
    /// How long a slot is, in microseconds: a number of seconds, minutes, hours or days that people count in.
    package let width: Int64
    /// How many slots there are, at least 1.
    package let count: Int

    private static let seconds: [Int64] =
        [1, 2, 5, 10, 30] + [1, 2, 5, 10, 30].map { $0 * 60 } + [1, 2, 3, 6, 12].map { $0 * 3600 }
        + [1, 2, 7].map { $0 * 86_400 }

    /// The shortest slots that cover `period`, which is not empty and is in microseconds since the Unix epoch.
    ///
    /// - Parameters:
    ///   - period: what they cover; the first can begin before it and the last end after it.
    ///   - shortest: how long each is at least, in microseconds.
    package init(covering period: Range<Int64>, shortest: Int64 = 1_000_000) {
        let last = period.upperBound - 1
        func count(_ width: Int64) -> Int { Int(last / width - period.lowerBound / width) + 1 }
        var width = Self.seconds.map { $0 * 1_000_000 }.first { $0 >= shortest && count($0) <= Self.maximumCount }
        // Longer than two years: in whole weeks.
        var weeks: Int64 = 2
        while width == nil {
            let candidate = weeks * 7 * 24 * Self.hour
            if count(candidate) <= Self.maximumCount { width = candidate }
            weeks *= 2
        }
        self.width = width ?? shortest
        begin = period.lowerBound / self.width * self.width
        self.count = count(self.width)
    }

    /// When the last slot ends, in microseconds since the Unix epoch.
    package var end: Int64 { begin + Int64(count) * width }

    /// The slots in their order.
    package var ranges: [Range<Int64>] {
        (0..<count).map { begin + Int64($0) * width..<begin + Int64($0 + 1) * width }
    }
}
