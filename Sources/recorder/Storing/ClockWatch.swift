/// Notices that somebody set the clock, or that the machine slept.
///
/// Leases and packets carry the time of that clock, so readers of the record want to know.
struct ClockWatch {
    /// What a clock may deviate between two looks, in microseconds.
    static let tolerance: Int64 = 1_000_000

    private var offset: Int64?

    /// By how many microseconds the clock jumped since the last look, if it did.
    mutating func look(realtime: UInt64, monotonic: UInt64) -> Int64? {
        let current = Int64(clamping: realtime) - Int64(clamping: monotonic)
        defer { offset = current }
        guard let offset, abs(current - offset) > Self.tolerance else { return nil }
        return current - offset
    }
}
