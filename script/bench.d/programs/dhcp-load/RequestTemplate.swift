internal import Addresses
internal import PacketTesting

/// The frame of a DISCOVER or a REQUEST as it leaves a client, in which only what differs from one to the next is
/// filled in.
struct RequestTemplate {
    /// The frame of the client 00:00:00:00:00:00 with the transaction identifier 0, for the address 0.0.0.0.
    let bytes: [UInt8]
    private let checksum: UInt16
    private let namesAddress: Bool

    // Ethernet 14, IPv4 20, UDP 8, then the message (RFC 2131, section 2), then the options.
    private static let sourceOffset = 6
    private static let checksumOffset = 40
    private static let identifierOffset = 46
    private static let hardwareAddressOffset = 70
    /// Behind the message type, an octet of padding so that the checksum can be told of whole words, code and length.
    private static let requestedAddressOffset = 282 + 6

    /// Looks for servers.
    static let discover = RequestTemplate(type: 1) { $0 }

    /// Takes an offer of the server with this address.
    static func request(_ server: IPv4Address) -> RequestTemplate {
        RequestTemplate(type: 3, namesAddress: true) { message in
            var message = message
            message.options += [0]
            return message.option(50, [0, 0, 0, 0]).option(54, server.rawValue.networkBytes)
        }
    }

    /// Asks for what dhclient asks for, with replies as broadcasts: so they reach the client wherever it is.
    private init(type: UInt8, namesAddress: Bool = false, _ complete: (DHCPLayer) -> DHCPLayer) {
        let nobody = MACAddress(rawValue: 0)
        let message = DHCPLayer.request(type, from: nobody)
            .setting(\.transactionIdentifier, to: 0).setting(\.flags, to: 0x8000)
        bytes =
            complete(message).option(12, Array("bench".utf8)).option(55, [1, 28, 2, 3, 15, 6, 119, 12])
            .udp().ipv4(from: .unspecified, to: .broadcast).ethernet(from: nobody, to: .broadcast).bytes
        checksum = UInt16(bytes[Self.checksumOffset]) << 8 | UInt16(bytes[Self.checksumOffset + 1])
        self.namesAddress = namesAddress
    }

    /// Fills in a copy of the frame: whose it is, its number, the address it asks for if it names one, and the UDP
    /// checksum over all of these (RFC 1624).
    func fill(
        _ frame: UnsafeMutableRawBufferPointer, _ request: RequestNumber, from client: MACAddress,
        for address: IPv4Address
    ) {
        let identifier = request.transactionIdentifier
        unsafe frame.storeBytes(of: identifier.bigEndian, toByteOffset: Self.identifierOffset, as: UInt32.self)
        let high = UInt32(truncatingIfNeeded: client.rawValue >> 16)
        let low = UInt16(truncatingIfNeeded: client.rawValue)
        for offset in [Self.sourceOffset, Self.hardwareAddressOffset] {
            unsafe frame.storeBytes(of: high.bigEndian, toByteOffset: offset, as: UInt32.self)
            unsafe frame.storeBytes(of: low.bigEndian, toByteOffset: offset + 4, as: UInt16.self)
        }
        let requested = namesAddress ? address.rawValue : 0
        if namesAddress {
            let offset = Self.requestedAddressOffset
            unsafe frame.storeBytes(of: requested.bigEndian, toByteOffset: offset, as: UInt32.self)
        }
        let sum = checksum(adding: [identifier, high, UInt32(low), requested])
        unsafe frame.storeBytes(of: sum.bigEndian, toByteOffset: Self.checksumOffset, as: UInt16.self)
    }

    // The words that are added were zero in the template.
    private func checksum(adding words: InlineArray<4, UInt32>) -> UInt16 {
        var sum = UInt32(~checksum)
        for index in words.indices { sum += words[index] >> 16 + words[index] & 0xFFFF }
        while sum > 0xFFFF { sum = sum >> 16 + sum & 0xFFFF }
        // Zero would mean that there is none (RFC 768).
        return sum == 0xFFFF ? 0xFFFF : ~UInt16(sum)
    }
}
