internal import Addresses
import Packet

/// A request for an address, as it matters to whether a server has to answer it.
///
/// Two that are alike but for the transaction and the seconds (and for what differs between taking an offer and
/// renewing) are answered alike, whoever sends them: a station that speaks in the name of a client can so only ask what
/// the client could have asked. All else that a server may judge by is in `identity`, or makes that there is no question.
struct Question {
    /// What is asked.
    enum Form {
        /// DHCPDISCOVER: the server may have a reason not to answer, such as a ping that was answered.
        case discover
        /// DHCPREQUEST.
        case request
        /// BOOTREQUEST.
        case bootp
    }

    let form: Form
    /// The client's MAC address.
    let client: UInt64
    let transaction: UInt32
    /// For how long it says that it has been asking; dhcpd may be told not to answer before (`min-secs`).
    let secs: UInt16
    /// The address that it has or wants; 0.0.0.0 for none.
    let address: IPv4Address
    /// Where the answer goes, if not to the hardware address or to everybody: to the relay agent, or to the client's own
    /// address (RFC 2131, section 4.1); 0.0.0.0 otherwise.
    let replyAddress: IPv4Address
    /// Who asks, and with which options: a hash with a key of this process, which nobody on the LAN can compute.
    let identity: UInt64

    /// The question in a frame that came by the link with this number, on a host with these addresses, of which `own` is
    /// the first there; nothing when it is none, or one that servers need not answer.
    init?(_ frame: RawSpan, link: Int, own: IPv4Address, host: HostAddresses) {
        guard let ethernet = EthernetFrame(ByteView(frame)), let packet = IPv4Packet(ethernet.payload),
            packet.hasValidHeaderChecksum, let datagram = UDPDatagram(packet), datagram.isWhole,
            datagram.hasValidChecksum, let message = DHCPMessage(datagram.payload), message.isWellFormed,
            message.operation == .request, let client = message.clientMACAddress,
            let form = Form(message.messageType), packet.headerLength == IPv4Packet.minimumHeaderLength,
            // Kea hears no other, and the kernel of the server's namespace none that comes from its own address.
            packet.destination == .broadcast || host.contains(packet.destination),
            packet.source == .unspecified || packet.source == message.clientAddress
                || message.relayAddress != .unspecified,
            !host.contains(packet.source)
        else { return nil }
        var hasher = Hasher()
        hasher.combine(link)
        // Who answers DHCP need not answer BOOTP.
        hasher.combine(form == .bootp)
        hasher.combine(message.relayAddress == .unspecified ? 0 : packet.source.rawValue)
        // A server need not take each of its host's addresses for its own.
        if packet.destination != .broadcast, packet.destination != own { hasher.combine(packet.destination.rawValue) }
        guard let address = Self.walk(message, form, own: own, host: host, &hasher) else { return nil }
        Self.combineFixedFields(of: datagram.payload, &hasher)
        self.form = form
        self.client = client.rawValue
        transaction = message.transactionIdentifier
        secs = message.secs
        self.address = address
        replyAddress = message.relayAddress == .unspecified ? message.clientAddress : message.relayAddress
        identity = UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The address that is asked for, unless the options contradict each other or name another server.
    private static func walk(
        _ message: borrowing DHCPMessage, _ form: Form, own: IPv4Address, host: HostAddresses,
        _ hasher: inout Hasher
    ) -> IPv4Address? {
        var requested: IPv4Address?
        var options = message.options
        while let option = options.next() {
            switch option.code {
            case .messageType, .leaseTime, .maximumMessageSize: continue
            case .requestedAddress:
                guard option.value.count == 4, requested == nil else { return nil }
                requested = option.value.ipv4Address(at: 0)
            case .serverIdentifier:
                guard form == .request, message.clientAddress == .unspecified, option.value.count == 4,
                    host.contains(option.value.ipv4Address(at: 0))
                else { return nil }
                if option.value.ipv4Address(at: 0) != own { hasher.combine(option.value.uint32(at: 0)) }
            default:
                hasher.combine(option.code.rawValue)
                hasher.combine(option.value.count)
                for offset in 0..<option.value.count { hasher.combine(option.value.uint8(at: offset)) }
            }
        }
        guard message.clientAddress != .unspecified else { return requested ?? .unspecified }
        return requested == nil || requested == message.clientAddress ? message.clientAddress : nil
    }

    /// The hardware address and its kind, relay agent and hops, `sname` and `file`: all but `secs`, `xid`, `flags` and the
    /// addresses (RFC 2131, section 2).
    private static func combineFixedFields(of message: ByteView, _ hasher: inout Hasher) {
        hasher.combine(message.uint32(at: 0))
        for offset in stride(from: 24, to: 236, by: 4) { hasher.combine(message.uint32(at: offset)) }
    }
}

extension Question.Form {
    fileprivate init?(_ type: DHCPMessageType?) {
        switch type {
        case DHCPMessageType.discover: self = .discover
        case DHCPMessageType.request: self = .request
        case nil: self = .bootp
        default: return nil
        }
    }
}
