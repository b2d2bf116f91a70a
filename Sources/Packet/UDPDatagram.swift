import Addresses

/// The UDP ports of DHCP (RFC 2131, section 4.1).
public enum DHCPPort {
    /// Where servers and relay agents listen: 67.
    public static let server: UInt16 = 67
    /// Where clients listen: 68.
    public static let client: UInt16 = 68

    /// Whether `port` is one of the two.
    public static func contains(_ port: UInt16) -> Bool {
        port == server || port == client
    }
}

/// A UDP datagram in an IPv4 packet (RFC 768).
public struct UDPDatagram: ~Escapable {
    /// The header, in bytes.
    public static let headerLength = 8

    let bytes: ByteView
    /// What follows the header up to the length of the datagram.
    public let payload: ByteView
    private let sourceAddress: IPv4Address
    private let destinationAddress: IPv4Address

    /// The datagram that `packet` carries, or nothing when it carries something else, or one that is not whole.
    ///
    /// The length of the datagram reaches from its header to, at most, the end of the packet. What the packet carries
    /// behind it is left out, as Linux does (`__udp4_lib_rcv`).
    @_lifetime(copy packet)
    public init?(_ packet: borrowing IPv4Packet) {
        guard packet.transportProtocol == .udp, !packet.isFragment, packet.payload.count >= Self.headerLength else {
            return nil
        }
        let length = Int(packet.payload.uint16(at: 4))
        guard length >= Self.headerLength, let bytes = packet.payload.slice(0..<length),
            let payload = bytes.slice(Self.headerLength..<length)
        else { return nil }
        self.bytes = bytes
        self.payload = payload
        sourceAddress = packet.source
        destinationAddress = packet.destination
    }

    /// The port it comes from.
    public var sourcePort: UInt16 { bytes.uint16(at: 0) }

    /// The port it goes to.
    public var destinationPort: UInt16 { bytes.uint16(at: 2) }

    /// Whether either end is a port of DHCP.
    public var isDHCP: Bool { DHCPPort.contains(sourcePort) || DHCPPort.contains(destinationPort) }

    /// Whether the checksum fits the datagram and the addresses, or there is none (0).
    public var hasValidChecksum: Bool {
        bytes.uint16(at: 6) == 0 || sum.isValid
    }

    /// The checksum that belongs into the header: 0 is written as 0xFFFF, because 0 means that there is none.
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
