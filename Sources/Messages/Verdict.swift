/// What became of a frame: forwarded, or the reason it was dropped.
///
/// The number is the code on the wire (docs/protocol.md), the description is what the `packets` table holds.
public enum Verdict: UInt8, CaseIterable, Sendable {
    /// The frame went on to the other side.
    case forwarded = 0
    /// The frame is longer than the receive buffer, or shorter than the headers it must have.
    case truncated
    /// It carries a VLAN tag other than 0: it belongs to another LAN.
    case vlan
    /// It comes from the host's own MAC address: a loop.
    case ownFrame
    /// It is addressed to another station or another IP address.
    case notForUs
    /// Neither DHCP nor what DHCP servers need beside it (ARP, ICMP echo).
    case unsupported
    /// A fragment of an IP packet.
    case fragment
    /// The ARP packet contradicts itself.
    case malformedARP
    /// The IP header contradicts itself or its checksum is wrong.
    case malformedIP
    /// The UDP header contradicts the packet, or its checksum is wrong.
    case malformedUDP
    /// The ICMP message is too short or its checksum is wrong.
    case malformedICMP
    /// To or from a DHCP port, but no DHCP message.
    case malformedDHCP
    /// A reply (op 2) that a client sent.
    case replyFromClient
    /// A request (op 1) that the server sent.
    case requestFromServer
    /// A reply of a DHCP server on the LAN that is not ours.
    case foreignServer
    /// An ICMP echo reply to which the server sent no request.
    case unsolicitedEchoReply
    /// The server used a source address that is not the host's.
    case spoofedSource
    /// The kernel did not take the frame for sending, or nobody knows yet which station it should go to.
    case sendFailed
    /// A reply to a client without an address, which cannot leave through a port that a container runtime published; or
    /// what would leave by an interface that is not served.
    case undeliverable
    /// The relay answered the frame itself: nobody on the other side could (ARP in the `runtime` uplink).
    case answered
    /// No server serves at the moment: the request is kept for the next one, and is recorded again when that gets it.
    case held
    /// It comes from a server that does not serve any more.
    case fenced
    /// The relay's own question whether the server is there, or the answer to it.
    case probe
    /// The server sent more than the requests that it was given are reason for.
    case rateLimited
}

extension Verdict {
    /// Whether the frame is gone for good, neither forwarded nor kept nor a matter of the relay's own.
    public var isDrop: Bool {
        switch self {
        case .forwarded, .answered, .held, .probe: false
        default: true
        }
    }
}

extension Verdict: CustomStringConvertible {
    /// The word in the `packets` table, such as `foreign-server`.
    public var description: String {
        switch self {
        case .forwarded: "forwarded"
        case .truncated: "truncated"
        case .vlan: "vlan"
        case .ownFrame: "own-frame"
        case .notForUs: "not-for-us"
        case .unsupported: "unsupported"
        case .fragment: "fragment"
        case .malformedARP: "malformed-arp"
        case .malformedIP: "malformed-ip"
        case .malformedUDP: "malformed-udp"
        case .malformedICMP: "malformed-icmp"
        case .malformedDHCP: "malformed-dhcp"
        case .replyFromClient: "reply-from-client"
        case .requestFromServer: "request-from-server"
        case .foreignServer: "foreign-server"
        case .unsolicitedEchoReply: "unsolicited-echo-reply"
        case .spoofedSource: "spoofed-source"
        case .sendFailed: "send-failed"
        case .undeliverable: "undeliverable"
        case .answered: "answered"
        case .held: "held"
        case .fenced: "fenced"
        case .probe: "probe"
        case .rateLimited: "rate-limited"
        }
    }
}

/// Which way a frame travels.
public enum Direction: UInt8, CaseIterable, Sendable {
    /// From the LAN to the server.
    case toServer = 0
    /// From the server to the LAN.
    case toClient = 1
}

extension Direction: CustomStringConvertible {
    /// The word in the `packets` table: `to-server` or `to-client`.
    public var description: String {
        switch self {
        case .toServer: "to-server"
        case .toClient: "to-client"
        }
    }
}
