public import Addresses

extension MutableRawSpan {
    /// Replaces the destination of the IPv4 packet in the Ethernet frame that this span holds.
    ///
    /// The checksums of the header and of a UDP datagram are adjusted by the difference of the addresses (RFC 1624): a
    /// wrong checksum stays wrong, and a datagram without one (0) stays without. A frame without a whole IPv4 packet
    /// stays as it is.
    public mutating func replaceIPv4Destination(with address: IPv4Address) {
        replace(addressAt: 16, with: address)
    }

    /// Replaces the source of the IPv4 packet in the Ethernet frame that this span holds.
    ///
    /// The checksums are adjusted as in `replaceIPv4Destination(with:)`.
    public mutating func replaceIPv4Source(with address: IPv4Address) {
        replace(addressAt: 12, with: address)
    }

    /// Replaces the destination of the Ethernet frame that this span holds.
    ///
    /// Fewer than 6 bytes stay as they are.
    public mutating func replaceEthernetDestination(with station: MACAddress) {
        guard byteCount >= 6 else { return }
        store(station, at: 0)
    }

    /// Turns the ARP request in the Ethernet frame that this span holds into its own answer (RFC 826).
    ///
    /// The answer says that the address that was asked for is at `station`.
    ///
    /// A frame without an ARP packet stays as it is.
    public mutating func answerARP(from station: MACAddress) {
        guard let request = ARPRequest(frame: bytes) else { return }
        let packet = EthernetFrame.headerLength
        store(request.senderMACAddress, at: 0)
        store(station, at: 6)
        storeBytes(of: ARPPacket.reply.bigEndian, toByteOffset: packet + 6, as: UInt16.self)
        store(station, at: packet + 8)
        storeBytes(of: request.targetAddress.rawValue.bigEndian, toByteOffset: packet + 14, as: UInt32.self)
        store(request.senderMACAddress, at: packet + 18)
        storeBytes(of: request.senderAddress.rawValue.bigEndian, toByteOffset: packet + 24, as: UInt32.self)
    }

    private mutating func replace(addressAt offset: Int, with address: IPv4Address) {
        guard let replacement = AddressReplacement(frame: bytes, addressAt: offset, with: address) else { return }
        let header = EthernetFrame.headerLength
        storeBytes(of: address.rawValue.bigEndian, toByteOffset: header + offset, as: UInt32.self)
        storeBytes(of: replacement.header.bigEndian, toByteOffset: header + 10, as: UInt16.self)
        guard let datagram = replacement.datagram else { return }
        storeBytes(
            of: datagram.bigEndian, toByteOffset: header + replacement.headerLength + 6, as: UInt16.self)
    }

    private mutating func store(_ station: MACAddress, at offset: Int) {
        storeBytes(of: UInt16(station.rawValue >> 32).bigEndian, toByteOffset: offset, as: UInt16.self)
        storeBytes(
            of: UInt32(truncatingIfNeeded: station.rawValue).bigEndian, toByteOffset: offset + 2, as: UInt32.self)
    }
}

/// The checksums of a frame after an address in its IPv4 header was replaced.
private struct AddressReplacement {
    let headerLength: Int
    let header: UInt16
    let datagram: UInt16?

    init?(frame: RawSpan, addressAt offset: Int, with address: IPv4Address) {
        guard let ethernet = EthernetFrame(ByteView(frame)), ethernet.etherType == .ipv4,
            let packet = IPv4Packet(ethernet.payload), packet.isWhole
        else { return nil }
        let old = packet.header.ipv4Address(at: offset)
        headerLength = packet.headerLength
        header = Self.checksum(packet.header.uint16(at: 10), old, address)
        datagram = Self.datagramChecksum(packet, old, address)
    }

    private static func datagramChecksum(
        _ packet: borrowing IPv4Packet, _ old: IPv4Address, _ new: IPv4Address
    ) -> UInt16? {
        guard let datagram = UDPDatagram(packet) else { return nil }
        let before = datagram.bytes.uint16(at: 6)
        guard before != 0 else { return nil }
        let after = checksum(before, old, new)
        return after == 0 ? 0xFFFF : after
    }

    /// HC' = ~(~HC + ~m + m') (RFC 1624, equation 3).
    private static func checksum(_ checksum: UInt16, _ old: IPv4Address, _ new: IPv4Address) -> UInt16 {
        var sum = InternetChecksum()
        sum.remove(checksum)
        sum.remove(UInt16(old.rawValue >> 16))
        sum.remove(UInt16(truncatingIfNeeded: old.rawValue))
        sum.add(new)
        return sum.checksum
    }
}

/// The addresses in an ARP request: who asks, and for whom.
private struct ARPRequest {
    let senderMACAddress: MACAddress
    let senderAddress: IPv4Address
    let targetAddress: IPv4Address

    init?(frame: RawSpan) {
        guard let ethernet = EthernetFrame(ByteView(frame)), ethernet.etherType == .arp,
            let packet = ARPPacket(ethernet.payload), packet.operation == ARPPacket.request
        else { return nil }
        senderMACAddress = packet.senderMACAddress
        senderAddress = packet.senderAddress
        targetAddress = packet.targetAddress
    }
}
