internal import Time

extension CalendarTime {
    /// A time in a time zone.
    ///
    /// - Parameter microseconds: since the Unix epoch.
    init(_ microseconds: Int64, in zone: TimeZone) {
        self.init(microseconds, offset: zone.offset(Self.second(of: microseconds).second))
    }
}
