import Addresses
import Forwarding
import Messages
import PacketTesting
import Testing

@Suite("Ping checks")
struct EchoTests {
    private var link: ForwardedLink
    private let second: UInt64 = 1_000_000

    init() throws {
        link = try ForwardedLink()
    }

    @Test mutating func `the answer to an echo request passes once`() {
        #expect(link.fromServer(Good.echoRequest()) == .forwarded)
        #expect(link.fromLAN(Good.echoReply()) == .forwarded)
        #expect(link.fromLAN(Good.echoReply()) == .unsolicitedEchoReply)
    }

    @Test mutating func `a captured ping check passes both ways`() {
        #expect(link.decide(CapturedExchange.echoReply, .toServer).verdict == .unsolicitedEchoReply)
        #expect(link.decide(CapturedExchange.echoRequest, .toClient).verdict == .forwarded)
        #expect(link.decide(CapturedExchange.echoReply, .toServer).verdict == .forwarded)
    }

    @Test mutating func `an answer to no request does not pass`() {
        #expect(link.fromLAN(Good.echoReply()) == .unsolicitedEchoReply)
        #expect(link.fromServer(Good.echoRequest(1)) == .forwarded)
        #expect(link.fromLAN(Good.echoReply(2)) == .unsolicitedEchoReply)
        #expect(link.fromLAN(Good.echoReply(1, from: Station.strangerAddress)) == .unsolicitedEchoReply)
        let otherProgram = ICMPLayer(type: 0, identifier: 78, sequenceNumber: 1)
            .ipv4(from: Station.clientAddress, to: Station.hostAddress)
        #expect(link.fromLAN(otherProgram.ethernet(from: Station.client, to: Station.host)) == .unsolicitedEchoReply)
        #expect(link.fromLAN(Good.echoReply(1)) == .forwarded)
    }

    @Test mutating func `an answer to another address does not pass`() {
        #expect(link.fromServer(Good.echoRequest()) == .forwarded)
        #expect(link.fromLAN(Good.echoReply().setting(\.destination, to: .broadcast)) == .notForUs)
        let toAnother = ICMPLayer(type: 0, identifier: 77, sequenceNumber: 1)
            .ipv4(from: Station.clientAddress, to: Station.strangerAddress)
        #expect(link.fromLAN(toAnother.ethernet(from: Station.client, to: Station.host)) == .notForUs)
    }

    @Test mutating func `a request that was not let out lets no answer in`() {
        let spoofed = Good.echoRequest().setting(\.source, to: Station.stranger)
        #expect(link.fromServer(spoofed) == .spoofedSource)
        let unsupported = ICMPLayer(type: 8, identifier: 77, sequenceNumber: 1).setting(\.code, to: 1)
            .ipv4(from: Station.hostAddress, to: Station.clientAddress).ethernet(from: Station.host, to: Station.client)
        #expect(link.fromServer(unsupported) == .unsupported)
        #expect(link.fromLAN(Good.echoReply()) == .unsolicitedEchoReply)
    }

    @Test mutating func `an answer is waited for ten seconds`() {
        #expect(link.fromServer(Good.echoRequest(1), now: 5 * second) == .forwarded)
        #expect(link.fromServer(Good.echoRequest(2), now: 5 * second) == .forwarded)
        #expect(link.fromLAN(Good.echoReply(1), now: 15 * second) == .forwarded)
        #expect(link.fromLAN(Good.echoReply(2), now: 15 * second + 1) == .unsolicitedEchoReply)
    }

    @Test mutating func `a request that is sent again lets an answer in again`() {
        #expect(link.fromServer(Good.echoRequest(), now: 0) == .forwarded)
        #expect(link.fromServer(Good.echoRequest(), now: 11 * second) == .forwarded)
        #expect(link.fromLAN(Good.echoReply(), now: 12 * second) == .forwarded)
    }

    @Test mutating func `the oldest of 257 requests is forgotten, the others are not`() {
        // So many may go out at once only where requests are reason for it.
        for _ in 0..<64 { #expect(link.fromLAN(Good.request()) == .forwarded) }
        for number in 0...256 as ClosedRange<UInt16> {
            #expect(link.fromServer(Good.echoRequest(number)) == .forwarded)
        }
        #expect(link.fromLAN(Good.echoReply(0)) == .unsolicitedEchoReply)
        for number in 1...256 as ClosedRange<UInt16> {
            #expect(link.fromLAN(Good.echoReply(number)) == .forwarded)
        }
    }

    @Test mutating func `a garbled echo does not pass`() {
        let request = ICMPLayer(type: 8, identifier: 77, sequenceNumber: 1).setting(\.checksum, to: .wrong)
            .ipv4(from: Station.hostAddress, to: Station.clientAddress).ethernet(from: Station.host, to: Station.client)
        #expect(link.fromServer(request) == .malformedICMP)
        #expect(link.fromServer(Good.echoRequest()) == .forwarded)
        let reply = ICMPLayer(type: 0, identifier: 77, sequenceNumber: 1).setting(\.checksum, to: .wrong)
            .ipv4(from: Station.clientAddress, to: Station.hostAddress).ethernet(from: Station.client, to: Station.host)
        #expect(link.fromLAN(reply) == .malformedICMP)
        let short = IPv4Layer(
            from: Station.clientAddress, to: Station.hostAddress, transportProtocol: 1, payload: [0, 0, 0xFF, 0xFF])
        #expect(link.fromLAN(short.ethernet(from: Station.client, to: Station.host)) == .malformedICMP)
    }
}
