// A version travels as an event: a recorder that does not know of versions stores it like any other.

extension EventRecord {
    /// Says which version the component that sends it has: once in each run, before its other events.
    ///
    /// - Parameters:
    ///   - version: the version alone: `1.0.0-dev`.
    ///   - time: now, in microseconds since the Unix epoch.
    public init(version: String, at time: UInt64) {
        self.init(happenedAt: time, kind: .version, detail: version)
    }

    /// The version that the event says; nothing when it is about something else.
    public var version: String? { kind == EventKind.version.rawValue ? detail : nil }
}

extension RecordBatch {
    /// The version of its source, where a record says it; the last one when the source was taken over by a newer one.
    public var version: String? {
        for case .event(let event) in records.reversed() {
            if let version = event.version { return version }
        }
        return nil
    }
}
