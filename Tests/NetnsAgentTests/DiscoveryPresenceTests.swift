import Kernel
import Messages
import Testing

@testable import netns_agent

@Suite("How discovery is")
struct DiscoveryPresenceTests {
    private let news = Networks(elapsed: 1, networks: [])
    private let hour: UInt64 = 3_600_000_000

    @Test func `one that passes nothing has to tell again and again`() {
        var presence = DiscoveryPresence()
        #expect(presence.words(now: 1) == "not heard yet")
        let isAnother = presence.hear(news, now: 1_000_000)
        #expect(!isAnother)
        #expect(presence.words(now: 5_999_999) == "telling")
        #expect(presence.words(now: 6_000_000) == "silent for 5 s")
        presence.keep(nil)
        #expect(presence.words(now: 6_000_000) == "silent for 5 s")
    }

    @Test func `one that passed the end of a pipe is there as long as the other, and learns of its end`() throws {
        var presence = DiscoveryPresence()
        _ = presence.hear(news, now: 0)
        let first = try passedEnd(to: &presence)
        #expect(presence.words(now: hour) == "telling")
        var isAlone = try isAlone(first)
        #expect(!isAlone)
        // It is told something new, and lets go of what came before.
        _ = presence.hear(news, now: hour)
        isAlone = try self.isAlone(first)
        #expect(isAlone)
        let second = try passedEnd(to: &presence)
        #expect(presence.words(now: 2 * hour) == "telling")
        _ = consume second
        #expect(presence.words(now: 2 * hour) == "silent for 3600 s")
    }

    /// The end of a pipe that discovery holds, when it has passed the other and that is kept.
    private func passedEnd(to presence: inout DiscoveryPresence) throws -> Descriptor {
        let pipe = try Descriptor.pipe()
        let channel = try MessageSocket.channel()
        let receiver = MessageSocket(adopting: channel.far)
        _ = try channel.near.send([1], passing: [pipe.writing.rawValue])
        presence.keep(try receiver.receive(capacity: 1)?.descriptors.first)
        return pipe.reading
    }

    private func isAlone(_ end: borrowing Descriptor) throws -> Bool {
        let poller = try Poller(capacity: 1)
        try poller.watch(end, for: .hangUp, token: 0)
        return try !poller.wait(timeout: 0).isEmpty
    }
}
