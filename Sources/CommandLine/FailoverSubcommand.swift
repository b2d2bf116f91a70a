public import ArgumentParser
internal import Diagnostics
internal import Messages
internal import Service

/// `middle-sock failover`: lets the other server take over, for planned maintenance.
public struct FailoverSubcommand: EnvironmentCommand {
    /// How it is called, and what it is for.
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

    /// Where to ask.
    public static let environmentOptions = DirectoryOption.environment

    /// Where netns-agent is asked.
    @OptionGroup public var directory: DirectoryOption

    /// A request with all options left to their defaults.
    public init() {}

    /// How long to wait for the other server, in microseconds: it has to start, the one before has to stop.
    private static let patience: UInt64 = 120_000_000

    /// Asks, waits, and prints what became of it.
    ///
    /// - Throws: `Failure` when there is nobody to ask, or the other server does not serve.
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
