/// The type of a DHCP message: the value of option 53 (RFC 2132, section 9.6).
public struct DHCPMessageType: RawRepresentable, Hashable, Sendable {
    /// The number in the option.
    public let rawValue: UInt8

    /// Makes the type with this number.
    ///
    /// RFC 2131 defines 1 to 8.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A client looks for servers.
    public static let discover = DHCPMessageType(rawValue: 1)
    /// A server offers an address.
    public static let offer = DHCPMessageType(rawValue: 2)
    /// A client takes an offer, confirms its address or renews it.
    public static let request = DHCPMessageType(rawValue: 3)
    /// A client found its address in use.
    public static let decline = DHCPMessageType(rawValue: 4)
    /// A server grants the address.
    public static let ack = DHCPMessageType(rawValue: 5)
    /// A server denies the address.
    public static let nak = DHCPMessageType(rawValue: 6)
    /// A client gives its address back.
    public static let release = DHCPMessageType(rawValue: 7)
    /// A client asks for configuration only.
    public static let inform = DHCPMessageType(rawValue: 8)
}

extension DHCPMessageType: CustomStringConvertible {
    private static let names = ["DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM"]

    /// Whether RFC 2131 defines it.
    public var isKnown: Bool { (1...8).contains(rawValue) }

    /// The name without `DHCP`, such as `DISCOVER`, or the number of a type that RFC 2131 does not define.
    public var description: String {
        isKnown ? Self.names[Int(rawValue) - 1] : String(rawValue)
    }
}
