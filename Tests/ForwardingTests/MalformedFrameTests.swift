import Addresses
import Forwarding
import Messages
import PacketTesting
import Testing

@Suite("Frames that contradict themselves")
struct MalformedFrameTests {
    private var link: Link

    init() throws {
        link = try Link()
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

    @Test mutating func `an IP header that contradicts itself is malformed`() {
        #expect(request { $0.setting(\.version, to: 5) } == .malformedIP)
        #expect(request { $0.setting(\.headerWords, to: 4) } == .malformedIP)
        #expect(request { $0.setting(\.headerWords, to: 6) } == .malformedIP)
        #expect(request { $0.setting(\.totalLength, to: 19) } == .malformedIP)
        #expect(request { $0.setting(\.totalLength, to: 329) } == .malformedIP)
        #expect(request { $0.setting(\.checksum, to: .wrong) } == .malformedIP)
        #expect(request { $0.setting(\.checksum, to: .zero) } == .malformedIP)
        #expect(reply { $0.setting(\.checksum, to: .wrong) } == .malformedIP)
    }

    @Test mutating func `an IP header with options is none the worse`() {
        #expect(request { $0.setting(\.options, to: [0x94, 4, 0, 0]) } == .forwarded)
        #expect(reply { $0.setting(\.options, to: Array(repeating: 1, count: 40)) } == .forwarded)
    }

    @Test(arguments: [UInt16(0x2000), 0x0001])
    mutating func `fragments do not pass`(field: UInt16) {
        #expect(request { $0.setting(\.fragmentation, to: field) } == .fragment)
        #expect(reply { $0.setting(\.fragmentation, to: field) } == .fragment)
    }

    @Test mutating func `a datagram that contradicts itself is malformed`() {
        #expect(request(Good.discover.udp().setting(\.length, to: 7)) == .malformedUDP)
        #expect(request(Good.discover.udp().setting(\.length, to: 309)) == .malformedUDP)
        #expect(request(Good.discover.udp().setting(\.checksum, to: .wrong)) == .malformedUDP)
        #expect(reply(Good.offer.udp().setting(\.checksum, to: .wrong)) == .malformedUDP)
        let headless = IPv4Layer(
            from: .unspecified, to: .broadcast, transportProtocol: 17, payload: [0, 68, 0, 67, 0, 8])
        let decision = link.decide(headless.ethernet(from: Station.client, to: .broadcast).bytes, .toServer)
        #expect(decision.verdict == .malformedUDP && decision.isDHCP)
    }

    @Test mutating func `a datagram without a checksum passes`() {
        #expect(request(Good.discover.udp().setting(\.checksum, to: .zero)) == .forwarded)
        #expect(reply(Good.offer.udp().setting(\.checksum, to: .zero)) == .forwarded)
    }

    @Test mutating func `to a DHCP port but no DHCP message is malformed`() {
        #expect(request(UDPLayer(from: 68, to: 67, payload: [1, 2, 3])) == .malformedDHCP)
        #expect(request(Good.discover.setting(\.operation, to: 3).udp(from: 68, to: 67)) == .malformedDHCP)
        #expect(request(Good.discover.setting(\.hardwareAddressLength, to: 17).udp()) == .malformedDHCP)
        #expect(request(Good.discover.setting(\.magicCookie, to: 0).udp()) == .malformedDHCP)
        #expect(request(Good.discover.setting(\.end, to: [12, 200]).udp()) == .malformedDHCP)
        #expect(reply(Good.offer.setting(\.magicCookie, to: 0).udp()) == .malformedDHCP)
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
        #expect(link.decide(frame, direction).verdict == .malformedUDP)
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
