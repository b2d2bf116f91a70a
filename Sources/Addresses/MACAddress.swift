/// An Ethernet address (EUI-48).
public struct MACAddress: Hashable, Sendable {
    /// The address as a number of 48 bits.
    ///
    /// The first byte on the wire is the most significant one.
    public let rawValue: UInt64

    /// Makes the address from the lower 48 bits of `rawValue`, and ignores the upper 16.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue & 0xFFFF_FFFF_FFFF
    }

    /// Makes the address from its six bytes, in the order of the wire.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8, _ f: UInt8) {
        rawValue = [a, b, c, d, e, f].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// ff:ff:ff:ff:ff:ff.
    public static let broadcast = MACAddress(rawValue: .max)

    /// The six bytes in the order of the wire.
    public var bytes: [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * $0)) }
    }

    /// Whether the address belongs to a group of stations: the lowest bit of its first byte is 1.
    public var isMulticast: Bool { rawValue >> 40 & 1 == 1 }
}

extension MACAddress: LosslessStringConvertible {
    /// Reads six pairs of hexadecimal digits with colons between them; nil for any other text.
    public init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        var number: UInt64 = 0
        for part in parts {
            guard part.count == 2, part.first != "+", let byte = UInt8(part, radix: 16) else { return nil }
            number = number << 8 | UInt64(byte)
        }
        rawValue = number
    }

    /// Lower-case hexadecimal with colons, as `ip link` prints it.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
