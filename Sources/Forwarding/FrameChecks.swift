import Messages
import Packet

// What is asked of every frame, whichever side it comes from: each layer agrees with itself and with the one around it.
extension LinkRules {
    /// The frame, if it is complete and on our LAN.
    ///
    /// The kernel takes a VLAN tag off: one that is still inside was a second one.
    @_lifetime(copy bytes)
    func frame(_ bytes: ByteView, metadata: FrameMetadata) throws(Drop) -> EthernetFrame {
        guard bytes.count >= metadata.originalLength, let frame = EthernetFrame(bytes) else { throw Drop(.truncated) }
        guard (metadata.vlanTag ?? 0) & 0x0FFF == 0, frame.etherType != .vlanTag, frame.etherType != .serviceVLANTag
        else { throw Drop(.vlan) }
        return frame
    }

    /// The ARP packet in `frame`.
    @_lifetime(copy frame)
    func arpPacket(_ frame: borrowing EthernetFrame) throws(Drop) -> ARPPacket {
        guard frame.payload.count >= ARPPacket.length else { throw Drop(.truncated) }
        guard let packet = ARPPacket(frame.payload) else { throw Drop(.malformedARP) }
        return packet
    }

    /// The IPv4 packet in `frame`, whole or not.
    @_lifetime(copy frame)
    func ipv4Packet(_ frame: borrowing EthernetFrame) throws(Drop) -> IPv4Packet {
        guard frame.payload.count >= IPv4Packet.minimumHeaderLength else { throw Drop(.truncated) }
        guard let packet = IPv4Packet(frame.payload) else { throw Drop(.malformedIP) }
        return packet
    }

    /// The datagram to or from a DHCP port in `packet`, whole or not.
    ///
    /// Who reads it judges its checksums: Kea's raw sockets take any, dhcpd looks itself, dnsmasq lets the kernel look.
    @_lifetime(copy packet)
    func datagram(_ packet: borrowing IPv4Packet) throws(Drop) -> UDPDatagram {
        guard !packet.isFragment else { throw Drop(.fragment) }
        guard let datagram = UDPDatagram(packet) else { throw Drop(.malformedUDP) }
        guard datagram.isDHCP else { throw Drop(.unsupported) }
        return datagram
    }

    /// Returns when the packet and the datagram in it arrived as they were sent, as far as their lengths and checksums tell.
    func checkIntegrity(
        _ packet: borrowing IPv4Packet, _ datagram: borrowing UDPDatagram, _ metadata: FrameMetadata
    ) throws(Drop) {
        guard packet.isWhole, metadata.checksumNotReady || packet.hasValidHeaderChecksum else {
            throw Drop(.malformedIP)
        }
        guard datagram.isWhole, metadata.checksumNotReady || datagram.hasValidChecksum else {
            throw Drop(.malformedUDP)
        }
    }

    /// The ICMP message in `packet`.
    ///
    /// Its checksum is always finished: no kernel leaves it to the card.
    @_lifetime(copy packet)
    func icmpMessage(_ packet: borrowing IPv4Packet, _ metadata: FrameMetadata) throws(Drop) -> ICMPMessage {
        guard packet.isWhole, metadata.checksumNotReady || packet.hasValidHeaderChecksum else {
            throw Drop(.malformedIP)
        }
        guard !packet.isFragment else { throw Drop(.fragment) }
        guard let message = ICMPMessage(packet), message.hasValidChecksum else { throw Drop(.malformedICMP) }
        return message
    }
}

extension ByteView {
    /// Whether this is an Ethernet frame with UDP to or from a DHCP port in it, at first sight: what the headers say
    /// beside that may be wrong.
    var looksLikeDHCP: Bool {
        let header = EthernetFrame.headerLength
        guard let frame = EthernetFrame(self), frame.etherType == .ipv4,
            count >= header + IPv4Packet.minimumHeaderLength,
            uint8(at: header + 9) == IPProtocol.udp.rawValue
        else { return false }
        let ports = header + max(IPv4Packet.minimumHeaderLength, Int(uint8(at: header) & 0x0F) * 4)
        guard count >= ports + 4, uint16(at: header + 6) & 0x1FFF == 0 else { return false }
        return DHCPPort.contains(uint16(at: ports)) || DHCPPort.contains(uint16(at: ports + 2))
    }
}
