import Messages
import Packet

@testable import Forwarding

// Internal, and seen by tests that import this module as `@testable`: so is what it is made of.
extension Decision {
    /// The relay's rules let this frame pass: what is left to decide is which server it goes to.
    static func passing(_ frame: [UInt8]) -> Decision {
        let message: MessageSummary? =
            if let message = DHCPMessage(frame: frame.span.rawBytes) { MessageSummary(message) } else { nil }
        return Decision(
            verdict: .forwarded, isDHCP: message != nil, isEvidence: false, summary: message, completesChecksums: false)
    }
}
