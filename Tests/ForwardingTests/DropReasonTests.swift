import Addresses
import Forwarding
import Messages
import Packet
import PacketTesting
import Testing

@Suite("What is counted of what was dropped")
struct DropReasonTests {
    private func reason(_ frame: [UInt8], _ verdict: Verdict = .unsupported) -> String {
        "\(DropReason(frame.span.rawBytes, verdict))"
    }

    private func packet(_ transportProtocol: UInt8, _ payload: [UInt8]) -> [UInt8] {
        IPv4Layer(
            from: Station.hostAddress, to: Station.routerAddress, transportProtocol: transportProtocol, payload: payload
        ).ethernet(from: Station.host, to: Station.router).bytes
    }

    @Test(arguments: [
        (UInt8(17), UInt16(40_000), UInt16(53), "udp/53"), (17, 53, 40_000, "udp/53"), (17, 68, 67, "udp/67"),
        (17, 40_000, 53_001, "udp/53001"), (6, 50_000, 80, "tcp/80"), (6, 647, 647, "tcp/647"),
        (6, 40_000, 8_000, "tcp/8000"),
    ])
    func `a protocol is told with the port of its service`(
        number: UInt8, source: UInt16, destination: UInt16, expected: String
    ) {
        let ports = [UInt8(source >> 8), UInt8(source & 255), UInt8(destination >> 8), UInt8(destination & 255)]
        #expect(reason(packet(number, ports + [0, 0, 0, 0])) == expected)
    }

    @Test func `what has no ports is told by its number`() {
        #expect(reason(packet(1, [3, 3, 0, 0, 0, 0, 0, 0])) == "icmp/3")
        #expect(reason(packet(47, [0, 0, 0, 0])) == "ip/47")
        #expect(reason(packet(6, [0, 80])) == "fragment")
        #expect(reason(CapturedExchange.arpReply) == "arp")
        for (type, expected) in [
            (UInt16(0x86DD), "ipv6"), (0x88CC, "ethertype/0x88cc"), (0x0026, "ieee802.3"), (0x0800, "other"),
        ] {
            let frame = EthernetLayer(from: Station.host, to: .broadcast, etherType: type, payload: [])
            #expect(reason(frame.bytes) == expected)
        }
    }

    @Test func `a broken rule is told by its name`() {
        for verdict in Verdict.allCases where verdict != .unsupported {
            #expect(reason(CapturedExchange.arpReply, verdict) == "\(verdict)")
        }
        #expect(reason([1, 2, 3], .truncated) == "truncated")
    }

    @Test func `whoever thinks up ports has 63 counters, and one for all others`() {
        var frames = DroppedFrames()
        for port in 0..<1_000 as Range<UInt16> {
            let ports = [0xC0, 0, UInt8(port >> 8), UInt8(port & 255)]
            frames.count(DropReason(packet(17, ports + [0, 0, 0, 0]).span.rawBytes, .unsupported))
        }
        #expect(frames.entries.count == 64 && frames.entries.last?.count == 937)
        #expect(frames.entries.last.map { "\($0.reason)" } == "other")
        #expect(frames.takeNews().map(\.count).reduce(0, +) == 1_000)
        #expect(frames.takeNews().isEmpty)
        frames.count(.other)
        #expect(frames.takeNews().map(\.count) == [1])
    }
}
