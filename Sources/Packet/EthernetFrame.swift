public import Addresses

/// The protocol that an Ethernet frame carries (IEEE 802 Numbers, IANA).
public struct EtherType: RawRepresentable, Hashable, Sendable {
    /// The number in the frame.
    public let rawValue: UInt16

    /// Makes the type with this number.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// `ETH_P_IP` (linux/if_ether.h).
    public static let ipv4 = EtherType(rawValue: 0x0800)
    /// `ETH_P_ARP`.
    public static let arp = EtherType(rawValue: 0x0806)
    /// `ETH_P_8021Q`: a VLAN tag follows.
    public static let vlanTag = EtherType(rawValue: 0x8100)
    /// `ETH_P_8021AD`: a service VLAN tag follows.
    public static let serviceVLANTag = EtherType(rawValue: 0x88A8)
}

/// An Ethernet II frame without its frame check sequence, as a packet socket delivers it.
public struct EthernetFrame: ~Escapable {
    /// `ETH_HLEN`: 14 bytes.
    public static let headerLength = 14

    private let bytes: ByteView
    /// The bytes after the header, with the padding of frames that would be shorter than 60 bytes.
    public let payload: ByteView

    /// Reads the frame in `bytes`; nil if they are shorter than the header.
    @_lifetime(copy bytes)
    public init?(_ bytes: ByteView) {
        guard bytes.count >= Self.headerLength, let payload = bytes.slice(Self.headerLength..<bytes.count) else {
            return nil
        }
        self.bytes = bytes
        self.payload = payload
    }

    /// The station or group that the frame goes to.
    public var destination: MACAddress { bytes.macAddress(at: 0) }

    /// The station that sent the frame.
    public var source: MACAddress { bytes.macAddress(at: 6) }

    /// The type of the payload.
    ///
    /// A number below 1536 is the length of an IEEE 802.3 frame.
    public var etherType: EtherType { EtherType(rawValue: bytes.uint16(at: 12)) }
}
