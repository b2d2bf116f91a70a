public import Messages

/// A batch, and the datagram in which it came.
public struct ReceivedBatch: Hashable, Sendable {
    /// What the datagram says.
    public let batch: RecordBatch
    /// The whole message (docs/protocol.md), at most 65,536 bytes.
    public let datagram: [UInt8]

    /// The batch in a datagram; nothing when that is another message, or none.
    public init?(_ datagram: [UInt8]) {
        guard case .records(let batch)? = try? Message(decoding: datagram) else { return nil }
        (self.batch, self.datagram) = (batch, datagram)
    }
}
