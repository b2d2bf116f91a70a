import Addresses
import CTesting
import Forwarding
import Kernel
import Logging
import Messages
import PacketTesting
import Service
import Testing

@testable import relay

@Suite("Memory that forwarding needs", .timeLimit(.minutes(1)))
struct AllocationTests {
    /// A link over channels instead of packet sockets, so that no privilege is needed.
    private final class Bench {
        let link: ForwardingLink
        let lan: MessageSocket
        let server: MessageSocket
        let recorder: MessageSocket
        let records: RecordsChannel
        let journal: Journal
        var batch = FrameBatch()
        var poller: Poller
        var succession: Succession?

        init(container: AttachedNetwork? = nil) throws {
            guard let interface = InterfaceName("ens34"),
                let network = AttachedNetwork(
                    interface: interface, address: Station.hostAddress, prefixLength: 24, gateway: nil)
            else { throw Trouble("the names of the test are invalid") }
            let uplink = try MessageSocket.channel()
            let inside = try MessageSocket.channel()
            let recording = try MessageSocket.channel()
            link = ForwardingLink(
                Link(macAddress: Station.host, network: network, container: container),
                uplink: FramePort(PacketSocket(adopting: uplink.far)),
                server: FramePort(PacketSocket(adopting: inside.far)))
            lan = uplink.near
            server = inside.near
            recorder = recording.near
            records = RecordsChannel(adopting: recording.far)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            // A small ring: each of its batches is used within the first rounds.
            journal = Journal(outbox: Outbox(source: .relay, instance: 1, capacity: 3), logger: logger)
            poller = try Poller()
            try records.channel.watch(with: poller)
        }

        /// Carries these frames in both directions, and says how often memory was asked for meanwhile.
        func carry(fromLAN: [[UInt8]], fromServer: [[UInt8]]) throws -> UInt64 {
            for frame in fromLAN { _ = try lan.send(frame) }
            for frame in fromServer { _ = try server.send(frame) }
            let before = testing_allocations()
            try link.takeTurn(.lan, &batch, journal, &succession)
            try link.takeTurn(.server(.first), &batch, journal, &succession)
            let isOpen = try records.flush(&journal.outbox, with: poller)
            let allocations = testing_allocations() - before
            guard isOpen else { throw Trouble("the channel is closed") }
            try acknowledge()
            while try server.receive(capacity: 2_048) != nil {}
            while try lan.receive(capacity: 2_048) != nil {}
            return allocations
        }

        private func acknowledge() throws {
            while let received = try recorder.receive(capacity: 65_536) {
                guard case .records(let batch) = try Message(decoding: received.bytes) else { continue }
                journal.outbox.accept(Acknowledgement(instance: 1, sequence: batch.sequence))
            }
        }
    }

    @Test(.enabled(if: testing_counts_allocations(), "AddressSanitizer has an allocator of its own"))
    func `no frame costs an allocation, whatever becomes of it`() throws {
        let foreign = DHCPLayer.reply(2, from: Station.strangerAddress, to: Station.client).udp()
            .ipv4(from: Station.strangerAddress, to: .broadcast)
            .ethernet(from: Station.stranger, to: .broadcast).bytes
        let malformed = Array(CapturedExchange.discover.prefix(33))
        let fromLAN = [
            CapturedExchange.discover, malformed, foreign, CapturedExchange.renewal, CapturedExchange.arpReply,
            CapturedExchange.echoReply, Array(repeating: 7, count: 60),
        ]
        let fromServer = [
            CapturedExchange.offer, CapturedExchange.echoRequest, CapturedExchange.arpRequest,
            CapturedExchange.renewalAck, Array(repeating: 7, count: 60),
        ]
        testing_begin_plain_throws()
        defer { testing_end_plain_throws() }
        let bench = try Bench()
        for _ in 0..<50 { _ = try bench.carry(fromLAN: fromLAN, fromServer: fromServer) }
        var allocations: UInt64 = 0
        for _ in 0..<500 { allocations += try bench.carry(fromLAN: fromLAN, fromServer: fromServer) }
        #expect(allocations == 0)
        let counted = bench.link.counters[.toServer]
        #expect(counted[.forwarded] >= 550 && counted[.foreignServer] == 550 && counted[.truncated] == 550)
        #expect(bench.journal.outbox.lost == 0)
    }

    @Test(.enabled(if: testing_counts_allocations(), "AddressSanitizer has an allocator of its own"))
    func `nor does one that is translated, answered or undeliverable`() throws {
        let address = IPv4Address(172, 17, 0, 3)
        let interface = try #require(InterfaceName("eth0"))
        let container = try #require(
            AttachedNetwork(
                interface: interface, address: address, prefixLength: 16, gateway: IPv4Address(172, 17, 0, 1)))
        let request = DHCPLayer.request(3, from: Station.client).udp(from: 67, to: 67)
            .ipv4(from: Station.routerAddress, to: address).ethernet(from: Station.router, to: Station.host).bytes
        let reply = DHCPLayer.reply(5, from: Station.hostAddress, to: Station.client)
            .setting(\.relayAddress, to: Station.routerAddress).udp(from: 67, to: 67)
            .ipv4(from: Station.hostAddress, to: Station.routerAddress)
            .ethernet(from: Station.host, to: Station.router).bytes
        let fromServer = [reply, CapturedExchange.offer, CapturedExchange.arpRequest, CapturedExchange.echoRequest]
        testing_begin_plain_throws()
        defer { testing_end_plain_throws() }
        let bench = try Bench(container: container)
        for _ in 0..<50 { _ = try bench.carry(fromLAN: [request], fromServer: fromServer) }
        var allocations: UInt64 = 0
        for _ in 0..<500 { allocations += try bench.carry(fromLAN: [request], fromServer: fromServer) }
        #expect(allocations == 0)
        let counted = bench.link.counters[.toClient]
        #expect(counted[.forwarded] == 1_100 && counted[.undeliverable] == 550 && counted[.answered] == 550)
        #expect(bench.link.counters[.toServer][.forwarded] == 550 && bench.journal.outbox.lost == 0)
    }

    @Test(.enabled(if: testing_counts_allocations(), "AddressSanitizer has an allocator of its own"))
    func `batches that are stored one after the other all use the memory of the first`() throws {
        var outbox = Outbox(source: .relay, instance: 1)
        let interface = try #require(InterfaceName("ens34"))
        let frame = CapturedExchange.discover
        var allocations: UInt64 = 0
        for sequence in UInt64(1)...200 {
            let before = testing_allocations()
            let bytes = unsafe frame.span.bytes
            outbox.append(
                bytes, capturedAt: sequence, interface: interface, direction: .toServer, verdict: .forwarded)
            let isSent = outbox.sendNext { _ in true }
            outbox.accept(Acknowledgement(instance: 1, sequence: sequence))
            if sequence > 1 { allocations += testing_allocations() - before }
            #expect(isSent && outbox.pending == 0)
        }
        #expect(allocations == 0)
    }

    @Test(.enabled(if: testing_counts_allocations(), "AddressSanitizer has an allocator of its own"))
    func `allocations are counted`() {
        let before = testing_allocations()
        let bytes = [UInt8](repeating: 1, count: Int.random(in: 1_000...2_000))
        #expect(testing_allocations() > before && bytes.count >= 1_000)
    }
}
