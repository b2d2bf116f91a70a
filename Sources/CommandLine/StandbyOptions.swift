public import ArgumentParser
public import Messages

/// Whether there is a second server, and when it takes over; the launcher has the same options and passes them on.
public struct StandbyOptions: ParsableArguments {
    /// Whether there is a second server.
    @Flag(help: "Keep a second namespace ready, in which the server is started when it ends or falls silent.")
    public var standby = false

    /// The command line of the second server, if it has one of its own.
    @Option(
        help: ArgumentHelp(
            "Start this in the second namespace, such as an older version, instead of the same command, in words "
                + "with blanks between them; it implies --standby.",
            valueName: "command"))
    public var standbyCommand: String?

    /// How long clients must have waited for an answer.
    @Option(
        help: ArgumentHelp(
            "With --standby: how long clients must have waited in vain, 2s to 1h; a client asks again after 4 seconds.",
            valueName: "time"))
    public var silence = TimeSpan(seconds: 10)

    /// How many clients must wait.
    @Option(
        help: ArgumentHelp(
            "With --standby: how many different clients must wait; a single one may be at fault itself.",
            valueName: "number"))
    public var silentClients: UInt32 = 3

    /// No second server.
    public init() {}

    /// Refuses values with which a server would always or never count as silent.
    public func validate() throws {
        guard (2...3_600).contains(silence.seconds) else { throw ValidationError("'--silence' must be 2s to 1h") }
        guard (1...256).contains(silentClients) else { throw ValidationError("'--silent-clients' must be 1 to 256") }
    }

    /// When a server counts as silent, or nothing without a second one.
    public var threshold: SilenceThreshold? {
        guard standby || standbyCommand != nil else { return nil }
        return SilenceThreshold(duration: UInt64(silence.microseconds), clients: silentClients)
    }

    /// The words of the second server's command line, if it has one of its own.
    public var command: [String]? {
        standbyCommand.map { $0.split(separator: " ").map(String.init) }
    }

    /// The same options for the command line of another program.
    public var arguments: [String] {
        guard threshold != nil else { return [] }
        return ["--standby", "--silence", "\(silence)", "--silent-clients", "\(silentClients)"]
            + (standbyCommand.map { ["--standby-command", $0] } ?? [])
    }

    /// How they come from the environment.
    public static let environment: [EnvironmentOption] = [
        .flag("standby"), .value("standby-command"), .value("silence"), .value("silent-clients"),
    ]
}
