public import ArgumentParser
internal import Messages

/// `relay status` and its like: asks the component of this name how it is.
///
/// It is the health check of a container that has one component.
public struct StatusSubcommand<Program: ComponentCommand>: ParsableCommand {
    /// The name and the help of the subcommand.
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "status",
            abstract: "Asks the \(Program.component) that runs how it is.",
            discussion: "The exit status is 0 when it does its work, otherwise 69. Only root and its own user may ask.")
    }

    @Option(help: "The directory with the sockets of the components.")
    var runtimeDirectory = RuntimeDirectory(RuntimeDirectory.standard)

    /// The subcommand with its standard values, as the parser makes it.
    public init() {}

    /// Prints the fields of the answer, a line each.
    ///
    /// - Throws: `ExitCode` 69 unless the component does its work.
    public func run() throws {
        let answer = try runtimeDirectory.answer(of: Program.component)
        switch answer {
        case .status(let status): for field in status.fields { print("\(field.name): \(field.value)") }
        case .notRunning: print("state: not running")
        case .silence: print("state: does not answer")
        }
        guard answer.isReady else { throw ExitCode(Failure.Status.unavailable.rawValue) }
    }
}
