/// How far some place is from UTC, at each time.
public struct TimeZone: Sendable {
    /// In seconds, to the east positive, at a second since the Unix epoch.
    public let offset: @Sendable (Int64) -> Int

    /// - Parameter offset: how far it is from UTC in seconds, to the east positive, at a second since the Unix epoch.
    public init(offset: @escaping @Sendable (Int64) -> Int) {
        self.offset = offset
    }

    /// None at all.
    public static let utc = TimeZone { _ in 0 }

    /// The second since the Unix epoch at which clocks there show a time, which is given as if it were UTC.
    ///
    /// What they show twice is meant the first time; what they leave out is as far behind as it would have been without the
    /// change.
    public func second(showing shown: Int64) -> Int64 {
        let day: Int64 = 86_400
        let before = shown - Int64(offset(shown - day))
        let after = shown - Int64(offset(shown + day))
        return [before, after].first { $0 + Int64(offset($0)) == shown } ?? before
    }
}
