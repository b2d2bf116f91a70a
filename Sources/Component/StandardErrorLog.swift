internal import Kernel
public import Logging
public import Messages

/// Writes log lines to standard error as `relay: text`, warnings and errors with their level in front of the text.
///
/// When and on which machine is for whoever collects the lines: systemd, docker and the like add it themselves.
public struct StandardErrorLog: LogHandler {
    private let component: ComponentName
    /// What is said with every line of this logger.
    public var metadata: Logger.Metadata = [:]
    /// What is less important than this is not written.
    public var logLevel = Logger.Level.info

    /// A logger for a component that writes at least `level`, and never waits for whoever reads.
    ///
    /// The first is to be made before the process gives up anything.
    public static func logger(of component: ComponentName, level: Logger.Level = .info) -> Logger {
        StandardError.begin(as: component.description)
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
