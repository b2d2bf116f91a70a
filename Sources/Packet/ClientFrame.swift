public import Addresses

/// Builds the Ethernet frame in which a client broadcasts a request (RFC 2131, sections 2 and 4.1).
///
/// middle-sock asks servers questions of its own with it.
public struct ClientFrame: Sendable {
    /// The MAC address of the client: the sender of the frame, and `chaddr`.
    public var client: MACAddress
    /// The number that the answers repeat (`xid`).
    public var transaction: UInt32
    /// How long the client has been asking, in seconds (`secs`).
    public var secs: UInt16 = 0
    /// Whether the client wants the answers as broadcasts.
    public var wantsBroadcast = false
    /// The address that the client has (`ciaddr`).
    public var clientAddress = IPv4Address.unspecified
    /// The type of the message (option 53).
    public var messageType: DHCPMessageType
    /// The encoded options after option 53, without the end option; at most 56 bytes.
    public var options: [UInt8] = []

    // BOOTP messages have 300 bytes (RFC 1542, section 2.1), and some servers ignore shorter ones.
    private static let messageLength: UInt16 = 300

    /// Makes the frame of a client that has no address.
    public init(_ messageType: DHCPMessageType, from client: MACAddress, transaction: UInt32) {
        (self.messageType, self.client, self.transaction) = (messageType, client, transaction)
    }

    /// The frame: 342 bytes, with correct checksums.
    public var bytes: [UInt8] {
        var bytes = MACAddress.broadcast.bytes + client.bytes + EtherType.ipv4.rawValue.bigEndianBytes
        // IPv4 (RFC 791) from 0.0.0.0 to 255.255.255.255, UDP (RFC 768) from port 68 to 67.
        bytes += [0x45, 0x10] + (20 + 8 + Self.messageLength).bigEndianBytes + [0, 0, 0, 0, 64, 17, 0, 0]
        bytes += IPv4Address.unspecified.rawValue.bigEndianBytes + IPv4Address.broadcast.rawValue.bigEndianBytes
        bytes += DHCPPort.client.bigEndianBytes + DHCPPort.server.bigEndianBytes
        bytes += (8 + Self.messageLength).bigEndianBytes + [0, 0] + message
        var span = bytes.mutableSpan
        // Any bits are a byte.
        var frame = unsafe span.mutableBytes
        frame.completeChecksums()
        return bytes
    }

    private var message: [UInt8] {
        var message: [UInt8] = [DHCPOperation.request.rawValue, 1, 6, 0] + transaction.bigEndianBytes
        message += secs.bigEndianBytes + [wantsBroadcast ? 0x80 : 0, 0] + clientAddress.rawValue.bigEndianBytes
        message += [UInt8](repeating: 0, count: 12) + client.bytes + [UInt8](repeating: 0, count: 10 + 64 + 128)
        message += DHCPMessage.magicCookie.bigEndianBytes
        message += [DHCPOptionCode.messageType.rawValue, 1, messageType.rawValue] + options
        message.append(DHCPOptionCode.end.rawValue)
        return message + [UInt8](repeating: 0, count: Int(Self.messageLength) - message.count)
    }
}

extension FixedWidthInteger {
    fileprivate var bigEndianBytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> Self($0)) }
    }
}
