extension MutableRawSpan {
    /// Writes the checksums of the IPv4 header and of the UDP datagram into the Ethernet frame that this span holds.
    ///
    /// Some senders leave the checksums to the network card (`TP_STATUS_CSUMNOTREADY`, linux/if_packet.h), and a
    /// rewritten address needs new ones. A frame without an IPv4 packet stays as it is. If the packet carries no whole
    /// UDP datagram, only the checksum of its header is written; if it is not whole itself, none.
    public mutating func completeChecksums() {
        guard let completion = ChecksumCompletion(frame: bytes) else { return }
        storeBytes(
            of: completion.header.bigEndian, toByteOffset: EthernetFrame.headerLength + 10, as: UInt16.self)
        guard let datagram = completion.datagram else { return }
        storeBytes(
            of: datagram.bigEndian, toByteOffset: EthernetFrame.headerLength + completion.headerLength + 6,
            as: UInt16.self)
    }
}

/// The correct checksums of a frame.
private struct ChecksumCompletion {
    let headerLength: Int
    let header: UInt16
    let datagram: UInt16?

    init?(frame: RawSpan) {
        guard let ethernet = EthernetFrame(ByteView(frame)), ethernet.etherType == .ipv4,
            let packet = IPv4Packet(ethernet.payload), packet.isWhole
        else { return nil }
        headerLength = packet.headerLength
        header = packet.completeHeaderChecksum
        datagram = if let datagram = UDPDatagram(packet), datagram.isWhole { datagram.completeChecksum } else { nil }
    }
}
