import Addresses
import Foundation
import Kernel
import Messages
import PacketTesting
import RootTesting
import Testing

@Suite("Records on their way to the recorder", .timeLimit(.minutes(1)))
struct RelayRecordsTests {
    @Test(.asRoot) func `as root, a frame is recorded with what became of it`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        let started = try recorder.event("started")
        #expect(started.detail.contains("\(relay.process.pid)"))
        let before = Clock.realtime
        lan.client.send(CapturedExchange.discover)
        let packet = try recorder.packet()
        #expect(packet.frame == CapturedExchange.discover && packet.verdict == .forwarded)
        #expect(packet.interface == lan.link.network.interface && packet.direction == .toServer)
        #expect((before...Clock.realtime).contains(packet.capturedAt))
        lan.server.send(CapturedExchange.offer)
        let answer = try recorder.packet()
        #expect(answer.frame == CapturedExchange.offer && answer.direction == .toClient)
    }

    @Test(.asRoot) func `as root, what was not acknowledged is sent again to the next recorder`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let first = try agent.connectRecorder(of: relay)
        let started = try first.next()
        try first.acknowledge(started)
        lan.client.send(CapturedExchange.discover)
        let discover = try first.next()
        first.close()
        try relay.awaitLine("the recorder is gone")
        lan.client.send(CapturedExchange.request)
        #expect(try lan.server.next() == CapturedExchange.discover)
        #expect(try lan.server.next() == CapturedExchange.request)
        #expect(try relay.status()["recorder"] == "not connected")
        let second = try agent.connectRecorder(of: relay)
        #expect(try second.next() == discover)
        let request = try second.next()
        #expect(request.sequence == discover.sequence + 1 && request.lost == 0 && request.records.count == 1)
        try second.acknowledge(request)
        lan.client.send(CapturedExchange.release)
        #expect(try second.next().sequence == request.sequence + 1)
        // Replaced without having ended: what was acknowledged before is not sent again.
        let third = try agent.connectRecorder(of: relay)
        #expect(try third.next().sequence == request.sequence + 1)
        #expect(try relay.status()["recorder"] == "connected")
    }

    @Test(.asRoot) func `as root, records outlive a relay that is killed`() throws {
        let lan = try LAN()
        let memory = try SharedMemory.make("test", length: OutboxMemory.length())
        let killed = try RelayProcess()
        let agent = try Agent(handing: lan, to: killed)
        try agent.lend(memory)
        let first = try agent.connectRecorder(of: killed)
        let started = try first.next()
        try first.acknowledge(started)
        lan.client.send(CapturedExchange.discover)
        let discover = try first.next()
        first.close()
        try killed.awaitLine("the recorder is gone")
        lan.server.send(CapturedExchange.offer)
        #expect(try lan.client.next() == CapturedExchange.offer)
        try killed.awaitSleep()
        #expect(try killed.stop(by: SIGKILL) == .signal(SIGKILL))
        let relay = try RelayProcess()
        let next = try Agent(handing: lan, to: relay)
        try next.lend(memory)
        try relay.awaitLine("takes over 2 records of the relay before")
        let second = try next.connectRecorder(of: relay)
        #expect(try second.next() == discover)
        let offer = try second.next()
        #expect(offer.instance == discover.instance && offer.sequence == discover.sequence + 1 && offer.lost == 0)
        guard case .packet(let packet)? = offer.records.first else { throw Trouble("no packet") }
        #expect(packet.frame == CapturedExchange.offer)
        _ = try second.event("started")
        agent.close()
    }

    @Test(.asRoot) func `as root, what is no memory of the right size is refused`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        try agent.lend(try SharedMemory.make("test", length: OutboxMemory.length() - 1))
        try agent.lend(try Descriptor(reading: "/dev/zero"))
        let recorder = try agent.connectRecorder(of: relay)
        _ = try recorder.event("started")
        #expect(try relay.status()["messages-refused"] == "2")
    }

    @Test(.asRoot) func `as root, records outlive the agent that connected the recorder`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        agent.close()
        try relay.awaitLine("netns-agent is gone")
        let next = try Agent(handing: lan, to: relay)
        lan.client.send(CapturedExchange.discover)
        #expect(try recorder.packet().frame == CapturedExchange.discover)
        next.close()
    }

    @Test(.asRoot) func `as root, a recorder that does not read is not waited for, and gets everything later`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectFullRecorder(of: relay, on: lan)
        try relay.awaitSleep()
        var last = try recorder.next()
        var count = last.records.count
        // No acknowledgement wakes the relay: it goes on when there is room.
        while count < 402 {
            let batch = try recorder.next()
            #expect(batch.sequence == last.sequence + 1 && batch.lost == 0)
            last = batch
            count += batch.records.count
        }
        #expect(count == 402)
        try recorder.acknowledge(last)
        #expect(try relay.status()["records-pending"] == "0")
    }

    @Test(.asRoot) func `as root, a recorder that acknowledges nothing is sent no more than a few batches`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        // The start, then frames that come alone: each is sent at once.
        var last = try recorder.next()
        while last.sequence < 8 {
            lan.client.send(CapturedExchange.discover)
            last = try recorder.next()
        }
        for _ in 0..<40 { lan.client.send(CapturedExchange.discover) }
        for _ in 0..<47 { #expect(try lan.server.next() == CapturedExchange.discover) }
        #expect(try relay.status()["records-pending"] == "49")
        try recorder.acknowledge(last)
        // What gathered meanwhile comes as one.
        let rest = try recorder.next()
        #expect(rest.sequence == 9 && rest.records.count == 40)
    }

    @Test(.asRoot) func `as root, what was received before the end is forwarded and recorded`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        try relay.process.signal(SIGSTOP)
        lan.client.send(CapturedExchange.discover)
        try relay.process.signal(SIGTERM)
        try relay.process.signal(SIGCONT)
        #expect(try lan.server.next() == CapturedExchange.discover)
        #expect(try recorder.packet().frame == CapturedExchange.discover)
        #expect(try relay.end() == .status(0))
    }
}
