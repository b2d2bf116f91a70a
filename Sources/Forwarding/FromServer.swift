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
            try checkARPFromServer(frame)
            guard state.addressRequests.take(now: now) else { throw Drop(.rateLimited) }
        case .ipv4: try checkIPv4FromServer(frame, metadata, &state, now: now)
        default: throw Drop(.unsupported)
        }
    }

    // Only requests: the host answers for its address itself. A probe (sender 0.0.0.0, RFC 5227) would ask the LAN for
    // an address the host has, or make others believe that a new station comes; no DHCP server sends one.
    private func checkARPFromServer(_ frame: borrowing EthernetFrame) throws(Drop) {
        let packet = try arpPacket(frame)
        guard packet.operation == ARPPacket.request else { throw Drop(.unsupported) }
        guard packet.senderMACAddress == macAddress, packet.senderAddress == address else {
            throw Drop(.spoofedSource)
        }
    }

    private func checkIPv4FromServer(
        _ frame: borrowing EthernetFrame, _ metadata: FrameMetadata, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        let packet = try ipv4Packet(frame, metadata: metadata)
        switch packet.transportProtocol {
        case .udp:
            try checkReply(packet, metadata: metadata, &state, now: now)
        case .icmp: try checkEchoRequest(packet, &state, now: now)
        default: throw Drop(.unsupported)
        }
    }

    private func checkReply(
        _ packet: borrowing IPv4Packet, metadata: FrameMetadata, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        let datagram = try datagram(packet, metadata: metadata)
        let message = try message(datagram)
        guard packet.source == address else { throw Drop(.spoofedSource) }
        guard message.operation == .reply else { throw Drop(.requestFromServer) }
        guard datagram.sourcePort == DHCPPort.server else { throw Drop(.unsupported) }
        guard state.replies.take(now: now) else { throw Drop(.rateLimited) }
        state.leases.noteReply(message)
    }

    private func checkEchoRequest(
        _ packet: borrowing IPv4Packet, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        let message = try icmpMessage(packet)
        guard message.isEchoRequest else { throw Drop(.unsupported) }
        guard packet.source == address else { throw Drop(.spoofedSource) }
        guard state.echoRequests.take(now: now) else { throw Drop(.rateLimited) }
        let echo = OutstandingEchoes.Echo(
            address: packet.destination, identifier: message.identifier, sequenceNumber: message.sequenceNumber)
        state.echoes.remember(echo, now: now)
    }
}
