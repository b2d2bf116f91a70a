public import Addresses
internal import Packet

/// The frame by which a host looks for DHCP servers: a DHCPDISCOVER (RFC 2131, sections 2 and 4.4.1).
public enum DiscoverFrame {
    /// The name by which it shows in the logs of servers (option 12).
    public static let hostName = "middle-sock-doctor"

    /// The frame, 342 bytes with right checksums.
    ///
    /// The broadcast flag is set, so that answers come to everybody whatever address they offer.
    ///
    /// - Parameters:
    ///   - macAddress: the host's on the LAN, as sender and as client.
    ///   - transaction: the number that answers will bear (`xid`).
    ///   - secs: for how many seconds this has been going on.
    public static func bytes(from macAddress: MACAddress, transaction: UInt32, secs: UInt16) -> [UInt8] {
        let message = message(of: macAddress, transaction, secs)
        var bytes = MACAddress.broadcast.bytes + macAddress.bytes + [0x08, 0x00]
        // IPv4 (RFC 791) from 0.0.0.0 to 255.255.255.255, UDP (RFC 768) from port 68 to 67.
        bytes += [0x45, 0x10] + UInt16(20 + 8 + message.count).bigEndianBytes + [0, 0, 0, 0, 64, 17, 0, 0]
        bytes += UInt32(0).bigEndianBytes + UInt32.max.bigEndianBytes
        bytes += DHCPPort.client.bigEndianBytes + DHCPPort.server.bigEndianBytes
        bytes += UInt16(8 + message.count).bigEndianBytes + [0, 0] + message
        var span = bytes.mutableSpan
        // Any bits are a byte.
        var frame = unsafe span.mutableBytes
        frame.completeChecksums()
        return bytes
    }

    private static func message(of client: MACAddress, _ transaction: UInt32, _ secs: UInt16) -> [UInt8] {
        var message: [UInt8] = [DHCPOperation.request.rawValue, 1, 6, 0] + transaction.bigEndianBytes
        message += secs.bigEndianBytes + [0x80, 0x00] + [UInt8](repeating: 0, count: 16)
        message += client.bytes + [UInt8](repeating: 0, count: 10 + 64 + 128)
        message += UInt32(0x6382_5363).bigEndianBytes
        message += [DHCPOptionCode.messageType.rawValue, 1, DHCPMessageType.discover.rawValue]
        message += [DHCPOptionCode.hostName.rawValue, UInt8(hostName.utf8.count)] + Array(hostName.utf8)
        message.append(DHCPOptionCode.end.rawValue)
        // Some servers ignore what is shorter than BOOTP's messages were.
        return message + [UInt8](repeating: 0, count: 300 - message.count)
    }
}

extension FixedWidthInteger {
    fileprivate var bigEndianBytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> Self($0)) }
    }
}
