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
        case .arp: try checkARPFromLAN(frame, state.neighbours, now: now)
        case .ipv4: try checkIPv4FromLAN(frame, metadata, &state, now: now)
        default: throw Drop(.unsupported)
        }
    }

    // Requests are the host's to answer: the server's namespace answers them a second time, and that does not leave. One of
    // whom the server is just asking for is an answer, too: a host learns from it.
    private func checkARPFromLAN(
        _ frame: borrowing EthernetFrame, _ neighbours: borrowing AskedNeighbours, now: UInt64
    ) throws(Drop) {
        let packet = try arpPacket(frame)
        guard packet.operation == ARPPacket.request || packet.operation == ARPPacket.reply else {
            throw Drop(.unsupported)
        }
        guard host.contains(packet.targetAddress) else { throw Drop(.notForUs) }
        let passes =
            packet.operation == ARPPacket.reply
            ? frame.destination == macAddress : neighbours.contains(packet.senderAddress, now: now)
        guard passes else { throw Drop(.notForUs) }
    }

    private func checkIPv4FromLAN(
        _ frame: borrowing EthernetFrame, _ metadata: FrameMetadata, _ state: inout LinkState, now: UInt64
    ) throws(Drop) {
        let packet = try ipv4Packet(frame)
        switch packet.transportProtocol {
        case .udp:
            try checkRequest(packet, metadata, &state)
            state.noteRequest(now: now)
        case .icmp:
            guard frame.destination == macAddress, host.contains(packet.destination) else { throw Drop(.notForUs) }
            try checkEchoReply(packet, metadata, &state.echoes, now: now)
        default: throw Drop(.unsupported)
        }
    }

    // What a request is worth is the server's to judge: its options, its checksums, its length.
    private func checkRequest(
        _ packet: borrowing IPv4Packet, _ metadata: FrameMetadata, _ state: inout LinkState
    ) throws(Drop) {
        let datagram = try datagram(packet)
        guard DHCPMessage.operation(in: datagram.payload) == .request else {
            try checkIntegrity(packet, datagram, metadata)
            throw Drop(reasonAgainst(datagram, packet, &state.summary))
        }
        guard datagram.destinationPort == DHCPPort.server else { throw Drop(.unsupported) }
        guard takesRequest(to: packet.destination) else { throw Drop(.notForUs) }
        guard let message = DHCPMessage(datagram.payload) else { return }
        state.summary = MessageSummary(message)
        state.leases.noteRequest(message)
    }

    // A server on the LAN speaks for itself. A relay agent on the LAN that hands on a reply of ours names our address.
    private func reasonAgainst(
        _ datagram: borrowing UDPDatagram, _ packet: borrowing IPv4Packet, _ summary: inout MessageSummary?
    ) -> Verdict {
        guard let message = DHCPMessage(datagram.payload), message.operation == .reply else { return .malformedDHCP }
        summary = MessageSummary(message)
        switch message.messageType {
        case DHCPMessageType.offer, DHCPMessageType.ack, DHCPMessageType.nak:
            let isForeign =
                datagram.sourcePort == DHCPPort.server && !host.contains(message.serverIdentifier ?? packet.source)
            return isForeign ? .foreignServer : .replyFromClient
        default: return .replyFromClient
        }
    }

    private func checkEchoReply(
        _ packet: borrowing IPv4Packet, _ metadata: FrameMetadata, _ echoes: inout OutstandingEchoes, now: UInt64
    ) throws(Drop) {
        let message = try icmpMessage(packet, metadata)
        guard message.isEchoReply else { throw Drop(.unsupported) }
        let echo = OutstandingEchoes.Echo(
            address: packet.source, identifier: message.identifier, sequenceNumber: message.sequenceNumber)
        guard echoes.answer(echo, now: now) else { throw Drop(.unsolicitedEchoReply) }
    }
}
