public import Addresses

/// The Ethernet frame by which a client broadcasts a request (RFC 2131, sections 2 and 4.1), for questions of our own.
public struct ClientFrame: Sendable {
    /// Who asks: the sender, and `chaddr`.
    public var client: MACAddress
    /// What its answers are known by (`xid`).
    public var transaction: UInt32
    /// For how many seconds it has been asking.
    public var secs: UInt16 = 0
    /// Whether answers are to come as broadcasts.
    public var wantsBroadcast = false
    /// The address that it has (`ciaddr`).
    public var clientAddress = IPv4Address.unspecified
    /// What it wants (option 53).
    public var messageType: DHCPMessageType
    /// The options behind that as they are written, without the end; up to 56 bytes.
    public var options: [UInt8] = []

    // BOOTP's messages had 300 bytes (RFC 1542, section 2.1); some servers ignore what is shorter.
    private static let messageLength: UInt16 = 300

    /// The frame of a client that has no address.
    public init(_ messageType: DHCPMessageType, from client: MACAddress, transaction: UInt32) {
        (self.messageType, self.client, self.transaction) = (messageType, client, transaction)
    }

    /// The frame, 342 bytes with right checksums.
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
