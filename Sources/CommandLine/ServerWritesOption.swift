public import ArgumentParser

/// The option of the launcher and of netns-agent that says what the server may write.
public struct ServerWritesOption: ParsableArguments {
    /// The paths.
    @Option(
        help: ArgumentHelp(
            "The only directories or files that the server may write, with all that is beneath them, such as "
                + "/var/lib/dhcp; can be given several times. Without it, the server may write what its user may.",
            valueName: "path"),
        completion: .file())
    public var serverWrites: [String] = []

    /// How they come from the environment.
    public static let environment: [EnvironmentOption] = [.list("server-writes")]

    /// No paths: the server may write whatever its user may.
    public init() {}
}
