internal import Foundation
internal import LeaseStore

extension ReportText {
    /// A time in microseconds since the Unix epoch, to the second: `2026-11-24 13:00:00`, in UTC.
    static func time(_ microseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(microseconds / 1_000_000))
        return String(date.formatted(.iso8601).prefix(19)).replacing("T", with: " ")
    }

    /// When each slot begins, no more exactly than the slots are long.
    static func labels(_ slots: TimeSlots) -> [String] {
        slots.ranges.map { range in
            let time = time(range.lowerBound)
            return switch slots.width {
            case (24 * TimeSlots.hour)...: String(time.prefix(10))
            case 60_000_000...: String(time.dropFirst(5).prefix(11))
            default: String(time.dropFirst(11))
            }
        }
    }
}
