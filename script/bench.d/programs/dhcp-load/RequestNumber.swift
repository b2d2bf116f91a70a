/// What tells one request of a flood from all others: it travels as the transaction identifier.
struct RequestNumber: Hashable {
    /// Which flood the request belongs to.
    let mark: UInt8
    /// Its position in that flood.
    let position: Int

    /// How many requests a flood can have at most.
    static let limit = 1 << 24

    /// The request at a position below `limit`.
    init(mark: UInt8, position: Int) {
        precondition((0..<Self.limit).contains(position))
        self.mark = mark
        self.position = position
    }

    /// The request with this transaction identifier.
    init(transactionIdentifier: UInt32) {
        mark = UInt8(transactionIdentifier >> 24)
        position = Int(transactionIdentifier & 0xFF_FFFF)
    }

    /// Its `xid`: the mark is the first byte.
    var transactionIdentifier: UInt32 { UInt32(mark) << 24 | UInt32(position) }
}
