import Addresses
import Packet
import PacketTesting
import Testing

@testable import Forwarding

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

    private mutating func note(
        _ frame: [UInt8], isHeld: Bool = false, isKnown: Bool = false, at time: UInt64 = 0
    ) {
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else {
            Issue.record("no message")
            return
        }
        requests.note(
            frame.span.rawBytes, MessageSummary(message), link: 0, isHeld: isHeld, isKnown: isKnown, now: time)
    }

    /// Whether the client had been waiting.
    private mutating func answer(_ client: Int) -> Bool {
        let frame = Self.reply(2, to: client)
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else { return false }
        return requests.noteReply(MessageSummary(message))
    }

    /// Whether it is certain what a reply to the client answers.
    private func isCertain(_ client: Int, at time: UInt64) -> Bool {
        let frame = Self.reply(5, to: client)
        guard let message = DHCPMessage(frame: frame.span.rawBytes) else { return false }
        return requests.withQuestion(answeredBy: MessageSummary(message), now: time) { _, _ in true } ?? false
    }

    private mutating func given() -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let frame = requests.giveNext({ frame, _, _ in
            (0..<frame.byteCount).map { unsafe frame.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }) { frames.append(frame) }
        return frames
    }

    @Test mutating func `a client waits until it is answered`() {
        note(Self.request(1, from: 1))
        note(Self.request(1, from: 1), at: 4 * Self.second)
        let (first, second) = (answer(1), answer(1))
        #expect(first && !second)
    }

    @Test mutating func `what a reply answers is certain when the client has asked nothing else`() {
        note(Self.request(3, from: 1))
        note(Self.request(3, from: 1, secs: 4), at: 4 * Self.second)
        #expect(isCertain(1, at: 4 * Self.second) && !isCertain(2, at: 4 * Self.second))
        // Somebody else may have said it in the client's name, and the reply be the answer to the client.
        note(Self.request(1, from: 1), at: 5 * Self.second)
        note(Self.request(3, from: 1), at: 5 * Self.second)
        #expect(!isCertain(1, at: 5 * Self.second))
        _ = answer(1)
        note(Self.request(3, from: 1), at: 6 * Self.second)
        #expect(isCertain(1, at: 6 * Self.second))
    }

    @Test mutating func `what a reply answers is not certain in a flood that pushes questions out`() {
        note(Self.request(3, from: 1, secs: 1))
        for client in 2...UnansweredRequests.capacity + 1 { note(Self.request(1, from: client), at: Self.second) }
        note(Self.request(3, from: 1), at: Self.second)
        #expect(!isCertain(1, at: 2 * Self.second) && isCertain(1, at: 20 * Self.second))
    }

    @Test mutating func `strangers do not push out the questions of clients that the server knows`() {
        note(Self.request(3, from: 1), isHeld: true, isKnown: true)
        for client in 2...3 * UnansweredRequests.capacity { note(Self.request(1, from: client), isHeld: true) }
        let frames = given()
        #expect(frames.first == Self.request(3, from: 1) && frames.count == UnansweredRequests.capacity + 1)
    }

    @Test mutating func `of clients that the server knows those that wait are given once more`() {
        for client in 1...3 { note(Self.request(3, from: client), isKnown: client != 3, at: UInt64(client)) }
        requests.holdKnown { $0 != Self.client(1).rawValue }
        let frames = given()
        #expect(frames == [Self.request(3, from: 2)])
    }

    @Test mutating func `what is held is given once, byte for byte, in the order of the clients`() {
        let frames = [Self.request(1, from: 1), Self.request(7, from: 2), Self.request(1, from: 2)]
        for frame in frames { note(frame, isHeld: true) }
        #expect(requests.heldCount == 3)
        let (first, second) = (given(), given())
        #expect(first == frames && second.isEmpty && requests.heldCount == 0)
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
        #expect(second && requests.heldCount == 0)
    }

    @Test mutating func `there is room for a number of clients, and then the first makes room`() {
        for client in 0...UnansweredRequests.capacity { note(Self.request(1, from: client), isHeld: true) }
        #expect(requests.heldCount == UnansweredRequests.capacity && requests.lostCount == 1)
        let frames = given()
        #expect(frames.first == Self.request(1, from: 1) && frames.count == UnansweredRequests.capacity)
    }

    @Test mutating func `what is longer than any client's is not kept`() {
        note(Self.request(1, from: 1) + [UInt8](repeating: 0, count: UnansweredRequests.frameCapacity), isHeld: true)
        #expect(requests.heldCount == 0 && requests.lostCount == 1)
    }
}
