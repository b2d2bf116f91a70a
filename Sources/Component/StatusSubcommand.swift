public import ArgumentParser
internal import Messages

/// `relay status` and its like: asks the component of this name how it is.
///
/// It is the health check of a container that has one component.
public struct StatusSubcommand<Program: ComponentCommand>: ParsableCommand {
    /// How it is called, and what it is for.
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "status",
            abstract: "Asks the \(Program.component) that runs how it is.",
            discussion: "The exit status is 0 when it does its work, otherwise 69. Only root and its own user may ask.")
    }

    /// Where the component is asked.
    @OptionGroup public var directory: DirectoryOption

    /// A question with all options left to their defaults.
    public init() {}

    /// Prints the answer.
    ///
    /// - Throws: `Failure` when the component cannot be asked, `ExitCode` when it does not do its work.
    public func run() throws {
        let answer = try directory.runtimeDirectory.answer(of: Program.component)
        switch answer {
        case .status(let status): for field in status.fields { print("\(field.name): \(field.value)") }
        case .notRunning: print("state: not running")
        case .silence: print("state: does not answer")
        }
        guard answer.isReady else { throw ExitCode(Failure.Status.unavailable.rawValue) }
    }
}
