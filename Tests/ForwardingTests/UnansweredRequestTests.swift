import Addresses
import Forwarding
import Packet
import PacketTesting
import Testing

@Suite("The requests that no server has answered")
struct UnansweredRequestTests {
    private static let second: UInt64 = 1_000_000
    private var requests = UnansweredRequests()

    static func client(_ number: Int) -> MACAddress {
        MACAddress(rawValue: 0x0200_0000_0000 + UInt64(number))
    }

    static func request(_ type: UInt8, from client: Int, secs: UInt16 = 0) -> [UInt8] {
        DHCPLayer.request(type, from: Self.client(client)).setting(\.secs, to: secs).udp()
            .ipv4(from: .unspecified, to: .broadcast).ethernet(from: Self.client(client), to: .broadcast).bytes
    }

    static func reply(_ type: UInt8, to client: Int) -> [UInt8] {
        let server = IPv4Address(192, 168, 50, 2)
        return DHCPLayer.reply(type, from: server, to: Self.client(client)).udp()
            .ipv4(from: server, to: .broadcast).ethernet(from: Station.host, to: .broadcast).bytes
    }

    private mutating func note(_ frame: [UInt8], link: Int = 0, isHeld: Bool = false, at time: UInt64 = 0) {
        requests.note(frame.span.rawBytes, link: link, isHeld: isHeld, now: time)
    }

    /// Whether the client had been waiting.
    private mutating func answer(_ client: Int) -> Bool {
        let frame = Self.reply(2, to: client)
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else { return false }
        return requests.noteReply(message)
    }

    private func waiting(for duration: UInt64, since reply: UInt64 = 0, now: UInt64) -> Int {
        requests.waiting(for: duration, since: reply, window: 100 * Self.second, now: now)
    }

    private mutating func given() -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let frame = requests.giveNext({ frame, _ in
            (0..<frame.byteCount).map { unsafe frame.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }) { frames.append(frame) }
        return frames
    }

    @Test mutating func `each client counts once, from when it asked first, until it is answered`() {
        note(Self.request(1, from: 1))
        note(Self.request(1, from: 1), at: 4 * Self.second)
        note(Self.request(3, from: 2), at: 5 * Self.second)
        #expect(waiting(for: 10 * Self.second, now: 9 * Self.second) == 0)
        #expect(waiting(for: 10 * Self.second, now: 10 * Self.second) == 1)
        #expect(waiting(for: 10 * Self.second, now: 15 * Self.second) == 2)
        let (first, second) = (answer(1), answer(1))
        #expect(first && !second)
        #expect(waiting(for: 10 * Self.second, now: 15 * Self.second) == 1)
    }

    @Test mutating func `a reply to somebody else lets everybody's waiting begin anew`() {
        note(Self.request(1, from: 1))
        #expect(waiting(for: 10 * Self.second, since: 8 * Self.second, now: 15 * Self.second) == 0)
        #expect(waiting(for: 10 * Self.second, since: 8 * Self.second, now: 18 * Self.second) == 1)
    }

    @Test mutating func `a client whose own seconds grow has waited as long as it says`() {
        note(Self.request(1, from: 1, secs: 40), at: Self.second)
        // What it says the first time may be anything.
        #expect(waiting(for: 10 * Self.second, now: 2 * Self.second) == 0)
        note(Self.request(1, from: 1, secs: 44), at: 5 * Self.second)
        #expect(waiting(for: 10 * Self.second, now: 5 * Self.second) == 1)
        #expect(waiting(for: 10 * Self.second, since: 6 * Self.second, now: 7 * Self.second) == 0)
    }

    @Test mutating func `who has not asked for long has given up`() {
        note(Self.request(1, from: 1))
        #expect(waiting(for: 10 * Self.second, now: 100 * Self.second) == 1)
        #expect(waiting(for: 10 * Self.second, now: 101 * Self.second) == 0)
    }

    @Test mutating func `what is held is given once, byte for byte, in the order of the clients`() {
        let frames = [Self.request(1, from: 1), Self.request(7, from: 2), Self.request(1, from: 2)]
        for frame in frames { note(frame, isHeld: true) }
        #expect(requests.heldCount == 3)
        let (first, second) = (given(), given())
        #expect(first == frames && second.isEmpty && requests.heldCount == 0)
        // A RELEASE wants no answer, the others do.
        #expect(waiting(for: 0, now: 1) == 2)
    }

    @Test mutating func `of one client only the last question is held`() {
        note(Self.request(1, from: 1, secs: 1), isHeld: true)
        note(Self.request(1, from: 1, secs: 2), isHeld: true)
        let frames = given()
        #expect(frames == [Self.request(1, from: 1, secs: 2)])
    }

    @Test mutating func `the next server is given what was asked lately, and not what is long over`() {
        note(Self.request(1, from: 1))
        note(Self.request(3, from: 2), at: 20 * Self.second)
        note(Self.request(4, from: 3), at: 21 * Self.second)
        requests.holdAll(since: 10 * Self.second)
        let frames = given()
        #expect(frames == [Self.request(3, from: 2), Self.request(4, from: 3)])
        #expect(waiting(for: 0, now: 20 * Self.second) == 1)
    }

    @Test mutating func `a RELEASE is kept until the server has answered what came later`() {
        note(Self.request(1, from: 1), at: Self.second)
        note(Self.request(7, from: 2), at: 2 * Self.second)
        note(Self.request(1, from: 3), at: 3 * Self.second)
        let first = answer(1)
        requests.holdAll(since: 0)
        let frames = given()
        #expect(first && frames == [Self.request(7, from: 2), Self.request(1, from: 3)])
        let second = answer(3)
        requests.holdAll(since: 0)
        #expect(second && requests.heldCount == 0 && requests.isEmpty)
    }

    @Test mutating func `there is room for a number of clients, and then the first makes room`() {
        for client in 0...UnansweredRequests.capacity { note(Self.request(1, from: client), isHeld: true) }
        #expect(requests.heldCount == UnansweredRequests.capacity && requests.lostCount == 1)
        let frames = given()
        #expect(frames.first == Self.request(1, from: 1) && frames.count == UnansweredRequests.capacity)
    }

    @Test mutating func `what is no request, or longer than any client's, is not kept`() {
        note(Self.reply(2, to: 1), isHeld: true)
        note([1, 2, 3], isHeld: true)
        #expect(requests.isEmpty && requests.lostCount == 0)
        note(Self.request(1, from: 1) + [UInt8](repeating: 0, count: UnansweredRequests.frameCapacity), isHeld: true)
        #expect(requests.isEmpty && requests.lostCount == 1)
    }
}
