import Addresses
import CTesting
import Forwarding
import Messages
import Packet
import PacketTesting
import Testing

@Suite("Memory that watching a server needs")
struct WatchAllocationTests {
    private static func renewal(_ client: Int) -> [UInt8] {
        let station = MACAddress(rawValue: 0x0200_0000_0000 + UInt64(client))
        return DHCPLayer.request(3, from: station).setting(\.clientAddress, to: Station.clientAddress).udp()
            .ipv4(from: Station.clientAddress, to: .broadcast).ethernet(from: station, to: .broadcast).bytes
    }

    @Test(.enabled(if: testing_counts_allocations(), "AddressSanitizer has an allocator of its own"))
    func `no frame costs an allocation, of whomever it is, when all places were used`() throws {
        let threshold = try #require(SilenceThreshold(duration: 10_000_000, clients: 3))
        var watch = ServerWatch(threshold, hosts: [Station.hostAddress], now: 0)
        let (request, strangers) = (Self.renewal(0), (1...2_000).map(Self.renewal))
        let reply = DHCPLayer.reply(5, from: Station.hostAddress, to: MACAddress(rawValue: 0x0200_0000_0000))
            .option(51, [0, 0, 14, 16]).setting(\.yourAddress, to: Station.clientAddress).udp()
            .ipv4(from: Station.hostAddress, to: .broadcast).ethernet(from: Station.host, to: .broadcast).bytes
        var now: UInt64 = 0
        func turn() -> UInt64 {
            let before = testing_allocations()
            for stranger in strangers { watch.noteRequest(stranger.span.rawBytes, link: 0, isHeld: false, now: now) }
            now += 20_000_000
            watch.noteRequest(request.span.rawBytes, link: 0, isHeld: false, now: now)
            if let message = DHCPMessage(frame: reply.span.rawBytes) { _ = watch.noteReply(message, now: now) }
            return testing_allocations() - before
        }
        for _ in 0..<3 { _ = turn() }
        #expect(watch.knownCount == 1)
        #expect((0..<5).reduce(0) { count, _ in count + turn() } == 0)
    }
}
