import Addresses
import Messages
import Packet

// What passes from the server to the LAN.
extension LinkRules {
    /// Returns when `frame` goes on to the LAN.
    func checkFromServer(
        _ frame: borrowing EthernetFrame, _ metadata: FrameMetadata, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        guard frame.source == macAddress else { throw Drop(.spoofedSource) }
        guard !frame.destination.isMulticast || frame.destination == .broadcast else { throw Drop(.unsupported) }
        switch frame.etherType {
        case .arp:
            let asked = try checkARPFromServer(frame)
            guard state.addressRequests.take(now: now) else { throw Drop(.rateLimited) }
            state.neighbours.ask(asked, now: now)
        case .ipv4: try checkIPv4FromServer(frame, metadata, &state, now: now)
        default: throw Drop(.unsupported)
        }
    }

    // Only requests: the host answers for its address itself. A probe (sender 0.0.0.0, RFC 5227) would ask the LAN for
    // an address the host has, or make others believe that a new station comes; no DHCP server sends one.
    // The address that is asked for.
    private func checkARPFromServer(_ frame: borrowing EthernetFrame) throws(Drop) -> IPv4Address {
        let packet = try arpPacket(frame)
        guard packet.operation == ARPPacket.request else { throw Drop(.unsupported) }
        guard packet.senderMACAddress == macAddress, host.contains(packet.senderAddress) else {
            throw Drop(.spoofedSource)
        }
        return packet.targetAddress
    }

    private func checkIPv4FromServer(
        _ frame: borrowing EthernetFrame, _ metadata: FrameMetadata, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        let packet = try ipv4Packet(frame)
        switch packet.transportProtocol {
        case .udp: try checkReply(packet, &state, now: now)
        case .icmp: try checkEchoRequest(packet, metadata, &state, now: now)
        default: throw Drop(.unsupported)
        }
    }

    private func checkReply(
        _ packet: borrowing IPv4Packet, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        // The kernel that sends it makes the lengths, and so does dhcpd.
        guard packet.isWhole else { throw Drop(.malformedIP) }
        guard !packet.isLaterFragment else { return try checkLaterFragment(packet, &state, now: now) }
        guard let datagram = UDPDatagram(packet) else { throw Drop(.malformedUDP) }
        guard datagram.isDHCP else { throw Drop(.unsupported) }
        guard datagram.isWhole || packet.isFragment else { throw Drop(.malformedUDP) }
        guard let message = DHCPMessage(datagram.payload) else { throw Drop(.malformedDHCP) }
        guard host.contains(packet.source) || !packet.isFragment && isIdentified(message, by: packet.source) else {
            throw Drop(.spoofedSource)
        }
        guard message.operation == .reply else {
            throw Drop(message.operation == .request ? .requestFromServer : .malformedDHCP)
        }
        guard datagram.sourcePort == DHCPPort.server else { throw Drop(.unsupported) }
        guard state.replies.take(now: now) else { throw Drop(.rateLimited) }
        if packet.isFragment { state.fragments.begin(packet, now: now) }
        state.summary = MessageSummary(message)
        state.leases.noteReply(message)
    }

    // dhcpd sends from the address that its configuration calls `server-identifier`, whether the host has it or not: a
    // cluster's, for instance, that another host has just now. It says nothing else than the reply itself does. Through a
    // runtime only the host's own can be translated.
    private func isIdentified(_ message: borrowing DHCPMessage, by source: IPv4Address) -> Bool {
        isOnHost && source != .unspecified && source.rawValue >> 28 < 14 && message.serverIdentifier == source
    }

    // It has no ports: it is part of a reply when the first one was, which the kernel sends first.
    private func checkLaterFragment(
        _ packet: borrowing IPv4Packet, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        guard host.contains(packet.source) else { throw Drop(.spoofedSource) }
        guard state.fragments.belongs(packet, now: now) else { throw Drop(.fragment) }
        guard state.replies.take(now: now) else { throw Drop(.rateLimited) }
    }

    private func checkEchoRequest(
        _ packet: borrowing IPv4Packet, _ metadata: FrameMetadata, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        let message = try icmpMessage(packet, metadata)
        guard message.isEchoRequest else { throw Drop(.unsupported) }
        guard host.contains(packet.source) else { throw Drop(.spoofedSource) }
        guard state.echoRequests.take(now: now) else { throw Drop(.rateLimited) }
        let echo = OutstandingEchoes.Echo(
            address: packet.destination, identifier: message.identifier, sequenceNumber: message.sequenceNumber)
        state.echoes.remember(echo, now: now)
    }
}
