import Addresses
import Forwarding
import Messages
import Packet
import PacketTesting
import Testing

/// The link of the tests: the host is `Station.host` with 192.168.50.2/24.
struct ForwardedLink {
    var forwarder: Forwarder

    init(prefixLength: UInt8 = 24) throws {
        forwarder = Forwarder(link: try Self.described(prefixLength: prefixLength))
    }

    /// What netns-agent says of it; the interface can have more addresses than the first.
    static func described(prefixLength: UInt8 = 24, also addresses: IPv4Address...) throws -> Link {
        let network = AttachedNetwork(
            interface: try #require(InterfaceName("ens34")), address: Station.hostAddress, prefixLength: prefixLength,
            gateway: nil)
        let link = Link(macAddress: Station.host, network: try #require(network))
        let more = try addresses.map { try #require(InterfaceAddress($0, prefixLength: prefixLength, label: "ens34")) }
        return link.with(addresses: link.addresses + more, routes: link.routes)
    }

    mutating func decide(
        _ frame: [UInt8], _ direction: Direction, vlanTag: UInt16? = nil, checksumNotReady: Bool = false,
        originalLength: Int? = nil, now: UInt64 = 0
    ) -> Decision {
        let metadata = FrameMetadata(
            originalLength: originalLength ?? frame.count, vlanTag: vlanTag, checksumNotReady: checksumNotReady)
        return forwarder.decide(frame.span.rawBytes, metadata: metadata, direction: direction, now: now)
    }

    mutating func fromLAN(_ frame: EthernetLayer, now: UInt64 = 0) -> Verdict {
        decide(frame.bytes, .toServer, now: now).verdict
    }

    mutating func fromServer(_ frame: EthernetLayer, now: UInt64 = 0) -> Verdict {
        decide(frame.bytes, .toClient, now: now).verdict
    }
}

/// Frames that pass, for the tests to spoil.
enum Good {
    static let discover = DHCPLayer.request(1, from: Station.client)
    static let offer = DHCPLayer.reply(2, from: Station.hostAddress, to: Station.client)

    static func request(
        _ message: DHCPLayer = discover, from source: IPv4Address = .unspecified,
        to destination: IPv4Address = .broadcast,
        at station: MACAddress = .broadcast
    ) -> EthernetLayer {
        message.udp().ipv4(from: source, to: destination).ethernet(from: Station.client, to: station)
    }

    static func reply(_ message: DHCPLayer = offer, to destination: IPv4Address = Station.clientAddress)
        -> EthernetLayer
    {
        message.udp().ipv4(from: Station.hostAddress, to: destination).ethernet(from: Station.host, to: Station.client)
    }

    static func echoRequest(_ sequenceNumber: UInt16 = 1, to address: IPv4Address = Station.clientAddress)
        -> EthernetLayer
    {
        ICMPLayer(type: 8, identifier: 77, sequenceNumber: sequenceNumber)
            .ipv4(from: Station.hostAddress, to: address).ethernet(from: Station.host, to: Station.client)
    }

    static func echoReply(_ sequenceNumber: UInt16 = 1, from address: IPv4Address = Station.clientAddress)
        -> EthernetLayer
    {
        ICMPLayer(type: 0, identifier: 77, sequenceNumber: sequenceNumber)
            .ipv4(from: address, to: Station.hostAddress).ethernet(from: Station.client, to: Station.host)
    }

    static let arpRequest = ARPLayer.request(for: Station.clientAddress, from: Station.hostAddress, at: Station.host)
    static let arpReply = ARPLayer.reply(
        from: Station.clientAddress, at: Station.client, to: Station.hostAddress, at: Station.host)
}

/// The frame with complete IPv4 and UDP checksums.
func completed(_ frame: [UInt8]) -> [UInt8] {
    var completed = frame
    var span = completed.mutableSpan
    var bytes = unsafe span.mutableBytes
    bytes.completeChecksums()
    return completed
}
