public import ArgumentParser
internal import Diagnostics
internal import Messages
internal import Service

/// `middle-sock failover`: lets the other server take over, for planned maintenance.
public struct FailoverSubcommand: EnvironmentCommand {
    /// Its name and help.
    public static let configuration = CommandConfiguration(
        commandName: "failover",
        abstract: "Lets the other of two servers take over, without losing a request.",
        discussion: """
            The server that serves may answer what it has, gets nothing new, and is stopped; the other one is started \
            and gets what came meanwhile. It waits until the other one serves, two minutes at most. Needs a \
            middle-sock or netns-agent that runs with --standby. Called again, it goes back. Only root and the agent's \
            user may ask.

            \(EnvironmentOption.section(on: environmentOptions))

            Exit status:
              0   the other server serves
              64  wrong usage
              69  it does not, or there is nobody to ask
            """)

    /// The options that can come from the environment.
    public static let environmentOptions = DirectoryOption.environment

    /// The directory in which netns-agent is asked.
    @OptionGroup public var directory: DirectoryOption

    /// A command with the default options.
    public init() {}

    /// How long to wait for the other server, in microseconds: first the one that serves has to stop.
    private static let patience: UInt64 = 120_000_000

    /// Asks for the switch, waits for its end, and prints the result.
    ///
    /// - Throws: `Failure` if no netns-agent answers, or the other server does not serve.
    public func run() throws {
        let directory = directory.runtimeDirectory
        switch try directory.answer(of: .netnsAgent, to: .failoverRequest, within: Self.patience) {
        case .status(let status):
            guard let refusal = status["refused"] else {
                for field in status.fields { print(field.line) }
                return
            }
            throw Failure(.unavailable, refusal)
        case .notRunning: throw Failure(.unavailable, "no netns-agent runs in \(directory.path)")
        case .silence:
            throw Failure(
                .unavailable, "netns-agent has not said what became of it: it has ended, or two minutes were too short")
        }
    }
}
