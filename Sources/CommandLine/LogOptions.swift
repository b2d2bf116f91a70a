public import ArgumentParser
public import Diagnostics
internal import Kernel
internal import Logging

/// What is said on standard error, and how.
public struct LogOptions: ParsableArguments {
    /// What is less important than this is not said.
    @Option(help: "Say nothing less important than this on standard error.")
    public var logLevel = LogLevel.info

    /// How a line is written; by where it goes where there is nothing.
    @Option(
        help: ArgumentHelp(
            "How lines of the log are written: 'plain', 'timed' with the time in front, or 'json', an object on each line. "
                + "(default: timed into a file or a terminal; plain into a pipe or a socket, where journald, docker and "
                + "others add the time)"))
    public var logFormat: LogFormat?

    /// How they come from the environment.
    public static let environment: [EnvironmentOption] = [.value("log-level"), .value("log-format")]

    /// Those that are set, for the command line of another program.
    public var arguments: [String] {
        (logLevel == .info ? [] : ["--log-level", logLevel.rawValue])
            + (logFormat.map { ["--log-format", $0.rawValue] } ?? [])
    }

    /// Whatever is usual.
    public init() {}

    /// From now on lines are written so.
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

/// The command line of something that stays and says what it does.
public protocol LoggingCommand: ParsableCommand {
    /// How it says it.
    var logging: LogOptions { get }
}
