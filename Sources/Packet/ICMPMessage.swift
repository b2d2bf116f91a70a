/// An ICMP message of at least 8 bytes, with the fields of an echo (RFC 792).
public struct ICMPMessage: ~Escapable {
    /// The length of an echo's header, in bytes.
    public static let headerLength = 8
    /// `ICMP_ECHOREPLY` (linux/icmp.h).
    public static let echoReply: UInt8 = 0
    /// `ICMP_ECHO`.
    public static let echoRequest: UInt8 = 8

    private let bytes: ByteView

    /// Reads the message that `packet` carries; nil if it carries something else, a fragment, or fewer than 8 bytes, or
    /// is not whole.
    @_lifetime(copy packet)
    public init?(_ packet: borrowing IPv4Packet) {
        guard packet.transportProtocol == .icmp, packet.isWhole, !packet.isFragment,
            packet.payload.count >= Self.headerLength
        else { return nil }
        bytes = packet.payload
    }

    /// Whether this is an echo request.
    public var isEchoRequest: Bool { bytes.uint8(at: 0) == Self.echoRequest && bytes.uint8(at: 1) == 0 }

    /// Whether this is the answer to an echo request.
    public var isEchoReply: Bool { bytes.uint8(at: 0) == Self.echoReply && bytes.uint8(at: 1) == 0 }

    /// The identifier of the program that sent the echo request.
    public var identifier: UInt16 { bytes.uint16(at: 4) }

    /// The number of the echo request among those of its sender.
    public var sequenceNumber: UInt16 { bytes.uint16(at: 6) }

    /// Whether the checksum is correct.
    public var hasValidChecksum: Bool {
        var checksum = InternetChecksum()
        checksum.add(bytes)
        return checksum.isValid
    }
}
