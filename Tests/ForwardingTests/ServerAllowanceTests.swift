import Addresses
import Messages
import PacketTesting
import Testing

@testable import Forwarding
import Pacing

@Suite("What a server may send")
struct ServerAllowanceTests {
    private static let second: UInt64 = 1_000_000

    /// What the server may send without any request, by kind: at once, and each second.
    private static let kinds: [(frame: EthernetLayer, burst: Int, rate: Int, perRequest: Int)] = [
        (Good.reply(), 1_000, 500, 4), (Good.arpRequest.ethernet(from: Station.host, to: .broadcast), 128, 16, 8),
        (Good.echoRequest(), 64, 8, 4),
    ]

    @Test(arguments: kinds.indices)
    func `without a request some pass at once, and then some each second`(kind: Int) throws {
        let (frame, burst, rate, _) = Self.kinds[kind]
        var link = try ForwardedLink()
        func passing(of count: Int, at now: UInt64) -> Int {
            (0..<count).count { _ in link.fromServer(frame, now: now) == .forwarded }
        }
        #expect(passing(of: 5_000, at: 0) == burst)
        #expect(link.fromServer(frame, now: 0) == .rateLimited)
        for second in 1...20 as ClosedRange<UInt64> {
            #expect(passing(of: 5_000, at: second * Self.second) == rate)
        }
        // It never gathers more than the burst.
        #expect(passing(of: 5_000, at: 3_600 * Self.second) == burst)
    }

    @Test(arguments: kinds.indices)
    func `each request lets more pass, for ten seconds at least and twenty at most`(kind: Int) throws {
        let (frame, burst, _, perRequest) = Self.kinds[kind]
        for (age, lasts) in [(0, true), (9, true), (21, false), (3_600, false)] as [(UInt64, Bool)] {
            var link = try ForwardedLink()
            for _ in 0..<500 { #expect(link.fromLAN(Good.request(), now: Self.second) == .forwarded) }
            let now = (1 + age) * Self.second
            let passing = (0..<10_000).count { _ in link.fromServer(frame, now: now) == .forwarded }
            #expect(passing == burst + (lasts ? 500 * perRequest : 0), "after \(age) s")
        }
    }

    @Test func `only what is given to the server counts as a request`() throws {
        var link = try ForwardedLink()
        for _ in 0..<1_000 {
            #expect(link.fromLAN(Good.request().setting(\.source, to: Station.host)) == .ownFrame)
            #expect(link.fromLAN(Good.arpReply.ethernet(from: Station.client, to: Station.host)) == .forwarded)
            #expect(link.fromLAN(Good.echoReply()) == .unsolicitedEchoReply)
        }
        #expect((0..<5_000).count { _ in link.fromServer(Good.echoRequest()) == .forwarded } == 64)
    }

    @Test func `what was held is given later, and may be answered then`() throws {
        var link = try ForwardedLink()
        while link.fromServer(Good.reply()) == .forwarded {}
        link.forwarder.noteRequest(now: 0)
        #expect((0..<100).count { _ in link.fromServer(Good.reply()) == .forwarded } == 4)
    }

    @Test func `an echo request that is not let out lets no answer in`() throws {
        var link = try ForwardedLink()
        for number in 0..<64 as Range<UInt16> { #expect(link.fromServer(Good.echoRequest(number)) == .forwarded) }
        #expect(link.fromServer(Good.echoRequest(1_000)) == .rateLimited)
        #expect(link.fromLAN(Good.echoReply(1_000)) == .unsolicitedEchoReply)
        #expect(link.fromLAN(Good.echoReply(63)) == .forwarded)
    }

    @Test func `what must not pass uses nothing up, and what is held back is not recorded`() throws {
        var link = try ForwardedLink()
        let spoofed = Good.reply().setting(\.source, to: Station.stranger)
        for _ in 0..<5_000 { #expect(link.fromServer(spoofed) == .spoofedSource) }
        #expect((0..<5_000).count { _ in link.fromServer(Good.reply()) == .forwarded } == 1_000)
        let decision = link.decide(Good.reply().bytes, .toClient)
        #expect(decision.verdict == .rateLimited && !decision.isDHCP && !decision.completesChecksums)
        #expect(link.decide(spoofed.bytes, .toClient).isDHCP)
    }

    /// After a power cut thousands of clients come at once: for each there is a ping, which takes three ARP requests when
    /// nobody answers, two replies, and more ARP requests for clients that renew.
    @Test func `a server that answers thousands of clients at once is never held back`() throws {
        var link = try ForwardedLink()
        let request = Good.request().bytes
        let arpRequest = Good.arpRequest.ethernet(from: Station.host, to: .broadcast).bytes
        let (echoRequest, reply) = (Good.echoRequest().bytes, Good.reply().bytes)
        func passing(_ frame: [UInt8], _ direction: Direction, at now: UInt64) -> Int {
            (0..<6_500).count { _ in link.decide(frame, direction, now: now).verdict == .forwarded }
        }
        for wave in 0..<4 as Range<UInt64> {
            // All arrive before the server has read the first, as much as its queue has room for.
            let now = wave * 5 * Self.second
            #expect(passing(request, .toServer, at: now) == 6_500)
            #expect(passing(echoRequest, .toClient, at: now) == 6_500)
            for attempt in 0..<3 as Range<UInt64> {
                #expect(passing(arpRequest, .toClient, at: now + attempt * Self.second) == 6_500)
            }
            for _ in 0..<2 { #expect(passing(reply, .toClient, at: now + 4 * Self.second) == 6_500) }
        }
    }

    /// Whatever comes when: never more than the burst, the rate and what the requests of the last twenty seconds earned;
    /// and never less than those of the last ten.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func `at any time it is between the two bounds`(seed: UInt64) throws {
        var random = Xorshift(state: seed + 1)
        var allowance = ServerAllowance(perRequest: 3, unasked: TokenBucket(burst: 10, rate: 2))
        var now: UInt64 = 0
        var requests: [UInt64] = []
        var sent: [UInt64] = []
        for _ in 0..<300 {
            now += random.next() % 4 == 0 ? random.next() % (3 * Self.second) : random.next() % 10_000
            if random.next() % 3 == 0 {
                allowance.earn(now: now)
                requests.append(now)
                continue
            }
            let recent = requests.count { now - $0 < ServerAllowance.slot }
            let sentSince = sent.count { now - $0 < ServerAllowance.slot }
            let passes = allowance.take(now: now)
            if sentSince < recent * 3 { #expect(passes, "\(recent) requests and \(sentSince) sent in ten seconds") }
            guard passes else { continue }
            sent.append(now)
            // In every window that ends now.
            for (index, begin) in sent.enumerated().suffix(50) {
                let reasons = requests.count { $0 + 2 * ServerAllowance.slot >= begin }
                let most = 10 + Double(now - begin) / 500_000 + 3 * Double(reasons)
                #expect(Double(sent.count - index) <= most + 1)
            }
        }
    }
}

/// A generator of numbers that gives the same ones again for the same seed (Marsaglia, 2003).
private struct Xorshift {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
