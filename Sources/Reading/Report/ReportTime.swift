internal import Time

extension ReportText {
    /// A time in microseconds since the Unix epoch, to the second: `2026-11-24 13:00:00`, in UTC.
    static func time(_ microseconds: Int64) -> String {
        let time = CalendarTime(microseconds)
        return "\(time.day) \(time.clock)"
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
