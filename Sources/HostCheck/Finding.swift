/// The result of one check of the host.
public struct Finding: Hashable, Sendable {
    /// What was checked: `privileges`, `UDP port 67`.
    public let subject: String
    /// What the result means for a start of middle-sock.
    public let state: State
    /// The result in one line.
    public let text: String
    /// What to do about it, in one line; nil if there is nothing to do.
    public let advice: String?

    /// What a result means for a start.
    public enum State: String, Sendable {
        /// All is well.
        case ok
        /// The check could not be made.
        case unchecked
        /// A start succeeds, but an administrator should look at this.
        case warning
        /// A start fails, or clients are not served.
        case problem
    }

    /// Makes a finding about `subject`.
    public init(_ subject: String, _ state: State, _ text: String, advice: String? = nil) {
        self.subject = subject
        self.state = state
        self.text = text
        self.advice = advice
    }
}
