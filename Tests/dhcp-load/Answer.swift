internal import Addresses

/// What a server that counts answers: always the same address, which nobody takes.
struct Offer {
    /// The server's address, and its identifier.
    let server: IPv4Address

    /// The length of the message in bytes; BOOTP had 300, and no message is shorter.
    static let length = 300

    /// Makes an offer of the request in `message` (RFC 2131, section 2), and says where it goes (section 4.1).
    func write(into message: UnsafeMutableRawBufferPointer) -> (address: IPv4Address, port: UInt16) {
        let offered = server.rawValue & ~0xFF | 100
        unsafe message.storeBytes(of: 2, as: UInt8.self)
        unsafe message.storeBytes(of: offered.bigEndian, toByteOffset: 16, as: UInt32.self)
        // Behind the magic cookie: type OFFER, server identifier, lease time of 600 seconds, end.
        let options: [UInt8] = [53, 1, 2, 54, 4] + server.networkBytes + [51, 4, 0, 0, 2, 88, 255]
        let field = unsafe UnsafeMutableRawBufferPointer(rebasing: message[240..<Self.length])
        unsafe field.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe field.copyBytes(from: options)
        let relayAgent = unsafe IPv4Address(
            rawValue: UInt32(bigEndian: message.loadUnaligned(fromByteOffset: 24, as: UInt32.self)))
        return relayAgent == .unspecified ? (.broadcast, 68) : (relayAgent, 67)
    }
}

extension IPv4Address {
    fileprivate var networkBytes: [UInt8] {
        [UInt8(rawValue >> 24), UInt8(rawValue >> 16 & 0xFF), UInt8(rawValue >> 8 & 0xFF), UInt8(rawValue & 0xFF)]
    }
}
