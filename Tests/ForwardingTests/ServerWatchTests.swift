import Addresses
import Forwarding
import Messages
import Packet
import PacketTesting
import Testing

@Suite("Whether a server is silent")
struct ServerWatchTests {
    private static let second: UInt64 = 1_000_000
    private var watch: ServerWatch

    /// Three clients have got an address at the beginning.
    init() throws {
        let threshold = try #require(SilenceThreshold(duration: 10 * Self.second, clients: 3))
        let network = try #require(Station.network(prefixLength: 16))
        let link = Link(macAddress: Station.host, network: network)
        watch = ServerWatch(threshold, links: [link, link], now: 0)
        for client in 1...3 { grant(to: client, at: 0) }
    }

    private static func address(_ client: Int) -> IPv4Address {
        IPv4Address(rawValue: IPv4Address(192, 168, 52, 0).rawValue + UInt32(client))
    }

    private static func message(_ type: UInt8?, _ client: Int) -> DHCPLayer {
        let station = UnansweredRequestTests.client(client)
        return type.map { DHCPLayer.request($0, from: station) } ?? DHCPLayer(operation: 1, client: station)
    }

    private static func renewal(_ client: Int) -> DHCPLayer {
        message(3, client).setting(\.clientAddress, to: address(client))
    }

    private static func frame(_ message: DHCPLayer, from source: IPv4Address? = nil) -> [UInt8] {
        message.udp().ipv4(from: source ?? message.clientAddress, to: .broadcast)
            .ethernet(from: Station.client, to: .broadcast).bytes
    }

    private mutating func note(_ frame: [UInt8], link: Int = 0, at time: UInt64) {
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else {
            Issue.record("no request")
            return
        }
        watch.noteRequest(
            frame.span.rawBytes, MessageSummary(message), link: link, isHeld: watch.isQuiet, now: time)
    }

    private mutating func ask(_ clients: ClosedRange<Int>, at time: UInt64) {
        for client in clients { note(Self.frame(Self.renewal(client)), at: time) }
    }

    private mutating func reply(
        _ type: UInt8, to client: Int, lease: UInt32 = 3_600, address: IPv4Address? = nil, at time: UInt64
    ) {
        let frame = DHCPLayer.reply(type, from: Station.hostAddress, to: UnansweredRequestTests.client(client))
            .option(51, lease.networkBytes).setting(\.yourAddress, to: address ?? Self.address(client)).udp()
            .ipv4(from: Station.hostAddress, to: .broadcast).ethernet(from: Station.host, to: .broadcast).bytes
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else {
            Issue.record("no reply")
            return
        }
        _ = watch.noteReply(frame.span.rawBytes, MessageSummary(message), now: time)
    }

    /// It takes an offer; later it renews, which is another message.
    private mutating func grant(to client: Int, lease: UInt32 = 3_600, at time: UInt64) {
        let request = Self.message(3, client).option(54, Station.hostAddress.rawValue.networkBytes)
            .option(50, Self.address(client).rawValue.networkBytes)
        note(Self.frame(request), at: time)
        reply(5, to: client, lease: lease, at: time)
    }

    /// What is to be done up to a time, looked at every quarter of a second.
    private mutating func steps(from start: UInt64, to end: UInt64) -> [ServerWatch.Step] {
        stride(from: start, through: end, by: 250_000).map {
            _ = watch.nextLook(now: $0)
            return watch.advance(now: $0)
        }
        .filter { $0 != .wait }
    }

    private mutating func given() -> Int {
        var count = 0
        while watch.giveNext({ _, _, _ in true }) != nil { count += 1 }
        return count
    }

    private static let asked = ServerWatch.Step.tell(Silence(clients: 3, duration: 9 * second, stage: .asked))

    @Test mutating func `when clients have waited it is given nothing, then their questions, and then it is told of`() {
        ask(1...3, at: 20 * Self.second)
        let early = steps(from: 20 * Self.second, to: 28_750_000)
        #expect(early.isEmpty && !watch.isQuiet)
        let first = steps(from: 29 * Self.second, to: 29_250_000)
        #expect(first == [Self.asked] && watch.isQuiet && watch.heldCount == 0)
        note(Self.frame(Self.message(1, 99)), at: 29_300_000)
        let step = watch.noteReading(isDone: true, now: 29_500_000)
        #expect(step == .ask && !watch.isQuiet)
        let count = given()
        #expect(count == 4)
        let waiting = steps(from: 29_500_000, to: 39_250_000)
        #expect(waiting.isEmpty)
        let told = steps(from: 39_500_000, to: 39_500_000)
        #expect(told == [.tell(Silence(clients: 3, duration: 10 * Self.second, stage: .unanswered))])
    }

    @Test mutating func `one answer to a client that it knows ends the suspicion`() {
        ask(1...3, at: 20 * Self.second)
        let first = steps(from: 20 * Self.second, to: 29 * Self.second)
        reply(5, to: 2, at: 29_100_000)
        let second = steps(from: 29_250_000, to: 37_500_000)
        #expect(first == [Self.asked] && !watch.isQuiet)
        #expect(second == [.tell(Silence(clients: 0, duration: 0, stage: .answered))])
    }

    private mutating func search(for address: IPv4Address, at destination: MACAddress = .broadcast, now: UInt64) {
        let frame = ARPLayer.request(for: address, from: Station.hostAddress, at: Station.host)
            .ethernet(from: Station.host, to: destination).bytes
        watch.noteFromServer(frame.span.rawBytes, now: now)
    }

    /// Its kernel keeps the answer until it has found the client, and throws it away if it does not.
    @Test mutating func `to look for a client that waits is to answer it`() {
        for time in stride(from: 20, to: 60, by: 4) {
            ask(1...3, at: UInt64(time) * Self.second)
            search(for: Self.address(2), now: UInt64(time) * Self.second + 1_000)
            let steps = steps(from: UInt64(time) * Self.second, to: UInt64(time) * Self.second + 3_750_000)
            #expect(steps.isEmpty)
        }
        // Nor does whom it looks for otherwise count, or asks whether he is still there.
        ask(1...3, at: 70 * Self.second)
        search(for: Self.address(4), now: 71 * Self.second)
        search(for: Self.address(1), at: UnansweredRequestTests.client(1), now: 71 * Self.second)
        // Nobody has looked for eleven seconds; it begins anew.
        let found = steps(from: 71 * Self.second, to: 82 * Self.second)
        #expect(found == [Self.asked])
    }

    @Test mutating func `to look for the relay agent of a client that waits is to answer it, or for the way there`() {
        for agent in [IPv4Address(192, 168, 50, 9), IPv4Address(10, 1, 1, 1)] {
            func relayed(_ client: Int) -> [UInt8] {
                Self.frame(Self.renewal(client).setting(\.relayAddress, to: agent), from: agent)
            }
            for client in 1...3 {
                note(relayed(client), at: 2 * Self.second)
                reply(5, to: client, at: 2 * Self.second)
            }
            for client in 1...3 { note(relayed(client), at: 20 * Self.second) }
            search(
                for: agent == IPv4Address(10, 1, 1, 1) ? Station.routerAddress : agent, now: 20 * Self.second + 1_000)
            let steps = steps(from: 20 * Self.second, to: 60 * Self.second)
            #expect(steps.isEmpty)
        }
    }

    @Test mutating func `a server that does not come to an end is given everything again, and is looked at later`() {
        ask(1...3, at: 20 * Self.second)
        let first = steps(from: 20 * Self.second, to: 29 * Self.second)
        let step = watch.noteReading(isDone: false, now: 32 * Self.second)
        #expect(first == [Self.asked] && step == .wait && !watch.isQuiet)
        let second = steps(from: 32 * Self.second, to: 40 * Self.second)
        #expect(second.isEmpty)
    }

    @Test mutating func `two clients are not enough, nor are thousands that it does not know`() {
        for time in 20..<80 {
            ask(1...2, at: UInt64(time) * Self.second)
            for client in 1_000..<1_200 { note(Self.frame(Self.renewal(client)), at: UInt64(time) * Self.second) }
            let steps = steps(from: UInt64(time) * Self.second, to: UInt64(time) * Self.second + 750_000)
            #expect(steps.isEmpty)
        }
    }

    /// What somebody may say in the name of a client, and a server need not answer.
    private static func forgeries(_ client: Int) -> [(frame: [UInt8], link: Int)] {
        let renewal = renewal(client)
        let frames = [
            frame(message(nil, client).setting(\.secs, to: 99)), frame(message(8, client)), frame(message(1, client)),
            frame(renewal.option(60, [1])), frame(renewal.option(54, [9, 9, 9, 9])),
            frame(renewal.option(50, [9, 9, 9, 9])), frame(renewal.setting(\.clientAddress, to: address(9))),
            frame(renewal.setting(\.relayAddress, to: address(9))), frame(renewal.setting(\.hops, to: 1)),
            frame(renewal.setting(\.file, to: [1])), frame(renewal, from: Station.hostAddress),
            frame(renewal, from: address(9)),
        ]
        return frames.map { ($0, 0) } + [(frame(renewal), 1)]
    }

    @Test(arguments: forgeries(1).indices)
    mutating func `what a client never asked does not count, whoever asks it in its name`(number: Int) {
        for time in 20..<60 {
            for client in 1...3 {
                let forgery = Self.forgeries(client)[number]
                note(forgery.frame, link: forgery.link, at: UInt64(time) * Self.second)
            }
            let steps = steps(from: UInt64(time) * Self.second, to: UInt64(time) * Self.second + 750_000)
            #expect(steps.isEmpty)
        }
    }

    @Test mutating func `a DISCOVER counts when the server makes offers, until it sends anything`() {
        reply(2, to: 1, at: Self.second)
        for client in 1...3 { note(Self.frame(Self.message(1, client)), at: 20 * Self.second) }
        let first = steps(from: 20 * Self.second, to: 25 * Self.second)
        watch.noteSignOfLife(now: 25 * Self.second)
        let second = steps(from: 25_250_000, to: 33_750_000)
        #expect(first.isEmpty && second.isEmpty)
        let third = steps(from: 34 * Self.second, to: 34 * Self.second)
        #expect(third == [Self.asked])
    }

    @Test mutating func `whose lease has ended, or was given back, is not known any more`() {
        grant(to: 1, lease: 15, at: 1)
        note(Self.frame(Self.message(7, 2).setting(\.clientAddress, to: Self.address(2))), at: Self.second)
        #expect(watch.knownCount == 2)
        ask(1...3, at: 20 * Self.second)
        let steps = steps(from: 20 * Self.second, to: 60 * Self.second)
        #expect(steps.isEmpty)
    }

    @Test mutating func `nobody pushes out a client that the server knows`() {
        for client in 1_000..<20_000 { grant(to: client, at: Self.second) }
        // In the name of a client somebody else has got an address of his own.
        for client in 1...3 {
            let own = Self.address(500 + client)
            let request = Self.message(3, client).option(61, [7]).option(50, own.rawValue.networkBytes)
            note(Self.frame(request), at: 2 * Self.second)
            reply(5, to: client, address: own, at: 2 * Self.second)
        }
        ask(1...3, at: 20 * Self.second)
        let steps = steps(from: 20 * Self.second, to: 29 * Self.second)
        #expect(steps == [Self.asked])
    }

    @Test mutating func `time that nobody saw pass does not count`() {
        ask(1...3, at: 20 * Self.second)
        let first = steps(from: 20 * Self.second, to: 22 * Self.second)
        let second = steps(from: 40 * Self.second, to: 48_750_000)
        #expect(first.isEmpty && second.isEmpty)
    }

    @Test mutating func `another server has answered nobody yet`() {
        ask(1...3, at: 20 * Self.second)
        watch.change(holdingSince: 19 * Self.second, now: 21 * Self.second)
        #expect(watch.heldCount == 3 && watch.knownCount == 0)
        let steps = steps(from: 21 * Self.second, to: 60 * Self.second)
        #expect(steps.isEmpty)
    }
}
