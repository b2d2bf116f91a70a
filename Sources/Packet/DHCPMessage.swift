public import Addresses

/// The direction of a message: the field `op` (RFC 2131, section 2).
public struct DHCPOperation: RawRepresentable, Hashable, Sendable {
    /// The number in the message.
    public let rawValue: UInt8

    /// Makes the operation with this number; RFC 2131 defines 1 and 2.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `BOOTREQUEST`: a client sent it, or a relay agent for a client.
    public static let request = DHCPOperation(rawValue: 1)
    /// `BOOTREPLY`: a server sent it, or a relay agent for a server.
    public static let reply = DHCPOperation(rawValue: 2)
}

/// A DHCP message (RFC 2131, section 2), or a BOOTP message (RFC 951), as far as it can be read.
///
/// What a client sends is its server's to judge, and servers take what the RFCs do not know: so a message is anything with
/// the fields up to `chaddr`. Whether it is one that every server understands is told by `isWellFormed`.
public struct DHCPMessage: ~Escapable {
    /// The length of the fields from `op` to `chaddr`, in bytes.
    ///
    /// Every message has at least this length.
    public static let minimumLength = 44
    /// The length of the fixed fields, in bytes: no server takes less.
    static let fixedLength = 236
    /// The length of the fixed fields and the magic cookie, in bytes.
    static let optionsOffset = 240
    static let hardwareAddressField = 28..<44
    static let serverNameField = 44..<108
    static let fileField = 108..<236
    // RFC 2131, section 3: 99.130.83.99.
    static let magicCookie: UInt32 = 0x6382_5363

    private let bytes: ByteView
    /// The direction of the message.
    public let operation: DHCPOperation
    /// The type of the message; nil in a BOOTP message, and where none could be read.
    ///
    /// It is the first byte of the first option 53 that has one, as dhcpd, Kea and dnsmasq read it.
    public let messageType: DHCPMessageType?
    /// Whether all options could be read: each ends within its field.
    ///
    /// Without the magic cookie there are none.
    public let hasWholeOptions: Bool

    /// Reads the message in `bytes`, the payload of a UDP datagram; nil if they end before the end of `chaddr`.
    @_lifetime(copy bytes)
    public init?(_ bytes: ByteView) {
        guard bytes.count >= Self.minimumLength else { return nil }
        self.bytes = bytes
        operation = DHCPOperation(rawValue: bytes.uint8(at: 0))
        var messageType: DHCPMessageType?
        var walk = DHCPOptionWalk(message: bytes)
        while let option = walk.next() {
            guard option.code == .messageType, messageType == nil, option.value.count > 0 else { continue }
            messageType = DHCPMessageType(rawValue: option.value.uint8(at: 0))
        }
        self.messageType = messageType
        hasWholeOptions = !walk.isMalformed
    }

    /// The operation in `bytes`, the payload of a UDP datagram, however short the message is; nil if there is no byte.
    public static func operation(in bytes: ByteView) -> DHCPOperation? {
        bytes.count > 0 ? DHCPOperation(rawValue: bytes.uint8(at: 0)) : nil
    }

    /// Whether the magic cookie stands before options (RFC 2131, section 3).
    public var hasMagicCookie: Bool { DHCPOptionWalk.isAhead(in: bytes) }

    /// Whether every server understands the message: it has the magic cookie, a known operation, a hardware address that
    /// fits into its field, options that end within their fields, and a message type of one byte if it has one.
    public var isWellFormed: Bool {
        guard hasMagicCookie, hasWholeOptions, operation == .request || operation == .reply,
            bytes.uint8(at: 2) <= Self.hardwareAddressField.count
        else { return false }
        guard let type = firstOption(.messageType) else { return true }
        return type.count == 1
    }

    /// Whether the message is BOOTP: all of it could be read, and it has no type.
    public var isBOOTP: Bool { messageType == nil && hasWholeOptions }

    /// Whether all the fixed fields are there, to the end of `file`.
    public var hasFixedFields: Bool { bytes.count >= Self.fixedLength }

    /// Whether the message goes on behind the fixed fields for as long as the magic cookie is.
    public var hasPlaceForCookie: Bool { bytes.count >= Self.optionsOffset }

    /// The kind of hardware address (`htype`); 1 is Ethernet.
    public var hardwareType: UInt8 { bytes.uint8(at: 1) }

    /// The length of the hardware address in bytes (`hlen`); more than 16 do not fit.
    public var hardwareAddressLength: Int { Int(bytes.uint8(at: 2)) }

    /// The number of relay agents that the message has passed (`hops`).
    public var hops: UInt8 { bytes.uint8(at: 3) }

    /// The number that all messages of an exchange share (`xid`).
    public var transactionIdentifier: UInt32 { bytes.uint32(at: 4) }

    /// How long the client has been trying, in seconds (`secs`).
    public var secs: UInt16 { bytes.uint16(at: 8) }

    /// All 16 flags.
    ///
    /// Only the first has a meaning.
    public var flags: UInt16 { bytes.uint16(at: 10) }

    /// Whether the client wants replies as broadcasts.
    public var wantsBroadcast: Bool { flags & 0x8000 != 0 }

    /// The address that the client has, and for which it answers ARP (`ciaddr`), or 0.0.0.0.
    public var clientAddress: IPv4Address { bytes.ipv4Address(at: 12) }

    /// The address that the server gives (`yiaddr`), or 0.0.0.0.
    public var yourAddress: IPv4Address { bytes.ipv4Address(at: 16) }

    /// The server to boot from next (`siaddr`), or 0.0.0.0.
    public var nextServerAddress: IPv4Address { bytes.ipv4Address(at: 20) }

    /// The relay agent that the message came through (`giaddr`), or 0.0.0.0.
    public var relayAddress: IPv4Address { bytes.ipv4Address(at: 24) }

    /// The client's Ethernet address (`chaddr`); nil if its hardware address is of another kind.
    public var clientMACAddress: MACAddress? {
        hardwareType == 1 && hardwareAddressLength == 6 ? bytes.macAddress(at: 28) : nil
    }

    /// The client's hardware address, whatever its kind: 0 to 16 bytes of `chaddr`; none if it does not fit in there.
    public var clientHardwareAddress: [UInt8] {
        guard hardwareAddressLength <= Self.hardwareAddressField.count else { return [] }
        return Self.hardwareAddressField.prefix(hardwareAddressLength).map { bytes.uint8(at: $0) }
    }

    /// The options of the message, in the order in which they are read.
    public var options: DHCPOptionWalk {
        @_lifetime(copy self)
        get { DHCPOptionWalk(message: bytes) }
    }
}
