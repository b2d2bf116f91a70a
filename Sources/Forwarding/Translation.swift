public import Addresses
public import Messages
import Packet

/// What stands between the relay's decision and an uplink that is not the host's own interface but a container's, on
/// the bridge of a container runtime that publishes UDP port 67: Algorithm 2 of the paper, and the way back.
///
/// The decision stays that of a `Forwarder`, on frames as the host would have seen them. From the container's interface
/// they get the host's address before they are judged, where the runtime's proxy or its NAT put the container's. To it
/// they get the container's address afterwards, from which the runtime's NAT makes the host's again. Only IPv4 with an
/// address to send to passes such an uplink: ARP requests are answered here, and what goes to a client without an
/// address cannot leave. Nothing in here allocates.
public struct Translation: Sendable {
    private let hostAddress: IPv4Address
    private let containerAddress: IPv4Address
    private let containerNetwork: IPv4Network
    private let runtimeAddress: IPv4Address
    private let directedBroadcast: IPv4Address
    /// The station of the runtime's interface, once a frame came through it: everything leaves through it.
    private var runtimeStation: MACAddress?

    /// Where the server finds everybody: any address will do, as each frame leaves to the runtime's station.
    static let neighbour = MACAddress(0x02, 0x6D, 0x73, 0x6F, 0x63, 0x6B)

    /// The translation between the host's place in its network and the container's on the runtime's bridge; nothing
    /// when the container has no gateway, which is the runtime's interface.
    public init?(_ host: AttachedNetwork, container: AttachedNetwork) {
        guard let gateway = container.gateway else { return nil }
        hostAddress = host.address
        directedBroadcast = host.network.broadcastAddress
        containerAddress = container.address
        containerNetwork = container.network
        runtimeAddress = gateway
    }

    /// What to do with `frame`, as `forwarder` decides it (see `Forwarder.decide`), and does what has to be done to it
    /// before it goes on or, with the verdict `answered`, back.
    public mutating func decide(
        _ frame: inout MutableRawSpan, metadata: FrameMetadata, direction: Direction, now: UInt64,
        by forwarder: inout Forwarder
    ) -> Decision {
        switch direction {
        case .toServer: letIn(&frame, metadata, now: now, by: &forwarder)
        case .toClient: letOut(&frame, metadata, now: now, by: &forwarder)
        }
    }
}

// From the container's interface to the server.
extension Translation {
    private mutating func letIn(
        _ frame: inout MutableRawSpan, _ metadata: FrameMetadata, now: UInt64, by forwarder: inout Forwarder
    ) -> Decision {
        let arrival = Arrival(frame.bytes, at: self)
        if arrival != nil { frame.replaceIPv4Destination(with: hostAddress) }
        let decision = forwarder.decide(frame.bytes, metadata: metadata, direction: .toServer, now: now)
        if let arrival, arrival.isThroughRuntime, decision.verdict == .forwarded { runtimeStation = arrival.station }
        return decision
    }

    /// A packet that was sent to the host and came to the container.
    private struct Arrival {
        let station: MACAddress
        let isThroughRuntime: Bool

        /// Nothing for any other frame.
        ///
        /// The runtime's proxy sends what it received again from the runtime's own address (Algorithm 2, line 3); what
        /// came by NAT has its sender's address still, and goes to the container's.
        init?(_ frame: RawSpan, at translation: Translation) {
            guard let ethernet = EthernetFrame(ByteView(frame)), ethernet.etherType == .ipv4,
                let packet = IPv4Packet(ethernet.payload)
            else { return nil }
            let isFromProxy = packet.source == translation.runtimeAddress && packet.transportProtocol == .udp
            guard isFromProxy || packet.destination == translation.containerAddress else { return nil }
            station = ethernet.source
            // Other containers reach this one without the runtime: their stations lead nowhere else.
            isThroughRuntime =
                packet.source == translation.runtimeAddress || !translation.containerNetwork.contains(packet.source)
        }
    }
}

// From the server to the container's interface.
extension Translation {
    private func letOut(
        _ frame: inout MutableRawSpan, _ metadata: FrameMetadata, now: UInt64, by forwarder: inout Forwarder
    ) -> Decision {
        let decision = forwarder.decide(frame.bytes, metadata: metadata, direction: .toClient, now: now)
        guard decision.verdict == .forwarded else { return decision }
        let verdict = rewrite(&frame)
        return Decision(
            verdict: verdict, isDHCP: decision.isDHCP, isEvidence: decision.isEvidence && verdict == .forwarded,
            summary: decision.summary,
            completesChecksums: decision.completesChecksums && verdict == .forwarded)
    }

    /// Makes the frame what leaves or goes back, or says why it does neither.
    private func rewrite(_ frame: inout MutableRawSpan) -> Verdict {
        let verdict = departure(of: frame.bytes)
        if verdict == .answered { frame.answerARP(from: Self.neighbour) }
        guard verdict == .forwarded else { return verdict }
        guard let runtimeStation else { return .sendFailed }
        frame.replaceIPv4Source(with: containerAddress)
        frame.replaceEthernetDestination(with: runtimeStation)
        return .forwarded
    }

    private func departure(of frame: RawSpan) -> Verdict {
        guard let ethernet = EthernetFrame(ByteView(frame)) else { return .truncated }
        if ethernet.etherType == .arp, let question = ARPPacket(ethernet.payload) {
            // Who asks for the own address looks for somebody else who has it, and there is nobody.
            return question.targetAddress == hostAddress ? .notForUs : .answered
        }
        guard let packet = IPv4Packet(ethernet.payload), packet.destination != .broadcast,
            packet.destination != directedBroadcast
        else { return .undeliverable }
        guard let message = DHCPMessage(frame: frame) else { return .forwarded }
        let hasReceiver = message.clientAddress != .unspecified || message.relayAddress != .unspecified
        return hasReceiver ? .forwarded : .undeliverable
    }
}
