import Addresses
import Forwarding
import Messages
import PacketTesting
import Testing

@Suite("Frames that contradict themselves")
struct MalformedFrameTests {
    private var link: ForwardedLink

    init() throws {
        link = try ForwardedLink()
    }

    @Test mutating func `a frame that is longer than what was captured is truncated`() {
        let decision = link.decide(CapturedExchange.discover, .toServer, originalLength: 343)
        #expect(decision.verdict == .truncated && decision.isDHCP)
    }

    @Test mutating func `a frame without its headers is truncated`() {
        for length in 0..<34 {
            #expect(link.decide(Array(CapturedExchange.discover[..<length]), .toServer).verdict == .truncated)
            #expect(link.decide(Array(CapturedExchange.ack[..<length]), .toClient).verdict == .truncated)
        }
        #expect(link.decide(Array(CapturedExchange.arpReply[..<41]), .toServer).verdict == .truncated)
        #expect(link.decide(Array(CapturedExchange.arpRequest[..<41]), .toClient).verdict == .truncated)
    }

    @Test(arguments: [
        (UInt16(1), Verdict.vlan), (4095, .vlan), (0xE001, .vlan), (0, .forwarded), (0xE000, .forwarded),
    ])
    mutating func `a tag of another LAN is not ours, a priority is`(tag: UInt16, expected: Verdict) {
        #expect(link.decide(CapturedExchange.discover, .toServer, vlanTag: tag).verdict == expected)
        #expect(link.decide(CapturedExchange.offer, .toClient, vlanTag: tag).verdict == expected)
    }

    @Test(arguments: [UInt16(0x8100), 0x88A8])
    mutating func `a tag inside the frame is a second one`(etherType: UInt16) {
        #expect(link.fromLAN(Good.request().setting(\.etherType, to: etherType)) == .vlan)
    }

    @Test mutating func `an IP header behind which nothing is found is malformed`() {
        #expect(request { $0.setting(\.version, to: 5) } == .malformedIP)
        #expect(request { $0.setting(\.headerWords, to: 4) } == .malformedIP)
        #expect(request { $0.setting(\.headerWords, to: 6) } == .unsupported)
    }

    @Test(
        arguments: [
            { $0.setting(\.totalLength, to: 19) }, { $0.setting(\.totalLength, to: 329) },
            { $0.setting(\.checksum, to: .wrong) }, { $0.setting(\.checksum, to: .zero) },
        ] as [@Sendable (IPv4Layer) -> IPv4Layer])
    mutating func `a length or checksum of IP is the server's to judge`(change: @Sendable (IPv4Layer) -> IPv4Layer) {
        #expect(request(Good.discover.udp(), change) == .forwarded)
        let echo = ICMPLayer(type: 0).ipv4(from: Station.clientAddress, to: Station.hostAddress)
        #expect(link.fromLAN(change(echo).ethernet(from: Station.client, to: Station.host)) == .malformedIP)
    }

    @Test mutating func `what a server sends has the lengths that it says, and any checksum`() {
        #expect(reply { $0.setting(\.totalLength, to: 19) } == .malformedIP)
        #expect(reply { $0.setting(\.totalLength, to: 329) } == .malformedIP)
        #expect(reply(Good.offer.udp().setting(\.length, to: 309)) == .malformedUDP)
        #expect(reply { $0.setting(\.checksum, to: .wrong) } == .forwarded)
        #expect(reply(Good.offer.udp().setting(\.checksum, to: .wrong)) == .forwarded)
    }

    @Test mutating func `an IP header with options is none the worse`() {
        #expect(request { $0.setting(\.options, to: [0x94, 4, 0, 0]) } == .forwarded)
        #expect(reply { $0.setting(\.options, to: Array(repeating: 1, count: 40)) } == .forwarded)
    }

    @Test(arguments: [UInt16(0x2000), 0x0001])
    mutating func `fragments from the LAN do not pass`(field: UInt16) {
        #expect(request { $0.setting(\.fragmentation, to: field) } == .fragment)
    }

    @Test mutating func `fragments of a reply pass behind the first, and others do not`() {
        #expect(reply { $0.setting(\.fragmentation, to: 0x00B9) } == .fragment)
        #expect(reply { $0.setting(\.fragmentation, to: 0x2000) } == .forwarded)
        #expect(reply { $0.setting(\.fragmentation, to: 0x20B9) } == .forwarded)
        #expect(reply { $0.setting(\.fragmentation, to: 0x0172) } == .forwarded)
        let other = Good.offer.udp().ipv4(from: Station.hostAddress, to: Station.strangerAddress)
            .setting(\.fragmentation, to: 0x0172)
        #expect(link.fromServer(other.ethernet(from: Station.host, to: Station.client)) == .fragment)
        let late = Good.offer.udp().ipv4(from: Station.hostAddress, to: Station.clientAddress)
            .setting(\.fragmentation, to: 0x0172).ethernet(from: Station.host, to: Station.client)
        #expect(link.fromServer(late, now: 1_000_001) == .fragment)
    }

    @Test mutating func `the first fragment of something else is none of a reply, and lets none out`() {
        #expect(
            reply(Good.discover.udp(from: 67, to: 68)) { $0.setting(\.fragmentation, to: 0x2000) } == .requestFromServer
        )
        #expect(reply(Good.offer.udp(from: 68, to: 67)) { $0.setting(\.fragmentation, to: 0x2000) } == .unsupported)
        #expect(reply(Good.offer.udp(from: 53, to: 53)) { $0.setting(\.fragmentation, to: 0x2000) } == .unsupported)
        #expect(reply { $0.setting(\.fragmentation, to: 0x00B9) } == .fragment)
    }

    @Test mutating func `a datagram's length and checksum are the server's to judge, where there is one`() {
        #expect(request(Good.discover.udp().setting(\.length, to: 7)) == .forwarded)
        #expect(request(Good.discover.udp().setting(\.length, to: 309)) == .forwarded)
        #expect(request(Good.discover.udp().setting(\.checksum, to: .wrong)) == .forwarded)
        let headless = IPv4Layer(
            from: .unspecified, to: .broadcast, transportProtocol: 17, payload: [0, 68, 0, 67, 0, 8])
        let decision = link.decide(headless.ethernet(from: Station.client, to: .broadcast).bytes, .toServer)
        #expect(decision.verdict == .malformedUDP && decision.isDHCP)
    }

    @Test mutating func `a datagram without a checksum passes`() {
        #expect(request(Good.discover.udp().setting(\.checksum, to: .zero)) == .forwarded)
        #expect(reply(Good.offer.udp().setting(\.checksum, to: .zero)) == .forwarded)
    }

    @Test mutating func `a request is what says so in its first byte`() {
        #expect(request(UDPLayer(from: 68, to: 67, payload: [])) == .malformedDHCP)
        #expect(request(UDPLayer(from: 68, to: 67, payload: [1, 2, 3])) == .forwarded)
        #expect(request(Good.discover.setting(\.operation, to: 3).udp(from: 68, to: 67)) == .malformedDHCP)
        #expect(request(Good.discover.setting(\.hardwareAddressLength, to: 17).udp()) == .forwarded)
        #expect(request(Good.discover.setting(\.magicCookie, to: 0).udp()) == .forwarded)
        #expect(request(Good.discover.setting(\.end, to: [12, 200]).udp()) == .forwarded)
        #expect(reply(Good.offer.setting(\.magicCookie, to: 0).udp()) == .forwarded)
        #expect(reply(UDPLayer(from: 67, to: 68, payload: [2, 1, 6])) == .malformedDHCP)
        #expect(reply(Good.offer.setting(\.operation, to: 3).udp(from: 67, to: 68)) == .malformedDHCP)
    }

    @Test mutating func `an ARP packet of other kinds of addresses is malformed`() {
        for packet in [
            Good.arpReply.setting(\.hardwareType, to: 6), Good.arpReply.setting(\.protocolType, to: 0x86DD),
            Good.arpReply.setting(\.lengths, to: [8, 4]), Good.arpReply.setting(\.lengths, to: [6, 16]),
        ] {
            #expect(link.fromLAN(packet.ethernet(from: Station.client, to: Station.host)) == .malformedARP)
            #expect(link.fromServer(packet.ethernet(from: Station.host, to: Station.client)) == .malformedARP)
        }
    }

    @Test mutating func `padding behind the packet stays`() {
        #expect(link.fromLAN(Good.request().setting(\.paddedLength, to: 400)) == .forwarded)
        let smallest = ICMPLayer(type: 8).setting(\.payload, to: []).ipv4(from: Station.hostAddress, to: .broadcast)
        #expect(link.fromServer(smallest.ethernet(from: Station.host, to: .broadcast)) == .forwarded)
    }

    @Test(arguments: [
        (CapturedExchange.renewal, Direction.toServer), (CapturedExchange.release, .toServer),
        (CapturedExchange.renewalAck, .toClient),
    ])
    mutating func `checksums left to the card are completed, and wrong ones are not`(
        frame: [UInt8], direction: Direction
    ) {
        #expect(!link.decide(frame, direction).completesChecksums)
        let decision = link.decide(frame, direction, checksumNotReady: true)
        #expect(decision.verdict == .forwarded && decision.isDHCP && decision.completesChecksums)
        let second = link.decide(completed(frame), direction)
        #expect(second.verdict == .forwarded && !second.completesChecksums)
    }

    @Test mutating func `nothing is completed in a frame that is dropped`() {
        #expect(!link.decide(CapturedExchange.renewal, .toClient, checksumNotReady: true).completesChecksums)
    }

    @Test mutating func `a dropped frame is worth recording when it looks like DHCP`() {
        #expect(link.decide(CapturedExchange.discover, .toServer, vlanTag: 7).isDHCP)
        #expect(link.decide(Good.request().setting(\.source, to: Station.host).bytes, .toServer).isDHCP)
        #expect(!link.decide(CapturedExchange.echoReply, .toServer).isDHCP)
        #expect(!link.decide(CapturedExchange.arpReply, .toServer, vlanTag: 7).isDHCP)
        let wide = Good.discover.udp().ipv4(from: .unspecified, to: .broadcast)
            .setting(\.options, to: [1, 1, 1, 0]).setting(\.checksum, to: .wrong)
        #expect(link.decide(wide.ethernet(from: Station.client, to: .broadcast).bytes, .toServer).isDHCP)
        let later = Good.discover.udp().ipv4(from: .unspecified, to: .broadcast).setting(\.fragmentation, to: 0x0001)
        #expect(!link.decide(later.ethernet(from: Station.client, to: .broadcast).bytes, .toServer).isDHCP)
    }

    private mutating func request(
        _ datagram: UDPLayer = Good.discover.udp(), _ change: (IPv4Layer) -> IPv4Layer = { $0 }
    ) -> Verdict {
        let packet = change(datagram.ipv4(from: .unspecified, to: .broadcast))
        return link.fromLAN(packet.ethernet(from: Station.client, to: .broadcast))
    }

    private mutating func reply(
        _ datagram: UDPLayer = Good.offer.udp(), _ change: (IPv4Layer) -> IPv4Layer = { $0 }
    ) -> Verdict {
        let packet = change(datagram.ipv4(from: Station.hostAddress, to: Station.clientAddress))
        return link.fromServer(packet.ethernet(from: Station.host, to: Station.client))
    }
}
