/// What is kept as it came, and not in the tables yet.
public struct Backlog: Hashable, Sendable {
    /// How many bytes the batches have.
    public let bytes: Int64
    /// How many batches there are.
    public let batches: Int64
    /// When the first of them came, in microseconds since the Unix epoch; 0 when there is none.
    public let oldest: Int64

    /// So many bytes in so many batches, of which the first came at `oldest`.
    public init(bytes: Int64, batches: Int64, oldest: Int64) {
        (self.bytes, self.batches, self.oldest) = (bytes, batches, oldest)
    }

    /// Nothing.
    public static let none = Backlog(bytes: 0, batches: 0, oldest: 0)

    /// Whether there is nothing.
    public var isEmpty: Bool { batches == 0 }
}
