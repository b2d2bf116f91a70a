internal import Addresses
internal import PacketTesting

/// The frames by which clients get their addresses: DISCOVER, OFFER, REQUEST and ACK, with what differs from client to
/// client filled in.
///
/// Sixteen clients at a time speak in turn. Checksums are not right, for nobody receives these frames.
struct ExchangeFrames {
    private let clients: Int
    private let turns: Int
    private var frames: [[UInt8]]

    // Ethernet 14, IPv4 20, UDP 8, then the message (RFC 2131, section 2).
    private static let identifierOffset = 46
    private static let yourAddressOffset = 58
    private static let hardwareAddressOffset = 70
    // Behind option 53: option 61 with its type, option 12 with five letters, option 50.
    private static let clientIdentifierOffset = 288
    private static let hostNumberOffset = 301
    private static let requestedAddressOffset = 309
    private static let clientsAtOnce = 16
    private static let server = IPv4Address(10, 0, 0, 1)

    /// The frames of so many clients, which get addresses behind 10.1.0.0; `discoversOnly` for a server that is silent.
    init(clients: Int, discoversOnly: Bool) {
        self.clients = clients
        let all = [Self.request(1), Self.reply(2), Self.request(3), Self.reply(5)]
        frames = discoversOnly ? [all[0]] : all
        turns = frames.count
    }

    private static let nobody = MACAddress(rawValue: 0)

    private static func request(_ type: UInt8) -> [UInt8] {
        DHCPLayer.request(type, from: nobody).option(61, [1] + nobody.bytes).option(12, Array("host-000000".utf8))
            .option(50, [0, 0, 0, 0]).option(55, [1, 28, 2, 3, 15, 6, 119, 12])
            .udp().ipv4(from: .unspecified, to: .broadcast).ethernet(from: nobody, to: .broadcast).bytes
    }

    private static func reply(_ type: UInt8) -> [UInt8] {
        DHCPLayer.reply(type, from: server, to: nobody).option(51, [0, 0, 14, 16])
            .udp().ipv4(from: server, to: .broadcast).ethernet(from: nobody, to: .broadcast).bytes
    }

    /// The frame at a position in the order in which they are sent, and whether it is the server's.
    mutating func frame(at position: Int) -> (bytes: [UInt8], isReply: Bool) {
        let turn = position / Self.clientsAtOnce % turns
        let exchange =
            position / (Self.clientsAtOnce * turns) * Self.clientsAtOnce + position % Self.clientsAtOnce
        let isReply = turn % 2 == 1
        fill(&frames[turn], exchange, isReply: isReply)
        return (frames[turn], isReply)
    }

    private func fill(_ frame: inout [UInt8], _ exchange: Int, isReply: Bool) {
        // An odd factor: each exchange has a number of its own, and they are in no order (Knuth).
        Self.write(UInt64(UInt32(truncatingIfNeeded: exchange) &* 2_654_435_761), 4, at: Self.identifierOffset, &frame)
        let client = exchange &* 7_919 % clients
        let address = UInt64(10 << 24 | 1 << 16 + client)
        let hardwareAddress = UInt64(0x0200_BE00_0000 + client)
        Self.write(hardwareAddress, 6, at: Self.hardwareAddressOffset, &frame)
        guard !isReply else { return Self.write(address, 4, at: Self.yourAddressOffset, &frame) }
        Self.write(hardwareAddress, 6, at: Self.clientIdentifierOffset, &frame)
        Self.write(address, 4, at: Self.requestedAddressOffset, &frame)
        var rest = client
        for digit in stride(from: 5, through: 0, by: -1) {
            frame[Self.hostNumberOffset + digit] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    private static func write(_ value: UInt64, _ length: Int, at offset: Int, _ frame: inout [UInt8]) {
        for index in 0..<length {
            frame[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * (length - 1 - index)))
        }
    }
}
