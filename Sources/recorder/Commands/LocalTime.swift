internal import Kernel
internal import Time

extension TimeZone {
    /// That of this machine, or what TZ says.
    static let current = TimeZone { LocalTime.offset(at: $0) }
}
