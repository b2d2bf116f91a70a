import Addresses
import Messages
import Packet

// What passes from the LAN to the server.
extension LinkRules {
    /// Returns when `frame` goes on to the server.
    func checkFromLAN(
        _ frame: borrowing EthernetFrame, _ metadata: FrameMetadata, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        guard frame.source != macAddress else { throw Drop(.ownFrame) }
        // No station has a group address: such a source is forged or garbled.
        guard !frame.source.isMulticast else { throw Drop(.unsupported) }
        guard frame.destination == macAddress || frame.destination == .broadcast else { throw Drop(.notForUs) }
        switch frame.etherType {
        case .arp: try checkARPFromLAN(frame)
        case .ipv4: try checkIPv4FromLAN(frame, metadata, &state, now: now)
        default: throw Drop(.unsupported)
        }
    }

    // Requests are the host's to answer: the server's namespace would answer them a second time.
    private func checkARPFromLAN(_ frame: borrowing EthernetFrame) throws(Drop) {
        let packet = try arpPacket(frame)
        guard packet.operation == ARPPacket.request || packet.operation == ARPPacket.reply else {
            throw Drop(.unsupported)
        }
        guard packet.operation == ARPPacket.reply, frame.destination == macAddress, packet.targetAddress == address
        else { throw Drop(.notForUs) }
    }

    private func checkIPv4FromLAN(
        _ frame: borrowing EthernetFrame, _ metadata: FrameMetadata, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        let packet = try ipv4Packet(frame, metadata: metadata)
        switch packet.transportProtocol {
        case .udp:
            try checkRequest(packet, metadata: metadata, &state.leases)
            state.noteRequest(now: now)
        case .icmp:
            guard frame.destination == macAddress, packet.destination == address else { throw Drop(.notForUs) }
            try checkEchoReply(packet, &state.echoes, now: now)
        default: throw Drop(.unsupported)
        }
    }

    private func checkRequest(
        _ packet: borrowing IPv4Packet, metadata: FrameMetadata, _ leases: inout LeaseEvidence
    ) throws(Drop) {
        let datagram = try datagram(packet, metadata: metadata)
        let message = try message(datagram)
        guard message.operation == .request else {
            throw Drop(isForeignServer(message, datagram, packet) ? .foreignServer : .replyFromClient)
        }
        guard datagram.destinationPort == DHCPPort.server else { throw Drop(.unsupported) }
        guard
            packet.destination == address || packet.destination == .broadcast
                || packet.destination == directedBroadcast
        else { throw Drop(.notForUs) }
        leases.noteRequest(message)
    }

    // A server on the LAN speaks for itself. A relay agent on the LAN that hands on a reply of ours names our address.
    private func isForeignServer(
        _ message: borrowing DHCPMessage, _ datagram: borrowing UDPDatagram, _ packet: borrowing IPv4Packet
    ) -> Bool {
        switch message.messageType {
        case DHCPMessageType.offer, DHCPMessageType.ack, DHCPMessageType.nak:
            datagram.sourcePort == DHCPPort.server && (message.serverIdentifier ?? packet.source) != address
        default: false
        }
    }

    private func checkEchoReply(
        _ packet: borrowing IPv4Packet, _ echoes: inout OutstandingEchoes, now: UInt64
    ) throws(Drop) {
        let message = try icmpMessage(packet)
        guard message.isEchoReply else { throw Drop(.unsupported) }
        let echo = OutstandingEchoes.Echo(
            address: packet.source, identifier: message.identifier, sequenceNumber: message.sequenceNumber)
        guard echoes.answer(echo, now: now) else { throw Drop(.unsolicitedEchoReply) }
    }
}
