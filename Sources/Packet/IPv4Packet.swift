public import Addresses

/// What an IPv4 packet carries (Assigned Internet Protocol Numbers, IANA).
public struct IPProtocol: RawRepresentable, Hashable, Sendable {
    /// The number in the packet.
    public let rawValue: UInt8

    /// The protocol with this number.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `IPPROTO_ICMP` (linux/in.h).
    public static let icmp = IPProtocol(rawValue: 1)
    /// `IPPROTO_UDP`.
    public static let udp = IPProtocol(rawValue: 17)
}

/// An IPv4 packet whose lengths agree with each other (RFC 791).
public struct IPv4Packet: ~Escapable {
    /// The header without options, in bytes.
    public static let minimumHeaderLength = 20

    let header: ByteView
    /// What follows the header up to the total length: without the padding of the Ethernet frame.
    public let payload: ByteView

    /// The packet at the start of `bytes`, or nothing when its lengths contradict each other or it is not version 4.
    ///
    /// The header has at least 20 bytes, the total length covers it and ends within `bytes`. The checksum is a question
    /// of its own.
    @_lifetime(copy bytes)
    public init?(_ bytes: ByteView) {
        guard bytes.count >= Self.minimumHeaderLength, bytes.uint8(at: 0) >> 4 == 4 else { return nil }
        let headerLength = Int(bytes.uint8(at: 0) & 0x0F) * 4
        let totalLength = Int(bytes.uint16(at: 2))
        guard headerLength >= Self.minimumHeaderLength, totalLength >= headerLength,
            let header = bytes.slice(0..<headerLength), let payload = bytes.slice(headerLength..<totalLength)
        else { return nil }
        self.header = header
        self.payload = payload
    }

    /// The length of the header with its options, in bytes: 20 to 60.
    public var headerLength: Int { header.count }

    /// Whether this is a piece of a packet: more fragments follow, or it is not the first.
    public var isFragment: Bool { header.uint16(at: 6) & 0x3FFF != 0 }

    /// What the payload is.
    public var transportProtocol: IPProtocol { IPProtocol(rawValue: header.uint8(at: 9)) }

    /// The sender.
    public var source: IPv4Address { header.ipv4Address(at: 12) }

    /// The receiver.
    public var destination: IPv4Address { header.ipv4Address(at: 16) }

    /// Whether the checksum fits the header.
    public var hasValidHeaderChecksum: Bool { sum.isValid }

    /// The checksum that belongs into the header.
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
