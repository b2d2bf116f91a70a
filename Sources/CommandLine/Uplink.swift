public import ArgumentParser

/// How packets come in and go out.
public enum Uplink: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// By packet sockets on the host's own interfaces.
    case lan
    /// By the interface of a container on the bridge of a runtime that publishes UDP port 67.
    case runtime
}

/// The option of the launcher and of netns-agent that chooses the uplink.
public struct UplinkOption: ParsableArguments {
    /// The choice.
    @Option(
        help: ArgumentHelp(
            "How packets come in and go out: lan, by the host's own interfaces; runtime, by this container's own, to "
                + "which the host's UDP port 67 is published.",
            valueName: "uplink"))
    public var uplink = Uplink.lan

    /// How it comes from the environment.
    public static let environment: [EnvironmentOption] = [.value("uplink")]

    /// The host's own interfaces.
    public init() {}
}
