/// A time in the Gregorian calendar, at a given offset from UTC.
///
/// It needs no Foundation: to load that would make every start longer.
public struct CalendarTime: Hashable, Sendable {
    /// `2026-11-23`.
    public let day: String
    /// `14:00:05`.
    public let clock: String
    /// `.001300`.
    public let fraction: String
    /// The offset from UTC, as ISO 8601 writes it: `Z` or `+09:00`.
    public let offset: String

    /// The time of so many microseconds since the Unix epoch.
    ///
    /// - Parameters:
    ///   - microseconds: since the Unix epoch.
    ///   - offset: the offset from UTC, in seconds.
    public init(_ microseconds: Int64, offset: Int = 0) {
        let (second, fraction) = Self.second(of: microseconds)
        let (day, rest) = (second + Int64(offset)).quotientAndRest(by: 86_400)
        self.day = Self.date(ofDay: day)
        clock = [rest / 3600, rest / 60 % 60, rest % 60].map { Self.digits($0, 2) }.joined(separator: ":")
        self.fraction = "." + Self.digits(fraction, 6)
        let (hours, minutes) = (Int64(abs(offset)) / 3600, Int64(abs(offset)) / 60 % 60)
        self.offset =
            offset == 0 ? "Z" : (offset < 0 ? "-" : "+") + Self.digits(hours, 2) + ":" + Self.digits(minutes, 2)
    }

    /// The whole seconds since the Unix epoch, and the microseconds behind them.
    public static func second(of microseconds: Int64) -> (second: Int64, fraction: Int64) {
        microseconds.quotientAndRest(by: 1_000_000)
    }

    /// The whole time as ISO 8601 writes it, `2026-11-23T14:00:05.001300+09:00`, with so many digits behind the point.
    public func word(digits: Int = 6) -> String {
        "\(day)T\(clock)\(digits == 0 ? "" : fraction.prefix(digits + 1))\(offset)"
    }

    /// The date of a day since the Unix epoch.
    ///
    /// Years are counted from March, so that the leap day is the last of its year.
    private static func date(ofDay day: Int64) -> String {
        let (era, dayOfEra) = (day + 719_468).quotientAndRest(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return [digits(year, 4), digits(month, 2), digits(dayOfMonth, 2)].joined(separator: "-")
    }

    /// The day since the Unix epoch, as `date` counts: of a date from 1970 on.
    public static func number(ofDay day: Int, month: Int, year: Int) -> Int64 {
        let (year, month) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        return Int64(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468)
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}

extension Int64 {
    /// The quotient, rounded down, and a rest that is not negative.
    fileprivate func quotientAndRest(by divisor: Int64) -> (Int64, Int64) {
        let rest = (self % divisor + divisor) % divisor
        return ((self - rest) / divisor, rest)
    }
}
