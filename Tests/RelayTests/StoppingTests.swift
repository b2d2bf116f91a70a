import Foundation
import Kernel
import Messages
import PacketTesting
import RootTesting
import Testing

@Suite("A relay that is told to stop with records left", .timeLimit(.minutes(1)))
struct RelayStoppingTests {
    /// Waits until it listens to nothing any more but signals and the recorder.
    private func awaitParting(of relay: RelayProcess) throws {
        while try relay.watchedCount() > 2 { sched_yield() }
    }

    @Test(.asRoot) func `as root, what had no room in the channel is sent as the recorder reads`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectFullRecorder(of: relay, on: lan)
        try relay.process.signal(SIGTERM)
        var count = 0
        while count < 402 {
            let batch = try recorder.next()
            count += batch.records.count
            try recorder.acknowledge(batch)
        }
        #expect(try relay.end() == .status(0))
    }

    @Test(.asRoot) func `as root, what waits for an acknowledgement of what is under way is sent then`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        // The start, then frames that come alone: each is sent at once, until as many are under way as may be.
        var last = try recorder.next()
        while last.sequence < 32 {
            lan.client.send(CapturedExchange.discover)
            #expect(try lan.server.next() == CapturedExchange.discover)
            last = try recorder.next()
        }
        for _ in 0..<40 { lan.client.send(CapturedExchange.discover) }
        for _ in 0..<40 { #expect(try lan.server.next() == CapturedExchange.discover) }
        // Beside the packets there may be what the kernels of the namespaces sent that was dropped.
        #expect(try Int(relay.status()["records-pending"] ?? "") ?? 0 >= 73)
        try relay.process.signal(SIGTERM)
        try awaitParting(of: relay)
        try recorder.acknowledge(last)
        let rest = try recorder.next()
        let packets = rest.records.filter { if case .packet = $0 { true } else { false } }
        #expect(rest.sequence == 33 && packets.count == 40)
        try recorder.acknowledge(rest)
        #expect(try relay.end() == .status(0))
    }

    @Test(.asRoot) func `as root, a recorder that acknowledges nothing is waited for in vain, and that is said`() throws
    {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        #expect(try recorder.next().records.count == 2)
        let before = try relay.processorTime()
        try relay.process.signal(SIGTERM)
        try awaitParting(of: relay)
        // It is neither forwarded nor keeps the relay busy.
        lan.client.send(CapturedExchange.discover)
        #expect(try relay.awaitLine("may not have").contains("at the end: 2"))
        #expect(becomesReady(relay.process.descriptor.rawValue))
        #expect(try relay.processorTime() - before < 10)
        #expect(try relay.end() == .status(0))
        #expect(throws: Trouble.self) { _ = try lan.server.next(within: 0) }
    }

    @Test(.asRoot) func `as root, a recorder that is gone is not waited for`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        #expect(try recorder.next().records.count == 2)
        try relay.process.signal(SIGTERM)
        recorder.close()
        try relay.awaitLine("the recorder is gone")
        #expect(try relay.awaitLine("may not have").contains("at the end: 2"))
        #expect(try relay.end() == .status(0))
    }
}
