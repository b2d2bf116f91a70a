public import ArgumentParser
internal import Diagnostics
internal import Glibc
internal import Kernel
internal import Logging
public import Messages
internal import Service

/// The command line of a program or a subcommand whose options can also come from the environment.
public protocol EnvironmentCommand: ParsableCommand {
    /// The options that can come from the environment.
    static var environmentOptions: [EnvironmentOption] { get }
}

/// The command line of one of the programs: every error is one line.
public protocol ComponentCommand: EnvironmentCommand {
    /// Which program it is.
    static var component: ComponentName { get }

    /// Says what is wrong with a command line, where that is clearer than the parser's message, which names the first word that
    /// does not fit.
    static func advice(on arguments: [String]) -> String?
}

extension ComponentCommand {
    /// Leaves the message to the parser.
    public static func advice(on arguments: [String]) -> String? { nil }

    /// Reads the command line and runs the command; ends the process if either fails.
    public static func main() {
        Uptime.begin()
        do {
            var command = try parseAsRoot(commandLine())
            (command as? any LoggingCommand)?.logging.begin()
            try command.run()
            StandardError.finish()
        } catch {
            end(with: error)
        }
    }

    private static func commandLine() throws(Failure) -> [String] {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let subcommands = Dictionary(
            uniqueKeysWithValues: configuration.subcommands.compactMap { subcommand in
                subcommand.configuration.commandName.map { ($0, subcommand) }
            })
        if let name = arguments.first, let subcommand = subcommands[name] as? any EnvironmentCommand.Type {
            try refuse(optionsOfOthersThan: subcommand, named: name, in: arguments.dropFirst())
        }
        return EnvironmentOption.merge(
            arguments, with: ProcessEnvironment.variables,
            options: environmentOptions(of: arguments.first.flatMap { subcommands[$0] }),
            subcommands: Set(subcommands.keys))
    }

    /// The parser takes options of the program for those of any subcommand, which then does nothing about them.
    private static func refuse(
        optionsOfOthersThan subcommand: any EnvironmentCommand.Type, named name: String,
        in arguments: some Collection<String>
    ) throws(Failure) {
        let own = Set(subcommand.environmentOptions.map(\.name))
        for word in arguments.prefix(while: { $0 != "--" }) {
            guard let option = environmentOptions.first(where: { $0.isNamed(by: word) }), !own.contains(option.name)
            else { continue }
            throw Failure(
                .usage,
                "--\(option.name) is no option of '\(component) \(name)'; '\(component) \(name) --help' tells more")
        }
    }

    /// The options of the subcommand, or of the program itself if there is none.
    private static func environmentOptions(of subcommand: (any ParsableCommand.Type)?) -> [EnvironmentOption] {
        guard let subcommand else { return environmentOptions }
        return (subcommand as? any EnvironmentCommand.Type)?.environmentOptions ?? []
    }

    /// Ends the program, and says why in one line; for `--help` and `--version` it prints those.
    public static func end(with error: any Error) -> Never {
        if let failure = error as? Failure ?? (error as? SystemError).map({ .software("work", $0) }) {
            complain(failure.message)
            Glibc.exit(failure.status.rawValue)
        }
        // Help and version are not errors, and an ExitCode has nothing to say.
        guard exitCode(for: error) != .success, error as? ExitCode == nil else {
            StandardError.finish()
            exit(withError: error)
        }
        let reason = advice(on: Array(CommandLine.arguments.dropFirst())) ?? message(for: error)
        complain("\(reason); '\(component) --help' tells more")
        Glibc.exit(Failure.Status.usage.rawValue)
    }

    private static func complain(_ message: String) {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        StandardErrorLog.write(line, .critical, of: component.description)
        StandardError.finish()
    }
}
