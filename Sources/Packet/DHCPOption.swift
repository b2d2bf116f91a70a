/// The number of a DHCP option (RFC 2132; BOOTP Vendor Extensions and DHCP Options, IANA).
public struct DHCPOptionCode: RawRepresentable, Hashable, Sendable {
    /// The number in the message.
    public let rawValue: UInt8

    /// The option with this number.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Fills up, has no length.
    public static let pad = DHCPOptionCode(rawValue: 0)
    /// The mask of the client's network.
    public static let subnetMask = DHCPOptionCode(rawValue: 1)
    /// The client's name for itself.
    public static let hostName = DHCPOptionCode(rawValue: 12)
    /// The address the client asks for.
    public static let requestedAddress = DHCPOptionCode(rawValue: 50)
    /// For how many seconds the address is granted.
    public static let leaseTime = DHCPOptionCode(rawValue: 51)
    /// Whether `file` and `sname` hold options too.
    public static let overload = DHCPOptionCode(rawValue: 52)
    /// What the message is for.
    public static let messageType = DHCPOptionCode(rawValue: 53)
    /// Which server is meant, or speaks.
    public static let serverIdentifier = DHCPOptionCode(rawValue: 54)
    /// What the client wants to know, a byte for each option.
    public static let parameterRequestList = DHCPOptionCode(rawValue: 55)
    /// What the client wants to be recognised by.
    public static let clientIdentifier = DHCPOptionCode(rawValue: 61)
    /// Whether the client may have the address with the first reply (RFC 4039).
    public static let rapidCommit = DHCPOptionCode(rawValue: 80)
    /// Ends the options, has no length.
    public static let end = DHCPOptionCode(rawValue: 255)
}

/// One option of a message, or one part of a long one (RFC 3396).
public struct DHCPOption: ~Escapable {
    /// Which option it is.
    public let code: DHCPOptionCode
    /// Its 0 to 255 bytes.
    public let value: ByteView

    @_lifetime(copy value)
    init(code: DHCPOptionCode, value: ByteView) {
        self.code = code
        self.value = value
    }
}
