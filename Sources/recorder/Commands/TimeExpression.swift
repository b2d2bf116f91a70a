internal import CommandLine
internal import Time

/// A point in time as people type it.
///
/// `resolve` says which one it is, given the current time and the time zone.
enum TimeExpression: Hashable, Sendable {
    /// This many microseconds before now.
    case ago(Int64)
    /// A time on a day; without a day it is today, without an offset from UTC in seconds it is local time.
    case clock(day: Day?, microseconds: Int64, offset: Int?)

    /// A day of the Gregorian calendar.
    struct Day: Hashable, Sendable {
        let year: Int
        let month: Int
        let day: Int
    }

    private static let secondsOfDay: Int64 = 86_400

    /// What `--help` says about times.
    static let explanation = """
        A time is '2026-11-23' (its midnight), '2026-11-23T14:00', '14:00' (today), '2h', '30m' or '7d' (ago; also s \
        and w), or one that was printed before. Without 'Z' or an offset such as '+09:00' it is the local time of this \
        machine (TZ).
        """

    /// Reads one of the forms, or nothing.
    init?(_ text: String) {
        if let span = TimeSpan(text) {
            self = .ago(span.microseconds)
            return
        }
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "T" || $0 == " " }
        if parts.count == 2 {
            guard let day = Day(parts[0]), let (time, offset) = Self.timeOfDay(parts[1]) else { return nil }
            self = .clock(day: day, microseconds: time, offset: offset)
        } else if let day = Day(text[...]) {
            self = .clock(day: day, microseconds: 0, offset: nil)
        } else if let (time, offset) = Self.timeOfDay(text[...]) {
            self = .clock(day: nil, microseconds: time, offset: offset)
        } else {
            return nil
        }
    }

    /// The time that is meant, in microseconds since the Unix epoch; nothing when that day has no such time.
    func resolve(now: Int64, in zone: TimeZone) -> Int64? {
        switch self {
        case .ago(let amount): return max(0, now - amount)
        case .clock(let day, let microseconds, let offset):
            let zone = offset.map { offset in TimeZone { _ in offset } } ?? zone
            let second = now / 1_000_000
            let today = (second + Int64(zone.offset(second))) / Self.secondsOfDay
            let midnight =
                (day.map { CalendarTime.number(ofDay: $0.day, month: $0.month, year: $0.year) } ?? today)
                * Self.secondsOfDay
            let time = zone.second(showing: midnight + microseconds / 1_000_000)
            return time < 0 ? nil : time * 1_000_000 + microseconds % 1_000_000
        }
    }

    /// `14:00`, `14:00:05` or `14:00:05.123456`, and behind it nothing, `Z` or an offset.
    private static func timeOfDay(_ text: Substring) -> (microseconds: Int64, offset: Int?)? {
        var (clock, offset) = (text, Int?.none)
        if text.last == "Z" {
            (clock, offset) = (text.dropLast(), 0)
        } else if let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            guard let (distance, nothing) = timeOfDay(text[text.index(after: sign)...]), nothing == nil else {
                return nil
            }
            (clock, offset) = (text[..<sign], Int(distance / 1_000_000) * (text[sign] == "-" ? -1 : 1))
        }
        return microseconds(clock).map { ($0, offset) }
    }

    private static func microseconds(_ clock: Substring) -> Int64? {
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else { return nil }
        let second = (parts.count == 3 ? parts[2] : "00").split(
            separator: ".", maxSplits: 1,
            omittingEmptySubsequences: false)
        let fraction = second.count == 2 ? second[1] : "0"
        guard let hour = number(parts[0], 0...23), let minute = number(parts[1], 0...59),
            let whole = number(second[0], 0...59), (1...6).contains(fraction.count), fraction.allSatisfy(\.isNumber),
            let millionths = Int(fraction + String(repeating: "0", count: 6 - fraction.count))
        else { return nil }
        return Int64((hour * 60 + minute) * 60 + whole) * 1_000_000 + Int64(millionths)
    }

    /// One or two digits.
    fileprivate static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard (1...2).contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text),
            range.contains(number)
        else { return nil }
        return number
    }
}

extension TimeExpression.Day {
    /// `2026-11-23`, if there is such a day.
    fileprivate init?(_ text: Substring) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, let year = Int(parts[0]), (1970...9999).contains(year),
            let month = TimeExpression.number(parts[1], 1...12), let day = TimeExpression.number(parts[2], 1...31),
            day <= Self.length(of: month, in: year)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
