import Addresses
import Messages
import PacketTesting
import Testing

/// A frame that would have broken somebody, and what the relay has to say about it.
struct InfamousInput: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let verdict: Verdict
    let frame: [UInt8]

    init(_ name: String, _ verdict: Verdict, frame: [UInt8]) {
        testDescription = name
        self.verdict = verdict
        self.frame = frame
    }

    /// A request that a client broadcasts, or a reply of the server to a client.
    init(_ name: String, _ verdict: Verdict, _ message: DHCPLayer) {
        self.init(name, verdict, message.operation == 1 ? Self.packet(message.udp()) : Self.reply(message.udp()))
    }

    init(_ name: String, _ verdict: Verdict, _ datagram: UDPLayer) {
        self.init(name, verdict, Self.packet(datagram))
    }

    init(_ name: String, _ verdict: Verdict, _ packet: IPv4Layer) {
        let isFromServer = packet.source == Station.hostAddress
        let frame = packet.ethernet(
            from: isFromServer ? Station.host : Station.client, to: isFromServer ? Station.client : .broadcast)
        self.init(name, verdict, frame: frame.bytes)
    }

    /// A datagram of a client to all.
    static func packet(_ datagram: UDPLayer = Good.discover.udp()) -> IPv4Layer {
        datagram.ipv4(from: .unspecified, to: .broadcast)
    }

    /// A datagram of the server to a client.
    static func reply(_ datagram: UDPLayer) -> IPv4Layer {
        datagram.ipv4(from: Station.hostAddress, to: Station.clientAddress)
    }

    /// A DISCOVER of which only this many bytes are sent.
    static func discover(_ length: Int) -> UDPLayer {
        UDPLayer(from: 68, to: 67, payload: Array(Good.discover.bytes.prefix(length)))
    }

    /// A DISCOVER that says to be shorter or longer than it is, in the length of its datagram.
    static func discover(saying length: UInt16) -> UDPLayer {
        Good.discover.udp().setting(\.length, to: length).setting(\.checksum, to: .zero)
    }

    /// A DISCOVER that ends with these bytes: no option END, no padding.
    static func discover(endingWith end: [UInt8]) -> DHCPLayer {
        Good.discover.setting(\.end, to: end).setting(\.paddedLength, to: 0)
    }

    /// A DISCOVER with so many options of this value.
    static func discover(_ count: Int, of value: [UInt8]) -> DHCPLayer {
        (0..<count).reduce(Good.discover) { message, _ in message.option(80, value) }
    }

    /// A DISCOVER with this value in option 52 and these bytes in `file` and `sname`.
    static func discover(overload: [UInt8], file: [UInt8] = [], serverName: [UInt8] = []) -> DHCPLayer {
        Good.discover.option(52, overload).setting(\.file, to: file).setting(\.serverName, to: serverName)
    }

    /// An option that fills a field of this length to its last byte.
    static func filling(_ length: Int) -> [UInt8] {
        DHCPLayer.option(12, Array(repeating: 65, count: length - 2))
    }
}
