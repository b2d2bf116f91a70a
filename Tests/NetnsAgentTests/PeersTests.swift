import Foundation
import Kernel
import Messages
import Service
import Testing

@testable import netns_agent

@Suite("The agent's way to the recorder")
struct PeersTests {
    @Test func `what the recorder did not take is sent again a little later`() throws {
        let path = NSTemporaryDirectory() + "peers-\(UUID().uuidString.prefix(8))"
        _ = try Directory.make(path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = RuntimeDirectory(path)
        let recorder = try MessageSocket(listeningAt: directory.socket(of: .recorder))
        let peers = try Peers(in: directory)
        let poller = try Poller()
        var outbox = Outbox(source: .netnsAgent, instance: 5)
        outbox.append(.event(EventRecord(happenedAt: 1, kind: "tested", detail: "")))
        // Without a recorder there is nothing to try.
        #expect(peers.nextSending(of: outbox, now: 7) == nil)
        #expect(try peers.meet(in: nil, poller, now: 7) == [.recorder])
        let introduction = try #require(try recorder.receive(capacity: 256))
        #expect(peers.nextSending(of: outbox, now: 7) == 7 + Peers.sendingPause)
        try peers.send(&outbox)
        #expect(peers.nextSending(of: outbox, now: 7) == nil && outbox.pending == 1)
        let channel = MessageSocket(adopting: try introduction.descriptors[0].take())
        #expect(try channel.receive(capacity: 65_536) != nil)
    }
}
