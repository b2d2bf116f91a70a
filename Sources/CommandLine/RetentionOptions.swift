public import ArgumentParser

/// What the recorder keeps; the launcher has the same options and passes them on.
public struct RetentionOptions: ParsableArguments {
    /// For how long packets are kept.
    @Option(
        help: ArgumentHelp(
            "Remove packets that are older, such as 12h, 30d, 8w; 'forever' keeps them. Where neither this nor "
                + "--max-size is set: 30d and 2GiB.",
            valueName: "time"))
    public var keepPackets: Limit<TimeSpan>?

    /// How large the database may get.
    @Option(
        help: ArgumentHelp(
            "Keep the database this small, such as 500MB, 2GiB, at least 16MiB, or 'unlimited': first the oldest packets "
                + "go, then clients that never had a lease, old counts and events, and leases last.",
            valueName: "size"))
    public var maxSize: Limit<ByteSize>?

    /// For how long leases are kept after their end.
    @Option(
        help: ArgumentHelp(
            "Remove leases from the history that ended longer ago, such as 1y, 90d; 'forever' keeps them. Where it is "
                + "not set: 2y.",
            valueName: "time"))
    public var keepLeases: Limit<TimeSpan>?

    /// How much of a storm may wait, as it came, until it is brought into the tables.
    @Option(
        help: ArgumentHelp(
            "Put up to this much of a storm of packets aside, to bring it into the tables when it is over: 16MiB "
                + "at least, or 0; never more than a quarter of --max-size. Leases get into theirs at once.",
            valueName: "size"))
    public var maxBacklog = Self.standardBacklog

    /// Whether the frames themselves are left out.
    @Flag(help: "Do not keep the frames themselves, only what is read from them.")
    public var noFrames = false

    /// The smallest size that can be asked for, in bytes: of a smaller one an empty database with its indexes would be a large
    /// part.
    public static let smallestSize: Int64 = 16 << 20

    /// The size of the backlog unless it is set: 256 MiB, some 700,000 packets.
    public static let standardBacklog = ByteSize(bytes: 256 << 20)
    /// For how long packets are kept unless an option says: 30 days.
    public static let standardAge = TimeSpan(seconds: 30 * 86_400)
    /// How large the database may get unless an option says: 2 GiB, some 3 million packets.
    public static let standardSize = ByteSize(bytes: 2 << 30)
    /// For how long a lease is kept after its end unless an option says: 24 months.
    public static let standardHistory = TimeSpan(seconds: 2 * 365 * 86_400)

    /// Options of which none is set.
    public init() {}

    /// Refuses what would remove everything.
    public func validate() throws {
        for (name, limit) in [("--keep-packets", keepPackets), ("--keep-leases", keepLeases)] {
            if let span = limit?.amount, span.seconds == 0 {
                throw ValidationError("'\(name)' must be longer than nothing, such as 30d, or 'forever'")
            }
        }
        if let size = maxSize?.amount, size.bytes < Self.smallestSize {
            throw ValidationError("'--max-size' must be 16MiB at least, or 'unlimited'")
        }
        if maxBacklog.bytes != 0, maxBacklog.bytes < Self.smallestSize {
            throw ValidationError("'--max-backlog' must be 16MiB at least, or 0")
        }
    }

    /// The same options for the command line of another program.
    public var arguments: [String] {
        let limits: [(name: String, value: String?)] = [
            ("--keep-packets", keepPackets?.description), ("--max-size", maxSize?.description),
            ("--keep-leases", keepLeases?.description),
            ("--max-backlog", maxBacklog == Self.standardBacklog ? nil : maxBacklog.description),
        ]
        let set = limits.flatMap { limit in limit.value.map { [limit.name, $0] } ?? [] }
        return set + (noFrames ? ["--no-frames"] : [])
    }

    /// How they come from the environment.
    public static let environment: [EnvironmentOption] = [
        .value("keep-packets"), .value("max-size"), .value("keep-leases"), .value("max-backlog"), .flag("no-frames"),
    ]
}
