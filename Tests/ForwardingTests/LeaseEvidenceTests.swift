import Addresses
import Messages
import PacketTesting
import Testing

@testable import Forwarding

/// Which frames grant or end a lease.
@Suite struct LeaseEvidenceTests {
    private var forwarder: Forwarder

    init() throws {
        let network = AttachedNetwork(
            interface: try #require(InterfaceName("ens34")), address: Station.hostAddress, prefixLength: 24,
            gateway: nil)
        forwarder = Forwarder(link: Link(macAddress: Station.host, network: try #require(network)))
    }

    private mutating func isEvidence(_ frame: [UInt8], _ direction: Direction) -> Bool {
        let decision = forwarder.decide(
            unsafe frame.span.bytes, metadata: FrameMetadata(originalLength: frame.count), direction: direction, now: 0)
        return decision.isEvidence
    }

    private mutating func answer(_ type: UInt8, _ address: IPv4Address, to client: MACAddress = Station.client) -> Bool
    {
        let layer = DHCPLayer.reply(type, from: Station.hostAddress, to: client).setting(\.yourAddress, to: address)
        let frame = layer.udp().ipv4(from: Station.hostAddress, to: .broadcast)
            .ethernet(from: Station.host, to: .broadcast).bytes
        return isEvidence(frame, .toClient)
    }

    private mutating func ask(_ type: UInt8, _ address: IPv4Address, from client: MACAddress = Station.client) -> Bool {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * $0)) }
        var layer = DHCPLayer.request(type, from: client)
        layer = type == 4 ? layer.option(50, bytes) : layer.setting(\.clientAddress, to: address)
        let frame = layer.udp().ipv4(from: .unspecified, to: .broadcast).ethernet(from: client, to: .broadcast).bytes
        return isEvidence(frame, .toServer)
    }

    private static let address = IPv4Address(192, 168, 50, 101)

    @Test mutating func `an ACK of an address is, and a NAK; an OFFER and the answer to an INFORM are not`() {
        let found = [
            answer(5, Self.address), answer(6, .unspecified), answer(2, Self.address), answer(5, .unspecified),
        ]
        #expect(found == [true, true, false, false])
    }

    @Test mutating func `the reply to a BOOTP client is`() {
        let layer = DHCPLayer(operation: 2, client: Station.client).setting(\.yourAddress, to: Self.address)
        let frame = layer.udp(from: 67, to: 68).ipv4(from: Station.hostAddress, to: .broadcast)
            .ethernet(from: Station.host, to: .broadcast).bytes
        let found = isEvidence(frame, .toClient)
        #expect(found)
    }

    @Test(arguments: [UInt8(7), 4])
    mutating func `a RELEASE or DECLINE is once, of who was given the address`(type: UInt8) {
        let found = [
            ask(type, Self.address), answer(5, Self.address), ask(type, Self.address, from: Station.stranger),
            ask(type, IPv4Address(192, 168, 50, 102)), ask(type, Self.address), ask(type, Self.address),
        ]
        #expect(found == [false, true, false, false, true, false])
    }

    @Test mutating func `what does not pass is none`() {
        let layer = DHCPLayer.reply(5, from: Station.hostAddress, to: Station.client)
            .setting(\.yourAddress, to: Self.address)
        let forged = layer.udp().ipv4(from: Station.hostAddress, to: .broadcast)
            .ethernet(from: Station.stranger, to: .broadcast).bytes
        let found = [
            isEvidence(forged, .toClient), isEvidence(forged, .toServer), ask(7, Self.address), ask(3, Self.address),
        ]
        #expect(found == [false, false, false, false])
    }
}
