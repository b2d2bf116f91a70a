import CTesting
import Foundation
import Kernel
import Logging
import Messages
import PacketTesting
import RootTesting
import Service
import Testing

@testable import relay

@Suite("Memory that waiting for frames needs", .timeLimit(.minutes(1)))
struct TurnAllocationTests {
    /// A relay in this process, between the sockets of a LAN.
    private final class Bench {
        let lan: LAN
        let service: RelayService
        let agent: MessageSocket
        let recorder: MessageSocket
        private let directory: String
        private var batch = FrameBatch()

        init() throws {
            directory = NSTemporaryDirectory() + "relay-\(UUID().uuidString.prefix(8))"
            // Whatever umask another test of this process has set meanwhile.
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            let place = RuntimeDirectory(directory)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            lan = try LAN()
            service = try RelayService(
                directory: place, notification: ServiceNotification(logger: logger), logger: logger)
            let control = try MessageSocket.channel()
            let records = try MessageSocket.channel()
            let uplink = try lan.uplinkSocket()
            let server = try lan.serverSocket()
            let passed = [control.far.rawValue, uplink.descriptor.rawValue, server.descriptor.rawValue]
            let message = Message.links([lan.link]).encoded()
            #expect(try MessageSocket().send(message, to: place.socket(of: .relay), passing: passed))
            agent = control.near
            recorder = records.near
            try work()
            #expect(try agent.send(Message.recordsTo.encoded(), passing: [records.far.rawValue]))
            try work()
        }

        deinit {
            try? FileManager.default.removeItem(atPath: directory)
        }

        /// Carries a frame each way, and says how often memory was asked for meanwhile.
        func carry() throws -> UInt64 {
            var allocations: UInt64 = 0
            lan.client.send(CapturedExchange.discover)
            allocations += try worked()
            #expect(try lan.server.next() == CapturedExchange.discover)
            lan.server.send(CapturedExchange.offer)
            allocations += try worked()
            #expect(try lan.client.next() == CapturedExchange.offer)
            try acknowledge()
            return allocations
        }

        private func work() throws {
            _ = try service.work(from: Clock.monotonic, &batch)
        }

        private func worked() throws -> UInt64 {
            let before = testing_allocations()
            try work()
            return testing_allocations() - before
        }

        /// Takes what was recorded, and has the relay read that it is stored.
        private func acknowledge() throws {
            while let received = try recorder.receive(capacity: 65_536) {
                guard case .records(let batch) = try Message(decoding: received.bytes) else { continue }
                let acknowledgement = Acknowledgement(instance: batch.instance, sequence: batch.sequence)
                #expect(try recorder.send(Message.acknowledgement(acknowledgement).encoded()))
                try work()
            }
        }
    }

    @Test(.asRoot, .enabled(if: testing_counts_allocations(), "AddressSanitizer has an allocator of its own"))
    func `as root, no frame costs a relay at work an allocation`() throws {
        testing_begin_plain_throws()
        defer { testing_end_plain_throws() }
        let bench = try Bench()
        for _ in 0..<50 { _ = try bench.carry() }
        var allocations: UInt64 = 0
        for _ in 0..<500 { allocations += try bench.carry() }
        // A thousand frames; that a batch of records is stored may be heard in the same turn, and is a message.
        #expect(allocations < 50)
    }
}
