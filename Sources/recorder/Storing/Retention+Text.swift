internal import CommandLine
internal import LeaseStore
internal import Time

extension Retention {
    /// What the options say; where they say nothing, the defaults.
    init(_ options: RetentionOptions) {
        self.init(
            age: options.keepPackets?.amount?.microseconds, size: options.maxSize?.amount?.bytes,
            leases: options.keepLeases?.amount?.microseconds, keepsFrames: !options.noFrames)
        if options.keepPackets == nil && options.maxSize == nil {
            defaults.insert(.packets)
            (age, size) = (RetentionOptions.standardAge.microseconds, RetentionOptions.standardSize.bytes)
        }
        if options.keepLeases == nil {
            defaults.insert(.leases)
            leases = RetentionOptions.standardHistory.microseconds
        }
        // It counts as part of the database, of which most is to stay for packets.
        backlog = min(options.maxBacklog.bytes, size.map { $0 / 4 } ?? .max)
    }

    /// What is kept, in a sentence.
    var sentence: String {
        let packets = [
            age.map { "for \(Self.span($0))" }, size.map { "as long as the database is under \(Self.amount($0))" },
        ].compactMap(\.self)
        return "keeps packets \(packets.isEmpty ? "for ever" : packets.joined(separator: " and ")), leases "
            + (leases.map { "for \(Self.span($0)) after their end" } ?? "for ever")
            + " (--keep-packets, --max-size, --keep-leases)"
    }

    /// What will be removed from the next start on by the limits of these parts, which nobody has set.
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    func warning(of parts: Set<Part>, at time: UInt64) -> String {
        func day(_ age: Int64?) -> String { CalendarTime(Int64(clamping: time) - (age ?? 0)).day }
        var (removed, options): ([String], [String]) = ([], [])
        if parts.contains(.packets) {
            removed.append(
                "packets from before \(day(age)), and the oldest while the database is over \(Self.amount(size ?? 0))")
            options.append("--keep-packets forever")
        }
        if parts.contains(.leases) {
            removed.append("leases that ended before \(day(leases))")
            options.append("--keep-leases forever")
        }
        return
            "nothing is removed yet from this database, which was there before; from the next start on there will be "
            + "no \(removed.joined(separator: ", and no ")); to keep them: \(options.joined(separator: " "))"
    }

    private static func span(_ microseconds: Int64) -> String {
        TimeSpan(seconds: microseconds / 1_000_000).defaultValueDescription
    }

    private static func amount(_ bytes: Int64) -> String { ByteSize(bytes: bytes).defaultValueDescription }
}
