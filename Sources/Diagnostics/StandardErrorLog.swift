internal import Kernel
public import Logging
public import Messages
internal import PrintableText
internal import Synchronization
internal import Time

/// Writes log lines to standard error as `relay: text`, warnings and errors with their level in front of the text.
///
/// `LogFormat` decides whether a line has the time; the machine's name is left to whoever collects the lines.
public struct StandardErrorLog: LogHandler {
    private let component: ComponentName
    /// What is said with every line of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Less important lines are not written.
    public var logLevel = Logger.Level.info

    // Atomic, not behind a lock: a lock calls gettid, which a confined process may no longer do.
    private static let level = Atomic(Logger.Level.allCases.firstIndex(of: .info) ?? 0)
    private static let format = Atomic(LogFormat.allCases.firstIndex(of: .plain) ?? 0)

    /// From now on loggers are made with this level, and lines written in this format.
    package static func use(_ level: Logger.Level, _ format: LogFormat) {
        self.level.store(Logger.Level.allCases.firstIndex(of: level) ?? 0, ordering: .relaxed)
        self.format.store(LogFormat.allCases.firstIndex(of: format) ?? 0, ordering: .relaxed)
    }

    /// A logger of a component, which never waits for whoever reads its lines.
    ///
    /// The process makes its first logger before it gives up privileges.
    public static func logger(of component: ComponentName) -> Logger {
        StandardError.begin(as: component.description)
        var logger = Logger(label: component.description) { _ in StandardErrorLog(component) }
        logger.logLevel = Logger.Level.allCases[level.load(ordering: .relaxed)]
        return logger
    }

    /// Writes a line whatever the level is: why a program ends.
    package static func write(_ message: String, _ level: Logger.Level, of component: String) {
        let format = LogFormat.allCases[format.load(ordering: .relaxed)]
        StandardError.write(line(message, level, of: component, format, at: Clock.realtime))
    }

    /// A line as it is written at a time in microseconds since the Unix epoch.
    static func line(
        _ message: String, _ level: Logger.Level, of component: String, _ format: LogFormat, at time: UInt64
    ) -> String {
        let marked =
            level == .warning || level == .error ? "\(component): \(level): \(message)" : "\(component): \(message)"
        let time = CalendarTime(Int64(clamping: time)).word(digits: 3)
        switch format {
        case .plain: return marked
        case .timed: return "\(time) \(marked)"
        case .json:
            let members = [("time", time), ("level", "\(level)"), ("component", component), ("message", message)]
            let texts = members.map { "\(JSONText.quoted($0.0)): \(JSONText.quoted($0.1))" }
            return "{\(texts.joined(separator: ", "))}"
        }
    }

    private init(_ component: ComponentName) {
        self.component = component
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        Self.write("\(event.message)", event.level, of: component.description)
    }

    /// One value of `metadata`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}
