import Addresses
import Messages
import Packet
import PacketTesting
import Testing

@testable import Forwarding
@testable import ForwardingTesting

/// Which of two servers gets requests, whatever happens in whatever order.
@Suite struct SuccessionTests {
    /// A LAN on which questions are asked, and the two servers as netns-agent sees them.
    private struct Scene {
        var succession: Succession
        var now: UInt64 = 1_000_000
        var random: SplitMix64
        /// Whatever netns-agent can say.
        private static let destinations: [Destination] = [.nobody, .server(.first), .server(.standby), .draining]
        /// What netns-agent said last.
        var destination = Destination.server(.first)
        /// The questions, by their transactions, that nobody has been given since netns-agent named a server.
        var waiting: Set<UInt32> = []
        /// How many the server was given since it answered or a tenth of a second ago.
        var asked: UInt32 = 0

        init(seed: UInt64) throws {
            let network = try #require(Station.network(prefixLength: 16))
            let threshold = try #require(SilenceThreshold(duration: 10_000_000, clients: 3))
            let link = Link(macAddress: Station.host, network: network)
            succession = Succession(threshold, links: [link], serving: .first, now: now)
            random = SplitMix64(seed: seed)
        }

        mutating func step() {
            now += UInt64.random(in: 0..<60_000, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: ask()
            case 5: answer(from: .first)
            case 6: answer(from: .standby)
            case 7: name(Self.destinations.randomElement(using: &random) ?? .nobody)
            default: advance()
            }
        }

        private var serves: Bool { succession.server != nil && destination != .draining && !succession.isQuiet }

        /// A client that asks once: its number is that of its question.
        private mutating func ask() {
            asked += 1
            let layer = DHCPLayer.request(1, from: SuccessionTests.client(asked))
                .setting(\.transactionIdentifier, to: asked)
            let frame = layer.udp().ipv4(from: .unspecified, to: .broadcast)
                .ethernet(from: SuccessionTests.client(asked), to: .broadcast).bytes
            let mayPass = serves
            let verdict = pass(frame, from: .lan)
            #expect(verdict == (mayPass ? .forwarded : .held))
            if verdict == .held { waiting.insert(asked) }
        }

        private mutating func answer(from place: ServerPlace) {
            let frame = DHCPLayer.reply(2, from: Station.hostAddress, to: SuccessionTests.client(asked)).udp()
                .ipv4(from: Station.hostAddress, to: .broadcast).ethernet(from: Station.host, to: .broadcast).bytes
            let verdict = pass(frame, from: .server(place))
            #expect(verdict == (place == succession.server ? .forwarded : .fenced))
            // An answered question is nobody's any more.
            if verdict == .forwarded { waiting.remove(asked) }
        }

        private mutating func name(_ new: Destination) {
            destination = new
            succession.serve(new, now: now)
            #expect(succession.server == nil || new != .nobody)
            if case .server(let place) = new { #expect(succession.server == place) }
        }

        private mutating func advance() {
            let step = succession.advance(now: now)
            if step == .tellDrained { destination = .nobody }
            #expect(step != .tellDrained || succession.server == nil)
            var count = 0
            let mayGive = serves
            while succession.giveNext(
                now: now,
                { _, message, _ in
                    count += 1
                    waiting.remove(message.transaction)
                })
            {}
            #expect(count <= Succession.burst && (mayGive || count == 0))
        }

        private mutating func pass(_ frame: [UInt8], from origin: Origin) -> Verdict {
            succession.verdict(on: frame.span.rawBytes, .passing(frame), from: origin, link: 0, now: now)
        }

        /// A server serves, and gets all that waits.
        mutating func settle() {
            name(.server(.standby))
            for _ in 0..<40 {
                now += 100_000
                advance()
            }
        }
    }

    private static func client(_ number: UInt32) -> MACAddress {
        MACAddress(rawValue: 0x0200_0000_0000 + UInt64(number))
    }

    @Test(arguments: UInt64(1)...40)
    func `one server at a time gets questions, the other's answers stay, and what is held is given`(seed: UInt64) throws
    {
        var scene = try Scene(seed: seed)
        for _ in 0..<500 { scene.step() }
        scene.settle()
        #expect(scene.succession.heldCount == 0 && scene.succession.lostCount == 0)
        #expect(scene.waiting.isEmpty)
    }
}
