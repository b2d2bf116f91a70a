/// How a line of the log is written.
public enum LogFormat: String, CaseIterable, Sendable {
    /// `relay: text`.
    case plain
    /// The same behind the time in UTC.
    case timed
    /// An object with `time`, `level`, `component` and `message`.
    case json
}
