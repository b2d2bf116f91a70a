internal import Packet

/// What is wrong with a message, for which some servers throw it away unread and others do not.
///
/// The relay passes it as it came, and what no server has read must change nothing in the record.
struct MessageFaults: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    /// A checksum is wrong, or a length that contradicts the frame.
    static let damaged = MessageFaults(rawValue: 1)
    /// The fixed fields are not all there.
    static let short = MessageFaults(rawValue: 2)
    /// There is no place for the magic cookie.
    static let endsBeforeOptions = MessageFaults(rawValue: 4)
    /// There is no magic cookie, as in the BOOTP of RFC 951.
    static let noCookie = MessageFaults(rawValue: 8)
    /// An option leaves its field, so that nobody knows what else there was.
    static let options = MessageFaults(rawValue: 16)
    /// The hardware address is longer than its field.
    static let hardwareAddress = MessageFaults(rawValue: 32)

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Those of `message`, which `frame` holds.
    init(of message: borrowing DHCPMessage, in frame: RawSpan) {
        self = []
        if !message.hasFixedFields { insert(.short) }
        if !message.hasPlaceForCookie { insert(.endsBeforeOptions) }
        if !message.hasMagicCookie { insert(.noCookie) }
        if !message.hasWholeOptions { insert(.options) }
        if message.hardwareAddressLength > message.clientHardwareAddress.count { insert(.hardwareAddress) }
        if !Self.isIntact(frame) { insert(.damaged) }
    }

    private static func isIntact(_ frame: RawSpan) -> Bool {
        guard let ethernet = EthernetFrame(ByteView(frame)), let packet = IPv4Packet(ethernet.payload),
            let datagram = UDPDatagram(packet)
        else { return false }
        return packet.hasValidHeaderChecksum && datagram.isWhole && datagram.hasValidChecksum
    }
}

extension LeaseServer {
    /// Whether the server reads a message with these faults.
    ///
    /// dhcpd looks at checksums and lengths itself and gives up at an option that leaves its field (4.4: packet.c,
    /// options.c, dhcp.c). Kea looks at none of these, and reads the options that come before (2.2: pkt_filter_lpf.cc,
    /// pkt4.cc). For dnsmasq the kernel looks, and it reads like Kea (2.90: dhcp.c, rfc2131.c).
    func reads(_ faults: MessageFaults) -> Bool {
        let unread: MessageFaults =
            switch self {
            case .dhcpd: [.damaged, .short, .options, .hardwareAddress]
            case .kea: [.short, .noCookie]
            case .dnsmasq: [.damaged, .short, .endsBeforeOptions, .hardwareAddress]
            case .other: [.damaged, .short]
            }
        return faults.isDisjoint(with: unread)
    }
}
