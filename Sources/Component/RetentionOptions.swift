public import ArgumentParser

/// What of the packets the recorder keeps; the launcher has the same options and passes them on.
public struct RetentionOptions: ParsableArguments {
    /// For how long packets are kept; for ever if there is none.
    @Option(
        help: ArgumentHelp(
            "Remove packets that are older, such as 12h, 30d, 8w; else they stay. Leases, starts, events and "
                + "counts always stay.",
            valueName: "time"))
    public var keepPackets: TimeSpan?

    /// How large the database may get before its oldest packets are removed.
    @Option(
        help: ArgumentHelp(
            "Remove the oldest packets when the database gets larger, such as 500MB, 2GiB; at least 16MiB.",
            valueName: "size"))
    public var maxSize: ByteSize?

    /// How much may be kept as it came, in a storm, until it is brought into the tables.
    @Option(
        help: ArgumentHelp(
            "Put up to this much of a storm of packets aside, to bring it into the tables when it is over: 16MiB "
                + "at least, or 0; never more than a quarter of --max-size.",
            valueName: "size"))
    public var maxBacklog = Self.standardBacklog

    /// Whether only what was read from the frames is kept.
    @Flag(help: "Do not keep the frames themselves, only what is read from them.")
    public var noFrames = false

    /// The smallest size that can be asked for, in bytes: below it an empty database with its indexes is no small part.
    public static let smallestSize: Int64 = 16 << 20

    /// The backlog that a recorder may have unless it is told otherwise: 256 MiB, some 700,000 packets.
    public static let standardBacklog = ByteSize(bytes: 256 << 20)

    /// Options that leave everything.
    public init() {}

    /// Refuses what would remove everything.
    public func validate() throws {
        if let keepPackets, keepPackets.seconds == 0 {
            throw ValidationError("'--keep-packets' must be longer than nothing, such as 30d")
        }
        if let maxSize, maxSize.bytes < Self.smallestSize {
            throw ValidationError("'--max-size' must be 16MiB at least")
        }
        if maxBacklog.bytes != 0, maxBacklog.bytes < Self.smallestSize {
            throw ValidationError("'--max-backlog' must be 16MiB at least, or 0")
        }
    }

    /// The same options for the command line of another program.
    public var arguments: [String] {
        (keepPackets.map { ["--keep-packets", "\($0)"] } ?? []) + (maxSize.map { ["--max-size", "\($0)"] } ?? [])
            + (maxBacklog == Self.standardBacklog ? [] : ["--max-backlog", "\(maxBacklog)"])
            + (noFrames ? ["--no-frames"] : [])
    }

    /// How they come from the environment.
    public static let environment: [EnvironmentOption] = [
        .value("keep-packets"), .value("max-size"), .value("max-backlog"), .flag("no-frames"),
    ]
}
