internal import Foundation
internal import Time

extension CalendarTime {
    /// A time in a time zone.
    ///
    /// - Parameter microseconds: since the Unix epoch.
    init(_ microseconds: Int64, in zone: TimeZone) {
        let second = Date(timeIntervalSince1970: Double(Self.second(of: microseconds).second))
        self.init(microseconds, offset: zone.secondsFromGMT(for: second))
    }
}
