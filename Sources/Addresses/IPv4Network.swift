/// An IPv4 network: all addresses that share a prefix, as in 192.0.2.0/24.
public struct IPv4Network: Hashable, Sendable {
    /// The lowest address of the network: all bits after the prefix are zero.
    public let address: IPv4Address
    /// The length of the prefix in bits: 0 to 32.
    public let prefixLength: UInt8

    /// Makes the network of this prefix length that contains `address`; nil if the length is above 32.
    public init?(containing address: IPv4Address, prefixLength: UInt8) {
        guard prefixLength <= 32 else { return nil }
        self.address = IPv4Address(rawValue: address.rawValue & Self.mask(prefixLength))
        self.prefixLength = prefixLength
    }

    /// The network of this address alone.
    public init(of address: IPv4Address) {
        self.address = address
        prefixLength = 32
    }

    /// Whether `address` lies in the network.
    public func contains(_ address: IPv4Address) -> Bool {
        address.rawValue & Self.mask(prefixLength) == self.address.rawValue
    }

    /// The highest address of the network, the destination of directed broadcasts.
    public var broadcastAddress: IPv4Address {
        IPv4Address(rawValue: address.rawValue | ~Self.mask(prefixLength))
    }

    private static func mask(_ prefixLength: UInt8) -> UInt32 {
        prefixLength == 0 ? 0 : UInt32.max << (32 - UInt32(prefixLength))
    }
}

extension IPv4Network: CustomStringConvertible {
    /// The network in the usual notation: `192.0.2.0/24`.
    public var description: String { "\(address)/\(prefixLength)" }
}
