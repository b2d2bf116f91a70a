/// What can wake a service up, besides what wakes every service up (`ServiceLoop`).
public protocol EventSource {
    /// The number by which the poller knows it; the last ones before `UInt64.max` are the loop's own.
    var token: UInt64 { get }

    /// The source with this number, if it is one.
    init?(token: UInt64)
}

extension EventSource where Self: RawRepresentable, RawValue == UInt64 {
    /// Its number.
    public var token: UInt64 { rawValue }

    /// The source with this number, if it is one.
    public init?(token: UInt64) {
        self.init(rawValue: token)
    }
}
