import Addresses
import Forwarding
import Messages
import PacketTesting
import Testing

/// What broke other DHCP programs, or could.
///
/// A request goes on, whatever it says: this is a wire, and what a server makes of it is the server's.
@Suite("Input that broke others")
struct InfamousInputTests {
    typealias Input = InfamousInput

    private var link: ForwardedLink

    init() throws {
        link = try ForwardedLink()
    }

    @Test(arguments: fromLAN + options + hostNames + overloads + lengths)
    mutating func `from the LAN passes what says that it is a request`(input: Input) {
        #expect(link.decide(input.frame, .toServer).verdict == input.verdict)
        #expect(ReferenceJudge(frame: input.frame).passes(.toServer) == (input.verdict == .forwarded))
    }

    @Test(arguments: fromServer)
    mutating func `from the server passes what says that it is a reply`(input: Input) {
        #expect(link.decide(input.frame, .toClient).verdict == input.verdict)
        #expect(ReferenceJudge(frame: input.frame).passes(.toClient) == (input.verdict == .forwarded))
    }

    static let fromLAN = [
        Input("hlen 0", .forwarded, Good.discover.setting(\.hardwareAddressLength, to: 0)),
        Input("hlen 16, all of chaddr", .forwarded, Good.discover.setting(\.hardwareAddressLength, to: 16)),
        Input("hlen 17", .forwarded, Good.discover.setting(\.hardwareAddressLength, to: 17)),
        Input("hlen 255", .forwarded, Good.discover.setting(\.hardwareAddressLength, to: 255)),
        Input("a wrong bit in the cookie", .forwarded, Good.discover.setting(\.magicCookie, to: 0x6382_5362)),
        Input("no cookie, BOOTP as it was", .forwarded, Input.discover(236)),
        Input("three bytes of cookie", .forwarded, Input.discover(239)),
        Input("a cookie and nothing behind", .forwarded, Input.discover(240)),
        Input("a reply from a client", .replyFromClient, Input.packet(Good.offer.udp(from: 68, to: 67))),
        Input(
            "the server's own MAC address", .ownFrame, frame: Good.request().setting(\.source, to: Station.host).bytes),
        Input("a VLAN tag", .vlan, frame: tagged),
        Input(
            "padding behind the packet", .forwarded, frame: Good.request().bytes + Array(repeating: 0xA5, count: 200)),
    ]

    static let options = [
        Input("an option past the end", .forwarded, Good.discover.setting(\.end, to: [12, 100])),
        Input("an option one byte past the end", .forwarded, Input.discover(endingWith: [12, 2, 65])),
        Input("an option without its length", .forwarded, Input.discover(endingWith: [12])),
        Input("an option up to the end, no END", .forwarded, Input.discover(endingWith: [12, 1, 65])),
        Input("an option past the end behind END", .forwarded, Good.discover.setting(\.end, to: [255, 12, 200])),
        Input("a client identifier of no bytes (CVE-2010-2156)", .forwarded, Good.discover.option(61, [])),
        Input("a client identifier in parts (RFC 3396)", .forwarded, Good.discover.option(61, [1]).option(61, [2, 3])),
        Input("300 options of one byte", .forwarded, Input.discover(300, of: [1])),
        Input("300 options of no bytes", .forwarded, Input.discover(300, of: [])),
        Input("300 bytes of padding", .forwarded, Input.discover(endingWith: Array(repeating: 0, count: 300) + [255])),
        Input("two message types", .forwarded, Good.discover.option(53, [3])),
        Input("a message type of two bytes", .forwarded, Good.discover.setting(\.options, to: [53, 2, 1, 1])),
        Input("a message type that nobody knows", .forwarded, Good.discover.setting(\.options, to: [53, 1, 250])),
        Input("a lease time of 0", .forwarded, Good.discover.option(51, [0, 0, 0, 0])),
        Input("a lease time of for ever", .forwarded, Good.discover.option(51, [255, 255, 255, 255])),
    ]

    static let hostNames = ["lap\0top", "\0\0", "'; DROP TABLE leases; --", "\"", "\\", "\u{1B}[2J", "a\nb"].map {
        Input("the host name \($0.debugDescription)", .forwarded, Good.discover.option(12, Array($0.utf8)))
    }

    static let overloads = [
        Input("overload 1, file full", .forwarded, Input.discover(overload: [1], file: Input.filling(128))),
        Input("overload 1, past file", .forwarded, Input.discover(overload: [1], file: [12, 127])),
        Input("overload 2, sname full", .forwarded, Input.discover(overload: [2], serverName: Input.filling(64))),
        Input("overload 2, past sname", .forwarded, Input.discover(overload: [2], serverName: [12, 63])),
        Input("overload 2, a name in file", .forwarded, Input.discover(overload: [2], file: [12, 127])),
        Input("overload 3, past sname", .forwarded, Input.discover(overload: [3], serverName: [12, 63])),
        Input("overload 0, a name in file", .forwarded, Input.discover(overload: [0], file: [12, 127])),
        Input("overload 4, a name in file", .forwarded, Input.discover(overload: [4], file: [12, 127])),
        Input("overload 255, past file", .forwarded, Input.discover(overload: [255], file: [12, 127])),
        Input("overload of no byte", .forwarded, Input.discover(overload: [])),
        Input("overload of two bytes", .forwarded, Input.discover(overload: [1, 1])),
        Input("overload once more in file", .forwarded, Input.discover(overload: [1], file: [52, 1, 3, 255])),
        Input("overload past the end", .forwarded, Input.discover(endingWith: [52, 2, 1])),
    ]

    static let lengths = [
        Input("an IP header of 16 bytes", .malformedIP, Input.packet().setting(\.headerWords, to: 4)),
        Input("an IP header longer than said", .unsupported, Input.packet().setting(\.headerWords, to: 15)),
        Input("IP options", .forwarded, Input.packet().setting(\.options, to: [0x94, 4, 0, 0])),
        Input(
            "40 bytes of IP options", .forwarded, Input.packet().setting(\.options, to: Array(repeating: 1, count: 40))),
        Input("an IP packet that ends in its header", .forwarded, Input.packet().setting(\.totalLength, to: 19)),
        Input("an IP packet without a payload", .malformedUDP, Input.packet().setting(\.totalLength, to: 20)),
        Input("an IP packet that ends in the datagram", .forwarded, Input.packet().setting(\.totalLength, to: 300)),
        Input("an IP packet longer than the frame", .forwarded, Input.packet().setting(\.totalLength, to: 329)),
        Input("an IP packet of 65,535 bytes", .forwarded, Input.packet().setting(\.totalLength, to: .max)),
        Input("the first fragment", .fragment, Input.packet().setting(\.fragmentation, to: 0x2000)),
        Input("a later fragment", .fragment, Input.packet().setting(\.fragmentation, to: 0x0001)),
        Input("a datagram that ends in its header", .forwarded, Input.discover(saying: 7)),
        Input("a datagram without a payload", .malformedDHCP, Input.discover(saying: 8)),
        Input("a datagram that ends in the fixed fields", .forwarded, Input.discover(saying: 247)),
        Input("a datagram that ends in an option", .forwarded, Input.discover(saying: 250)),
        Input("a datagram longer than the packet", .forwarded, Input.discover(saying: 309)),
        Input("a datagram of 65,535 bytes", .forwarded, Input.discover(saying: .max)),
    ]

    static let fromServer = [
        Input(
            "a subnet mask of 255 bytes (CVE-2009-0692)", .forwarded,
            Good.offer.option(1, Array(repeating: 255, count: 255))),
        Input("a lease time of 0", .forwarded, Good.offer.option(51, [0, 0, 0, 0])),
        Input("a lease time of for ever", .forwarded, Good.offer.option(51, [255, 255, 255, 255])),
        Input("an option past the end", .forwarded, Good.offer.setting(\.end, to: [1, 255])),
        Input("a request", .requestFromServer, Input.reply(Good.discover.udp())),
        Input("another MAC address", .spoofedSource, frame: Good.reply().setting(\.source, to: Station.stranger).bytes),
        Input("a first fragment", .forwarded, Input.reply(Good.offer.udp()).setting(\.fragmentation, to: 0x2000)),
        Input("padding behind the packet", .forwarded, frame: Good.reply().bytes + Array(repeating: 0xA5, count: 200)),
    ]

    private static let tagged = Array(Good.request().bytes[..<12] + [0x81, 0, 0, 7] + Good.request().bytes[12...])
}
