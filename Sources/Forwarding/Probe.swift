public import Addresses
public import Messages
public import Packet

/// The question whether a server is there: a DHCPINFORM (RFC 2131, section 3.4), which takes no lease.
///
/// It looks as one of a client on the LAN, but never was there, and its answer never gets there. It asks in the name of
/// the gateway: to answer, servers that send through kernel sockets ask by ARP for that address, and that is a sign of
/// life too.
public struct Probe: Sendable {
    /// Who asks: an address that no card has (locally administered).
    public static let client = MACAddress(0x02, 0x6D, 0x73, 0x6F, 0x63, 0x6B)

    /// The Ethernet frame, or nothing in a network without any other address.
    public let frame: [UInt8]

    /// The question for the server on a link.
    ///
    /// - Parameter transaction: what its answer is known by.
    public init?(on link: Link, transaction: UInt32) {
        guard let address = link.network.gateway ?? Self.lastAddress(in: link.network) else { return nil }
        frame = Self.frame(about: address, transaction: transaction)
    }

    /// Where there is no gateway: an address of the network that is not the host's own.
    private static func lastAddress(in network: AttachedNetwork) -> IPv4Address? {
        guard network.network.prefixLength < 31 else { return nil }
        let last = network.network.broadcastAddress.rawValue - 1
        return IPv4Address(rawValue: last == network.address.rawValue ? last - 1 : last)
    }

    private static func frame(about address: IPv4Address, transaction: UInt32) -> [UInt8] {
        let message = message(about: address, transaction: transaction)
        var frame: [UInt8] = []
        // Ethernet: from the client to all, IPv4.
        frame.append(bytesOf: UInt64(0xFFFF_FFFF_FFFF), count: 6)
        frame.append(bytesOf: client.rawValue, count: 6)
        frame.append(bytesOf: 0x0800, count: 2)
        // IPv4 (RFC 791): 20 bytes, UDP, from 0.0.0.0 to 255.255.255.255, the checksum still 0.
        frame += [0x45, 0]
        frame.append(bytesOf: UInt64(20 + 8 + message.count), count: 2)
        frame += [0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]
        // UDP (RFC 768): from port 68 to port 67.
        frame += [0, 68, 0, 67]
        frame.append(bytesOf: UInt64(8 + message.count), count: 2)
        frame += [0, 0]
        frame += message
        var bytes = frame.mutableSpan
        var span = unsafe bytes.mutableBytes
        span.completeChecksums()
        return frame
    }

    /// BOOTREQUEST over Ethernet, `ciaddr`, `chaddr`; then the options: DHCPINFORM, nothing in particular wanted, the end;
    /// and zeros up to the 300 bytes that BOOTP has at least (RFC 1542, section 2.1).
    private static func message(about address: IPv4Address, transaction: UInt32) -> [UInt8] {
        var message: [UInt8] = [1, 1, 6, 0]
        message.append(bytesOf: UInt64(transaction), count: 4)
        message += [0, 0, 0, 0]
        message.append(bytesOf: UInt64(address.rawValue), count: 4)
        message += [UInt8](repeating: 0, count: 12)
        message.append(bytesOf: client.rawValue, count: 6)
        message += [UInt8](repeating: 0, count: DHCPMessage.minimumLength - 4 - message.count)
        message += [0x63, 0x82, 0x53, 0x63, 53, 1, DHCPMessageType.inform.rawValue, 55, 1, 1, 255]
        return message + [UInt8](repeating: 0, count: 300 - message.count)
    }

    /// Whether a message that a server sent is the answer to a question.
    public static func isAnswered(by message: borrowing DHCPMessage) -> Bool {
        message.operation == .reply && message.clientMACAddress == client
    }
}

extension [UInt8] {
    /// Appends the lower `count` bytes of a number in network byte order.
    fileprivate mutating func append(bytesOf number: UInt64, count: Int) {
        for position in (0..<count).reversed() { append(UInt8(truncatingIfNeeded: number >> (8 * position))) }
    }
}
