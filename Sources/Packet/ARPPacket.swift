public import Addresses

/// An ARP packet for IPv4 over Ethernet (RFC 826).
public struct ARPPacket: ~Escapable {
    /// The length in bytes, with addresses of 6 and 4 bytes.
    public static let length = 28
    /// `ARPOP_REQUEST` (linux/if_arp.h).
    public static let request: UInt16 = 1
    /// `ARPOP_REPLY`.
    public static let reply: UInt16 = 2

    private let bytes: ByteView

    /// Reads the ARP packet at the start of `bytes`; nil if they are shorter than 28 bytes, or if the packet is for
    /// other kinds of addresses than Ethernet (`ARPHRD_ETHER`, 6 bytes) and IPv4 (4 bytes).
    @_lifetime(copy bytes)
    public init?(_ bytes: ByteView) {
        guard bytes.count >= Self.length, bytes.uint16(at: 0) == 1,
            bytes.uint16(at: 2) == EtherType.ipv4.rawValue, bytes.uint8(at: 4) == 6, bytes.uint8(at: 5) == 4
        else { return nil }
        self.bytes = bytes
    }

    /// The operation: `request`, `reply`, or one of another protocol.
    public var operation: UInt16 { bytes.uint16(at: 6) }

    /// The Ethernet address of the sender.
    public var senderMACAddress: MACAddress { bytes.macAddress(at: 8) }

    /// The IPv4 address of the sender; 0.0.0.0 in a probe (RFC 5227).
    public var senderAddress: IPv4Address { bytes.ipv4Address(at: 14) }

    /// The Ethernet address of the target; meaningless in a request.
    public var targetMACAddress: MACAddress { bytes.macAddress(at: 18) }

    /// The IPv4 address of the target: in a request the one that is asked for, in a reply the one that asked.
    public var targetAddress: IPv4Address { bytes.ipv4Address(at: 24) }
}
