public import Messages
internal import Packet

/// Why a frame that is no DHCP was dropped, as it is counted: by the rule that it broke, or, where it is simply nothing
/// that passes, by what it is: `udp/53`, `tcp/80`, `icmp/3`, `ip/47`, `arp`, `ipv6`, `ethertype/0x88cc`.
public struct DropReason: Hashable, Sendable {
    private enum Kind: UInt8 {
        case verdict, udp, tcp, icmp, ip, arp, ipv6, etherType, length, fragment, other
    }

    private let kind: Kind
    private let number: UInt16

    private init(_ kind: Kind, _ number: UInt16 = 0) {
        (self.kind, self.number) = (kind, number)
    }

    /// What all are counted as for which there is no room.
    public static let other = DropReason(.other)

    /// The reason for which `frame` was dropped with this verdict.
    public init(_ frame: RawSpan, _ verdict: Verdict) {
        guard verdict == .unsupported, let ethernet = EthernetFrame(ByteView(frame)) else {
            self.init(.verdict, UInt16(verdict.rawValue))
            return
        }
        switch ethernet.etherType {
        case .ipv4:
            guard let packet = IPv4Packet(ethernet.payload) else {
                self = .other
                return
            }
            self.init(packet)
        case .arp: self.init(.arp)
        case EtherType(rawValue: 0x86DD): self.init(.ipv6)
        // Less is the length of an IEEE 802.3 frame.
        case let type where type.rawValue >= 0x0600: self.init(.etherType, type.rawValue)
        default: self.init(.length)
        }
    }

    private init(_ packet: borrowing IPv4Packet) {
        guard !packet.isLaterFragment, packet.payload.count >= 4 else {
            self.init(.fragment)
            return
        }
        switch packet.transportProtocol {
        case .udp: self.init(.udp, Self.service(packet.payload))
        case IPProtocol(rawValue: 6): self.init(.tcp, Self.service(packet.payload))
        case .icmp: self.init(.icmp, UInt16(packet.payload.uint8(at: 0)))
        default: self.init(.ip, UInt16(packet.transportProtocol.rawValue))
        }
    }

    /// The port that says what it is: where it goes to, unless it comes from a well-known port (below 1024, RFC 6335) and
    /// does not go to one.
    private static func service(_ segment: ByteView) -> UInt16 {
        let (source, destination) = (segment.uint16(at: 0), segment.uint16(at: 2))
        return source < 1_024 && destination >= 1_024 ? source : destination
    }
}

extension DropReason: CustomStringConvertible {
    /// The word in `drop_counts` and in the status.
    public var description: String {
        switch kind {
        case .verdict: Verdict(rawValue: UInt8(truncatingIfNeeded: number))?.description ?? "other"
        case .udp: "udp/\(number)"
        case .tcp: "tcp/\(number)"
        case .icmp: "icmp/\(number)"
        case .ip: "ip/\(number)"
        case .arp: "arp"
        case .ipv6: "ipv6"
        case .etherType: "ethertype/0x" + String(number, radix: 16)
        case .length: "ieee802.3"
        case .fragment: "fragment"
        case .other: "other"
        }
    }

    /// Whether it tells what the frame was, and not the rule that it broke.
    public var isTraffic: Bool { kind != .verdict }
}
