import Addresses
import Forwarding
import Messages
import Packet
import PacketTesting
import Testing

@Suite("Whether a server is silent")
struct SilenceWatchTests {
    private static let second: UInt64 = 1_000_000
    private var requests = UnansweredRequests()
    private var watch: SilenceWatch

    init() throws {
        watch = SilenceWatch(try #require(SilenceThreshold(duration: 10 * Self.second, clients: 3)), now: 0)
    }

    private mutating func ask(_ client: Int, at time: UInt64) {
        requests.note(
            UnansweredRequestTests.request(1, from: client).span.rawBytes, link: 0, isHeld: false, now: time)
    }

    private mutating func answer(_ client: Int, at time: UInt64) {
        let frame = UnansweredRequestTests.reply(2, to: client)
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else {
            Issue.record("no reply")
            return
        }
        requests.noteReply(message)
        watch.noteReply(now: time)
    }

    /// What is to be done up to a time, looked at every quarter of a second.
    private mutating func steps(from start: UInt64, to end: UInt64) -> [SilenceWatch.Step] {
        stride(from: start, through: end, by: 250_000).map { watch.advance(with: requests, now: $0) }
            .filter { $0 != .wait }
    }

    @Test mutating func `it is asked, asked again and told of when clients have waited for long enough`() {
        for client in 1...3 { ask(client, at: 0) }
        let early = steps(from: 0, to: 8_750_000)
        #expect(early.isEmpty)
        let asked = Silence(clients: 3, duration: 9 * Self.second, probe: .asked)
        let told = Silence(clients: 3, duration: 10 * Self.second, probe: .unanswered)
        let steps1 = steps(from: 9 * Self.second, to: 10 * Self.second)
        #expect(steps1 == [.ask(asked), .askAgain, .tell(told)])
        // Nobody did anything about it.
        let steps2 = steps(from: 10_250_000, to: 20 * Self.second)
        #expect(steps2.isEmpty)
        let steps3 = steps(from: 20_250_000, to: 22 * Self.second)
        #expect(steps3.count == 3)
    }

    @Test mutating func `it is looked at when the first to ask have waited for long enough, and not much later`() {
        for client in 1...3 { ask(client, at: Self.second) }
        var looks: [UInt64] = []
        var now = Self.second
        while now < 20 * Self.second, looks.count < 100 {
            now = watch.nextLook(with: requests, now: now)
            looks.append(now)
            if case .tell = watch.advance(with: requests, now: now) { break }
        }
        #expect(looks.suffix(3) == [10 * Self.second, 10_500_000, 11 * Self.second] && looks.count <= 12)
    }

    @Test mutating func `two clients are not enough, whatever they do`() {
        for time in 0..<600 { for client in 1...2 { ask(client, at: UInt64(time) * Self.second) } }
        let steps4 = steps(from: 0, to: 600 * Self.second)
        #expect(steps4.isEmpty)
    }

    @Test mutating func `one answer, to whomever, ends the suspicion`() {
        for client in 1...3 { ask(client, at: 0) }
        let steps5 = steps(from: 0, to: 9 * Self.second)
        #expect(steps5.count == 1)
        ask(4, at: 9 * Self.second)
        answer(4, at: 9_300_000)
        let steps6 = steps(from: 9_500_000, to: 18 * Self.second)
        #expect(steps6.isEmpty)
    }

    @Test mutating func `one that answers questions and then does not is told of as such`() {
        watch.noteSignOfLife(now: 0)
        for client in 1...3 { ask(client, at: 0) }
        let told = Silence(clients: 3, duration: 10 * Self.second, probe: .unansweredUnlikeBefore)
        let steps7 = steps(from: 0, to: 10 * Self.second)
        #expect(steps7.last == .tell(told))
    }

    @Test mutating func `one that answers the question itself is never told of`() {
        for client in 1...3 { ask(client, at: 0) }
        for time in stride(from: UInt64(0), to: 600 * Self.second, by: 250_000) {
            for client in 1...3 where time % (4 * Self.second) == 0 { ask(client, at: time) }
            switch watch.advance(with: requests, now: time) {
            case .ask, .askAgain: watch.noteSignOfLife(now: time + 1_000)
            case .tell: Issue.record("told of at \(time)")
            case .wait: break
            }
        }
    }

    /// Clients come at random; of ten, one is never answered, the others within two seconds (dhcpd's ping check takes one).
    @Test mutating func `an hour of load, in which many are never answered, makes nobody suspicious`() {
        var generator = SystemRandomNumberGenerator()
        var due: [(time: UInt64, client: Int)] = []
        for time in stride(from: UInt64(0), to: 3_600 * Self.second, by: 250_000) {
            let client = Int.random(in: 0..<500, using: &generator)
            ask(client, at: time)
            if client % 10 != 0 { due.append((time + .random(in: 1_000...2_000_000, using: &generator), client)) }
            for (answered, client) in due where answered <= time { answer(client, at: answered) }
            due.removeAll { $0.time <= time }
            let step = watch.advance(with: requests, now: time)
            #expect(step == .wait)
        }
    }

    @Test func `the question is whole, and takes no lease`() throws {
        let network = AttachedNetwork(
            interface: try #require(InterfaceName("ens34")), address: IPv4Address(192, 168, 50, 2), prefixLength: 24,
            gateway: IPv4Address(192, 168, 50, 1))
        let link = Messages.Link(macAddress: Station.host, network: try #require(network))
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
        let probe = Probe(on: Messages.Link(macAddress: Station.host, network: try #require(network)), transaction: 7)
        let expected = other == 0 ? nil : IPv4Address(192, 168, 50, other)
        #expect(probe.flatMap { address(in: $0.frame) } == expected)
    }

    private func isAnswer(_ frame: [UInt8]) -> Bool {
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else { return false }
        return Probe.isAnswered(by: message)
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
