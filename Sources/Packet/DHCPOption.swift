/// The number of a DHCP option (RFC 2132; BOOTP Vendor Extensions and DHCP Options, IANA).
public struct DHCPOptionCode: RawRepresentable, Hashable, Sendable {
    /// The number in the message.
    public let rawValue: UInt8

    /// Makes the option with this number.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Padding, without a length.
    public static let pad = DHCPOptionCode(rawValue: 0)
    /// The mask of the client's network.
    public static let subnetMask = DHCPOptionCode(rawValue: 1)
    /// The host name of the client.
    public static let hostName = DHCPOptionCode(rawValue: 12)
    /// The address the client asks for.
    public static let requestedAddress = DHCPOptionCode(rawValue: 50)
    /// The duration of the lease, in seconds.
    public static let leaseTime = DHCPOptionCode(rawValue: 51)
    /// Says whether `file` and `sname` contain options too.
    public static let overload = DHCPOptionCode(rawValue: 52)
    /// The type of the message.
    public static let messageType = DHCPOptionCode(rawValue: 53)
    /// The identifier of the server.
    public static let serverIdentifier = DHCPOptionCode(rawValue: 54)
    /// The options that the client requests, one byte for each.
    public static let parameterRequestList = DHCPOptionCode(rawValue: 55)
    /// The length of the longest message that the client accepts, in bytes (RFC 2132, section 9.10).
    public static let maximumMessageSize = DHCPOptionCode(rawValue: 57)
    /// The client identifier.
    public static let clientIdentifier = DHCPOptionCode(rawValue: 61)
    /// Says that the client may have the address with the first reply (RFC 4039).
    public static let rapidCommit = DHCPOptionCode(rawValue: 80)
    /// The end of the options, without a length.
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
