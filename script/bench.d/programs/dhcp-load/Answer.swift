internal import Addresses
internal import Packet
internal import PacketTesting

/// What a server that knows no leases answers: each client always gets the same address, which nobody takes.
struct Answer {
    /// The server's address, and its identifier.
    let server: IPv4Address

    /// The length of the message in bytes; BOOTP had 300, and no message is shorter.
    static let length = 300

    /// Makes an OFFER of a DISCOVER in `message`, or an ACK of what else it is (RFC 2131, section 2), and says where it
    /// goes (section 4.1).
    func write(
        to question: DHCPMessageType?, into message: UnsafeMutableRawBufferPointer
    ) -> (address: IPv4Address, port: UInt16) {
        let type = question == .discover ? DHCPMessageType.offer : .ack
        // 10.0.0.0/8, and the end of the client's MAC address.
        let client = unsafe UInt32(bigEndian: message.loadUnaligned(fromByteOffset: 30, as: UInt32.self))
        let offered = 0x0A00_0000 | client & 0xFF_FFFF
        unsafe message.storeBytes(of: 2, as: UInt8.self)
        unsafe message.storeBytes(of: offered.bigEndian, toByteOffset: 16, as: UInt32.self)
        // Behind the magic cookie: message type, server identifier, lease time of 600 seconds, end.
        let options =
            [53, 1, type.rawValue, 54, 4] + server.rawValue.networkBytes + [51, 4, 0, 0, 2, 88, 255] as [UInt8]
        let field = unsafe UnsafeMutableRawBufferPointer(rebasing: message[240..<Self.length])
        unsafe field.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe field.copyBytes(from: options)
        let relayAgent = unsafe IPv4Address(
            rawValue: UInt32(bigEndian: message.loadUnaligned(fromByteOffset: 24, as: UInt32.self)))
        return relayAgent == .unspecified ? (.broadcast, 68) : (relayAgent, 67)
    }
}
