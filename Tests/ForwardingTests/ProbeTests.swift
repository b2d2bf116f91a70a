import Addresses
import Forwarding
import Messages
import Packet
import PacketTesting
import Testing

@Suite("The question whether a server is there")
struct ProbeTests {
    @Test func `the question is whole, and takes no lease`() throws {
        let network = AttachedNetwork(
            interface: try #require(InterfaceName("ens34")), address: IPv4Address(192, 168, 50, 2), prefixLength: 24,
            gateway: IPv4Address(192, 168, 50, 1))
        let link = Link(macAddress: Station.host, network: try #require(network))
        let probe = try #require(Probe(on: link, transaction: 7))
        var forwarder = Forwarder(link: link)
        let decision = forwarder.decide(
            probe.frame.span.rawBytes, metadata: FrameMetadata(originalLength: probe.frame.count), direction: .toServer,
            now: 0)
        #expect(decision.verdict == .forwarded && decision.isDHCP)
        var completed = probe.frame
        var bytes = completed.mutableSpan
        var span = unsafe bytes.mutableBytes
        span.completeChecksums()
        #expect(completed == probe.frame)
        guard let message = DHCPMessage(frame: probe.frame.span.rawBytes) else {
            Issue.record("no message")
            return
        }
        #expect(message.messageType == .inform && message.transactionIdentifier == 7)
        #expect(message.clientAddress == IPv4Address(192, 168, 50, 1) && message.clientMACAddress == Probe.client)
    }

    @Test(arguments: [(UInt8(24), UInt8(2), UInt8(254)), (24, 254, 253), (31, 2, 0)])
    func `without a gateway it asks in the name of another address`(prefix: UInt8, own: UInt8, other: UInt8) throws {
        let network = AttachedNetwork(
            interface: try #require(InterfaceName("ens34")), address: IPv4Address(192, 168, 50, own),
            prefixLength: prefix, gateway: nil)
        let probe = Probe(on: Link(macAddress: Station.host, network: try #require(network)), transaction: 7)
        let expected = other == 0 ? nil : IPv4Address(192, 168, 50, other)
        #expect(probe.flatMap { address(in: $0.frame) } == expected)
    }

    private func isAnswer(_ frame: [UInt8]) -> Bool {
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else { return false }
        return Probe.isAnswered(by: MessageSummary(message))
    }

    private func address(in frame: [UInt8]) -> IPv4Address? {
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else { return nil }
        return message.clientAddress
    }

    @Test func `its answer is known, and nobody else's`() {
        let server = IPv4Address(192, 168, 50, 2)
        let answer = DHCPLayer.reply(5, from: server, to: Probe.client).udp().ipv4(from: server, to: .broadcast)
            .ethernet(from: Station.host, to: .broadcast).bytes
        let others = [CapturedExchange.ack, [1, 2, 3]]
        #expect([answer].allSatisfy(isAnswer))
        #expect(!others.contains(where: isAnswer))
    }
}
