import Addresses
import Packet
import PacketTesting
import Testing

@testable import HostCheck

@Suite("The question for other DHCP servers")
struct ServerProbeTests {
    private static let host = MACAddress(2, 0, 0, 0, 0x50, 2)
    private static let server = IPv4Address(192, 168, 50, 1)

    @Test func `it is a DHCPDISCOVER to everybody with right checksums`() {
        let bytes = DiscoverFrame.bytes(from: Self.host, transaction: 0x1234_5678, secs: 2)
        #expect(bytes.count == 342)
        guard let frame = EthernetFrame(ByteView(bytes.span.rawBytes)), let packet = IPv4Packet(frame.payload),
            let datagram = UDPDatagram(packet), let message = DHCPMessage(datagram.payload)
        else {
            Issue.record("not a whole message in a frame: \(bytes)")
            return
        }
        #expect(frame.source == Self.host)
        #expect(frame.destination == .broadcast)
        #expect(plainChecksum(Array(bytes[14..<34])) == 0)
        #expect(packet.source == .unspecified)
        #expect(packet.destination == .broadcast)
        let (isRight, isDHCP, wantsBroadcast) = (datagram.hasValidChecksum, datagram.isDHCP, message.wantsBroadcast)
        #expect(isRight && isDHCP && wantsBroadcast)
        #expect(message.operation == .request)
        #expect(message.messageType == .discover)
        #expect(message.clientMACAddress == Self.host)
        #expect(message.transactionIdentifier == 0x1234_5678)
        #expect(message.secs == 2)
        #expect(message.hostName == Array("middle-sock-doctor".utf8))
    }

    private func answer(_ operation: UInt8 = 2, transaction: UInt32 = 7) -> ServerFindings.Answer? {
        let layer = DHCPLayer.reply(2, from: Self.server, to: Self.host)
            .setting(\.operation, to: operation).setting(\.transactionIdentifier, to: transaction)
            .setting(\.yourAddress, to: IPv4Address(192, 168, 50, 200))
        let bytes = layer.udp().ipv4(from: IPv4Address(192, 168, 50, 9), to: .broadcast)
            .ethernet(from: Station.router, to: .broadcast).bytes
        return ServerFindings.Answer(frame: bytes.span.rawBytes, transaction: 7)
    }

    @Test func `an answer names the server, its station and what it offers`() {
        #expect(
            answer()
                == ServerFindings.Answer(
                    server: Self.server, macAddress: Station.router, offered: IPv4Address(192, 168, 50, 200)))
    }

    @Test func `what belongs to others is no answer`() {
        #expect(answer(transaction: 8) == nil)
        #expect(answer(1) == nil)
        #expect(ServerFindings.Answer(frame: [UInt8](repeating: 0, count: 60).span.rawBytes, transaction: 0) == nil)
    }

    @Test func `each server is told of once`() throws {
        let interface = try network(on: "ens34").interface
        let answer = try #require(self.answer())
        let findings = ServerFindings.servers([answer, answer], on: interface, waited: 5)
        #expect(findings.count == 1)
        #expect(findings[0].state == .warning)
        #expect(findings[0].text.contains("192.168.50.1 ") && findings[0].text.contains("192.168.50.200"))
        #expect(ServerFindings.servers([], on: interface, waited: 5).map(\.state) == [.ok])
    }
}
