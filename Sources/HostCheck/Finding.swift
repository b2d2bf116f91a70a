/// What a look at one thing of the host told.
public struct Finding: Hashable, Sendable {
    /// What was looked at: `privileges`, `UDP port 67`.
    public let subject: String
    /// What it means for whoever wants to start middle-sock.
    public let state: State
    /// What is so, in one line.
    public let text: String
    /// What to do about it, in one line; nothing when there is nothing to do.
    public let advice: String?

    /// What a finding means.
    public enum State: String, Sendable {
        /// As it has to be.
        case ok
        /// Could not be looked at.
        case unchecked
        /// A start succeeds, but somebody should look at this.
        case warning
        /// A start fails, or clients are not served.
        case problem
    }

    /// A finding about `subject`.
    public init(_ subject: String, _ state: State, _ text: String, advice: String? = nil) {
        self.subject = subject
        self.state = state
        self.text = text
        self.advice = advice
    }
}
