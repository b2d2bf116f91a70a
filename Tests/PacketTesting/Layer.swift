/// One layer of a frame that a test builds: right unless it is told otherwise.
public protocol Layer: Sendable {}

extension Layer {
    /// The same layer with one of its fields changed, to whatever the test wants there.
    public func setting<Value>(_ field: WritableKeyPath<Self, Value>, to value: Value) -> Self {
        var layer = self
        layer[keyPath: field] = value
        return layer
    }
}

/// What a layer writes into its checksum field.
public enum ChecksumChoice: Sendable {
    /// The right one.
    case right
    /// Zero: none, or not filled in.
    case zero
    /// The right one with its lowest bit inverted.
    case wrong

    func applied(to checksum: UInt16) -> UInt16 {
        switch self {
        case .right: checksum
        case .zero: 0
        case .wrong: checksum ^ 1
        }
    }
}

/// The checksum of RFC 1071, two bytes at a time as the RFC describes it, to compare the fast one with.
public func plainChecksum(_ bytes: [UInt8]) -> UInt16 {
    var sum = 0
    for position in stride(from: 0, to: bytes.count, by: 2) {
        sum += Int(bytes[position]) << 8 | (position + 1 < bytes.count ? Int(bytes[position + 1]) : 0)
    }
    while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
    return ~UInt16(sum)
}

extension FixedWidthInteger {
    /// The bytes in the order of the network.
    public var networkBytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> Self($0)) }
    }
}
