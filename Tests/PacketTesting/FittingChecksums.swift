/// The frame with the checksums that belong into its IPv4 header and into the UDP datagram or ICMP message in it, as far
/// as the lengths in it allow.
public func withFittingChecksums(_ frame: [UInt8]) -> [UInt8] {
    var frame = withFittingIPChecksums(frame)
    if let message = PlainPacket(frame)?.icmp { frame.fitChecksum(at: 2, in: message) }
    return frame
}

/// The same without ICMP: what a kernel leaves to the card.
public func withFittingIPChecksums(_ frame: [UInt8]) -> [UInt8] {
    guard let packet = PlainPacket(frame) else { return frame }
    var frame = frame
    frame.fitChecksum(at: 10, in: packet.header)
    guard let datagram = packet.udp else { return frame }
    frame.fitChecksum(at: 6, in: datagram, pseudoHeader: packet.pseudoHeader)
    let field = datagram.lowerBound + 6
    if frame.number(at: field) == 0 { frame.replaceSubrange(field..<field + 2, with: [0xFF, 0xFF]) }
    return frame
}

/// Whether the checksums of the IPv4 header and of a UDP datagram in it fit; a UDP checksum of 0 is none.
public func haveFittingChecksums(_ frame: [UInt8]) -> Bool {
    guard let packet = PlainPacket(frame), plainChecksum(Array(frame[packet.header])) == 0 else { return false }
    guard let datagram = packet.udp, frame.number(at: datagram.lowerBound + 6) != 0 else { return true }
    return plainChecksum(packet.pseudoHeader + frame[datagram]) == 0
}

/// Where the parts of an IPv4 packet lie in a frame.
private struct PlainPacket {
    let header: Range<Int>
    private(set) var pseudoHeader: [UInt8] = []
    private(set) var udp: Range<Int>?
    private(set) var icmp: Range<Int>?

    init?(_ frame: [UInt8]) {
        guard frame.count >= 34, frame.number(at: 12) == 0x0800, (0x45...0x4F).contains(frame[14]) else { return nil }
        let payload = 14 + Int(frame[14] & 15) * 4
        let end = 14 + frame.number(at: 16)
        guard payload <= end, end <= frame.count else { return nil }
        header = 14..<payload
        let isFragment = frame.number(at: 20) & 0x3FFF != 0
        guard end - payload >= 8, !isFragment else { return }
        let length = frame.number(at: payload + 4)
        pseudoHeader = frame[26..<34] + [0, 17] + frame[(payload + 4)..<(payload + 6)]
        if frame[23] == 17, length >= 8, payload + length <= end { udp = payload..<payload + length }
        if frame[23] == 1 { icmp = payload..<end }
    }
}

extension [UInt8] {
    fileprivate func number(at offset: Int) -> Int { Int(self[offset]) << 8 | Int(self[offset + 1]) }

    /// Writes the checksum of `part` to where it belongs in it.
    fileprivate mutating func fitChecksum(at offset: Int, in part: Range<Int>, pseudoHeader: [UInt8] = []) {
        let field = part.lowerBound + offset..<part.lowerBound + offset + 2
        replaceSubrange(field, with: [0, 0])
        replaceSubrange(field, with: plainChecksum(pseudoHeader + self[part]).networkBytes)
    }
}
