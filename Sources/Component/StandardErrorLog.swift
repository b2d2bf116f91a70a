internal import Glibc
public import Kernel
public import Logging
public import Messages
internal import PrintableText

/// Writes log lines to standard error as `relay: text`, warnings and errors with their level in front of the text.
///
/// When and on which machine is for whoever collects the lines: systemd, docker and the like add it themselves.
public struct StandardErrorLog: LogHandler {
    private let component: ComponentName
    /// What is said with every line of this logger.
    public var metadata: Logger.Metadata = [:]
    /// What is less important than this is not written.
    public var logLevel = Logger.Level.info

    /// A logger for a component that writes at least `level`.
    public static func logger(of component: ComponentName, level: Logger.Level = .info) -> Logger {
        var logger = Logger(label: component.description) { _ in StandardErrorLog(component) }
        logger.logLevel = level
        return logger
    }

    private init(_ component: ComponentName) {
        self.component = component
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        let level = event.level >= .warning ? "\(event.level): " : ""
        StandardError.write("\(component): \(level)\(event.message)")
    }

    /// The value of one thing that is said with every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}

/// Where programs say what people should read.
public enum StandardError {
    /// What writing a line needs.
    public static let systemCalls: [SystemCall] = ["write"]

    /// Writes a line in one piece, so that lines of several programs do not mix; what a terminal would obey is shown instead.
    ///
    /// That nobody may be reading is no reason to fail.
    public static func write(_ line: String) {
        let bytes = Array("\(String(printable: line))\n".utf8)
        _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
