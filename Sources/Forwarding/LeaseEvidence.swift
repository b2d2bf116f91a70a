internal import Addresses
internal import Packet

/// Which frames grant or end a lease: the record of these is thrown away last.
///
/// Of the server's replies that is an ACK or BOOTREPLY that gives an address, and a NAK: so many as the server answers. A
/// RELEASE or DECLINE is answered by nobody, and a stranger can send any number of them. It is evidence when the server
/// gave this address to this hardware address, and once for each time it did.
struct LeaseEvidence {
    /// Whether the frame that was noted last is such a one.
    private(set) var isEvidence = false
    /// The address that was given and whom to (32 bits of it), by the lower bits of the address.
    ///
    /// The addresses of a pool lie beside each other. Where two share a place the later one has it.
    private var given = [UInt64](repeating: 0, count: Self.places)

    private static let places = 1 << 12

    /// Another frame comes, in which there may be no message.
    mutating func forget() {
        isEvidence = false
    }

    /// A request goes on to the server.
    mutating func noteRequest(_ message: borrowing DHCPMessage) {
        let address: IPv4Address
        switch message.messageType {
        case DHCPMessageType.release: address = message.clientAddress
        case DHCPMessageType.decline: address = message.requestedAddress ?? .unspecified
        default: return
        }
        let place = Self.place(of: address)
        guard given[place] == Self.entry(address, of: message) else { return }
        given[place] = 0
        isEvidence = true
    }

    /// A reply goes on to the client.
    mutating func noteReply(_ message: borrowing DHCPMessage) {
        switch message.messageType {
        case DHCPMessageType.nak: isEvidence = true
        case DHCPMessageType.ack, nil:
            guard message.yourAddress != .unspecified else { return }
            given[Self.place(of: message.yourAddress)] = Self.entry(message.yourAddress, of: message)
            isEvidence = true
        default: return
        }
    }

    private static func place(of address: IPv4Address) -> Int { Int(address.rawValue) & (places - 1) }

    private static func entry(_ address: IPv4Address, of message: borrowing DHCPMessage) -> UInt64 {
        let client = message.clientMACAddress?.rawValue ?? 0
        return UInt64(address.rawValue) << 32 | UInt64(UInt32(truncatingIfNeeded: client ^ client >> 32))
    }
}
