public import Addresses

/// The protocol that an IPv4 packet carries (Assigned Internet Protocol Numbers, IANA).
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
    /// The number in the packet.
    public let rawValue: UInt8

    /// Makes the protocol with this number.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `IPPROTO_ICMP` (linux/in.h).
    public static let icmp = IPProtocol(rawValue: 1)
    /// `IPPROTO_UDP`.
    public static let udp = IPProtocol(rawValue: 17)
}

/// An IPv4 packet (RFC 791).
public struct IPv4Packet: ~Escapable {
    /// The length of a header without options, in bytes.
    public static let minimumHeaderLength = 20

    let header: ByteView
    /// The bytes from the header to the total length, without the padding of the Ethernet frame; to the end of the frame
    /// where the packet is not whole.
    public let payload: ByteView
    /// Whether the total length covers the header and ends within the frame.
    ///
    /// A kernel throws away what is not whole; a server that reads frames itself may look at the ports alone.
    public let isWhole: Bool

    /// Reads the packet at the start of `bytes`; nil if its header is shorter than 20 bytes or leaves `bytes`, or if it is
    /// not version 4.
    ///
    /// The checksum is not checked here.
    @_lifetime(copy bytes)
    public init?(_ bytes: ByteView) {
        guard bytes.count >= Self.minimumHeaderLength, bytes.uint8(at: 0) >> 4 == 4 else { return nil }
        let headerLength = Int(bytes.uint8(at: 0) & 0x0F) * 4
        let totalLength = Int(bytes.uint16(at: 2))
        let isWhole = totalLength >= headerLength && totalLength <= bytes.count
        guard headerLength >= Self.minimumHeaderLength, let header = bytes.slice(0..<headerLength),
            let payload = bytes.slice(headerLength..<(isWhole ? totalLength : bytes.count))
        else { return nil }
        self.header = header
        self.payload = payload
        self.isWhole = isWhole
    }

    /// The length of the header with its options, in bytes: 20 to 60.
    public var headerLength: Int { header.count }

    /// Whether this is a fragment: more fragments follow, or it is not the first.
    public var isFragment: Bool { header.uint16(at: 6) & 0x3FFF != 0 }

    /// Whether this is a fragment behind the first: it begins with neither ports nor anything else of the protocol's.
    public var isLaterFragment: Bool { header.uint16(at: 6) & 0x1FFF != 0 }

    /// What the fragments of one packet have in common, with the protocol and both addresses.
    public var identification: UInt16 { header.uint16(at: 4) }

    /// The protocol of the payload.
    public var transportProtocol: IPProtocol { IPProtocol(rawValue: header.uint8(at: 9)) }

    /// The sender.
    public var source: IPv4Address { header.ipv4Address(at: 12) }

    /// The receiver.
    public var destination: IPv4Address { header.ipv4Address(at: 16) }

    /// Whether the checksum of the header is correct.
    public var hasValidHeaderChecksum: Bool { sum.isValid }

    /// The correct checksum of the header.
    var completeHeaderChecksum: UInt16 {
        var sum = sum
        sum.remove(header.uint16(at: 10))
        return sum.checksum
    }

    private var sum: InternetChecksum {
        var sum = InternetChecksum()
        sum.add(header)
        return sum
    }
}
