public import ArgumentParser
internal import Diagnostics
internal import Messages
internal import PrintableText
internal import Service

/// `relay status` and so on: asks the component for its status.
///
/// It is the health check of a container that has one component.
public struct StatusSubcommand<Program: ComponentCommand>: EnvironmentCommand {
    /// Its name and help.
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "status",
            abstract: "Asks the \(Program.component) that runs how it is.",
            discussion: """
                It prints what \(Program.component) says, a name and a value in each line. The exit status makes it the \
                health check of a container. Only root and the user that \(Program.component) runs as may ask.

                \(EnvironmentOption.section(on: environmentOptions))

                Exit status:
                  0   it does its work
                  64  wrong usage
                  69  it does not, does not answer, or does not run
                """)
    }

    /// The options that can come from the environment.
    public static var environmentOptions: [EnvironmentOption] { DirectoryOption.environment }

    /// The directory in which the component is asked.
    @OptionGroup public var directory: DirectoryOption

    /// A command with the default options.
    public init() {}

    /// Prints the answer.
    ///
    /// - Throws: `Failure` if the component cannot be asked, `ExitCode` if it does not do its work.
    public func run() throws {
        let answer = try directory.runtimeDirectory.answer(of: Program.component)
        switch answer {
        case .status(let status): for field in status.fields { print(field.line) }
        case .notRunning: print("state: not running")
        case .silence: print("state: does not answer")
        }
        guard answer.isReady else { throw ExitCode(Failure.Status.unavailable.rawValue) }
    }
}

extension Status.Field {
    /// `name: value`, as it is printed.
    var line: String { String(printable: "\(name): \(value)") }
}
