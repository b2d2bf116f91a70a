public import ArgumentParser
public import Diagnostics
internal import Kernel
internal import Logging

/// Which lines a program writes to standard error, and how.
public struct LogOptions: ParsableArguments {
    /// Less important lines are not written.
    @Option(help: "Say nothing less important than this on standard error.")
    public var logLevel = LogLevel.info

    /// How a line is written; without it, standard error decides (`LogFormat.usual`).
    @Option(
        help: ArgumentHelp(
            "How lines of the log are written: 'plain', 'timed' with the time in front, or 'json', an object on each line. "
                + "(default: timed into a file or a terminal; plain into a pipe or a socket, where journald, docker and "
                + "others add the time)"))
    public var logFormat: LogFormat?

    /// How they come from the environment.
    public static let environment: [EnvironmentOption] = [.value("log-level"), .value("log-format")]

    /// The options that are set, for the command line of another program.
    public var arguments: [String] {
        (logLevel == .info ? [] : ["--log-level", logLevel.rawValue])
            + (logFormat.map { ["--log-format", $0.rawValue] } ?? [])
    }

    /// The usual level and format.
    public init() {}

    /// Has lines written so from now on.
    func begin() {
        StandardErrorLog.use(logLevel.level, logFormat ?? .usual)
    }
}

/// How important a line of the log is, from everything to what ends the program.
public enum LogLevel: String, CaseIterable, ExpressibleByArgument, Sendable {
    case debug, info, notice, warning, error

    fileprivate var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

extension LogFormat: ExpressibleByArgument {
    /// Whoever reads a pipe or a socket adds the time; in a file and on a terminal nobody does.
    fileprivate static var usual: LogFormat { StandardError.isFileOrTerminal ? .timed : .plain }
}

/// The command line of a program that keeps running and logs what it does.
public protocol LoggingCommand: ParsableCommand {
    /// How it logs.
    var logging: LogOptions { get }
}
