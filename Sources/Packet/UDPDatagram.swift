import Addresses

/// The UDP ports of DHCP (RFC 2131, section 4.1).
public enum DHCPPort {
    /// The port on which servers and relay agents listen: 67.
    public static let server: UInt16 = 67
    /// The port on which clients listen: 68.
    public static let client: UInt16 = 68

    /// Whether `port` is one of the two.
    public static func contains(_ port: UInt16) -> Bool {
        port == server || port == client
    }
}

/// A UDP datagram in an IPv4 packet (RFC 768).
public struct UDPDatagram: ~Escapable {
    /// The length of the header, in bytes.
    public static let headerLength = 8

    let bytes: ByteView
    /// The bytes from the header to the length of the datagram; to the end of the packet where it is not whole.
    public let payload: ByteView
    /// Whether the packet is whole, and the length of the datagram covers its header and ends within the packet; a first
    /// fragment never is.
    public let isWhole: Bool
    private let sourceAddress: IPv4Address
    private let destinationAddress: IPv4Address

    /// Reads the datagram that `packet` carries; nil if it carries something else, a fragment behind the first, or fewer
    /// than 8 bytes.
    ///
    /// The datagram ends at the end of the packet or before. What the packet carries after it is ignored, as in Linux
    /// (`__udp4_lib_rcv`).
    @_lifetime(copy packet)
    public init?(_ packet: borrowing IPv4Packet) {
        guard packet.transportProtocol == .udp, !packet.isLaterFragment, packet.payload.count >= Self.headerLength
        else {
            return nil
        }
        let said = Int(packet.payload.uint16(at: 4))
        let isWhole = packet.isWhole && !packet.isFragment && said >= Self.headerLength && said <= packet.payload.count
        let length = isWhole ? said : packet.payload.count
        guard let bytes = packet.payload.slice(0..<length), let payload = bytes.slice(Self.headerLength..<length)
        else { return nil }
        self.bytes = bytes
        self.payload = payload
        self.isWhole = isWhole
        sourceAddress = packet.source
        destinationAddress = packet.destination
    }

    /// The source port.
    public var sourcePort: UInt16 { bytes.uint16(at: 0) }

    /// The destination port.
    public var destinationPort: UInt16 { bytes.uint16(at: 2) }

    /// Whether the source or the destination is a port of DHCP.
    public var isDHCP: Bool { DHCPPort.contains(sourcePort) || DHCPPort.contains(destinationPort) }

    /// Whether the checksum is correct for the datagram and the addresses, or there is none (0).
    public var hasValidChecksum: Bool {
        bytes.uint16(at: 6) == 0 || sum.isValid
    }

    /// The correct checksum for the header.
    ///
    /// A sum of 0 is written as 0xFFFF, because 0 means that there is no checksum.
    var completeChecksum: UInt16 {
        var sum = sum
        sum.remove(bytes.uint16(at: 6))
        return sum.checksum == 0 ? 0xFFFF : sum.checksum
    }

    private var sum: InternetChecksum {
        var sum = InternetChecksum()
        sum.add(sourceAddress)
        sum.add(destinationAddress)
        sum.add(UInt16(IPProtocol.udp.rawValue))
        sum.add(UInt16(bytes.count))
        sum.add(bytes)
        return sum
    }
}
