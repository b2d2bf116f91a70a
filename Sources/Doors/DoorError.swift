/// Why the value of an option names no door, and what to write instead, in one line.
public struct DoorError: Error, Hashable, Sendable {
    /// The reason, with the fix.
    public let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

extension DoorError: CustomStringConvertible {
    /// The reason, with the fix.
    public var description: String { reason }
}
