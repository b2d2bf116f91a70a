public import Addresses

/// The direction of a message: the field `op` (RFC 2131, section 2).
public enum DHCPOperation: UInt8, Sendable {
    /// `BOOTREQUEST`: a client sent it, or a relay agent for a client.
    case request = 1
    /// `BOOTREPLY`: a server sent it, or a relay agent for a server.
    case reply = 2
}

/// A DHCP message (RFC 2131, section 2), or a BOOTP message (RFC 951).
///
/// Every message that can be made is well-formed: it has 240 bytes with the magic cookie, a known operation, a hardware
/// address that fits into its field, and options that end within their fields.
public struct DHCPMessage: ~Escapable {
    /// The length of the fixed fields and the magic cookie, in bytes.
    ///
    /// Every message has at least this length.
    public static let minimumLength = 240
    static let optionsOffset = 240
    static let serverNameField = 44..<108
    static let fileField = 108..<236
    // RFC 2131, section 3: 99.130.83.99.
    static let magicCookie: UInt32 = 0x6382_5363

    private let bytes: ByteView
    /// The direction of the message.
    public let operation: DHCPOperation
    /// The type of the message (option 53); nil in a BOOTP message.
    public let messageType: DHCPMessageType?

    /// Reads the message in `bytes`, the payload of a UDP datagram; nil if they are no well-formed message.
    @_lifetime(copy bytes)
    public init?(_ bytes: ByteView) {
        guard bytes.count >= Self.minimumLength, bytes.uint32(at: 236) == Self.magicCookie,
            let operation = DHCPOperation(rawValue: bytes.uint8(at: 0)), bytes.uint8(at: 2) <= 16
        else { return nil }
        self.bytes = bytes
        self.operation = operation
        var messageType: DHCPMessageType?
        var walk = DHCPOptionWalk(message: bytes)
        while let option = walk.next() {
            guard option.code == .messageType, messageType == nil else { continue }
            guard option.value.count == 1 else { return nil }
            messageType = DHCPMessageType(rawValue: option.value.uint8(at: 0))
        }
        guard !walk.isMalformed else { return nil }
        self.messageType = messageType
    }

    /// The kind of hardware address (`htype`); 1 is Ethernet.
    public var hardwareType: UInt8 { bytes.uint8(at: 1) }

    /// The length of the hardware address in bytes (`hlen`): 0 to 16.
    public var hardwareAddressLength: Int { Int(bytes.uint8(at: 2)) }

    /// The number of relay agents that the message has passed (`hops`).
    public var hops: UInt8 { bytes.uint8(at: 3) }

    /// The number that all messages of an exchange share (`xid`).
    public var transactionIdentifier: UInt32 { bytes.uint32(at: 4) }

    /// What a request and its reply have in common: the transaction and the client, in 32 bits each.
    public var exchange: UInt64 {
        let client = clientMACAddress?.rawValue ?? 0
        return UInt64(transactionIdentifier) << 32 | UInt64(UInt32(truncatingIfNeeded: client ^ client >> 32))
    }

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

    /// The client's hardware address, whatever its kind: 0 to 16 bytes of `chaddr`.
    public var clientHardwareAddress: [UInt8] {
        (0..<hardwareAddressLength).map { bytes.uint8(at: 28 + $0) }
    }

    /// The options of the message, in the order in which they are read.
    public var options: DHCPOptionWalk {
        @_lifetime(copy self)
        get { DHCPOptionWalk(message: bytes) }
    }
}
