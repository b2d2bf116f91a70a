import Addresses
import Forwarding
import Messages
import PacketTesting
import Testing

@Suite("Frames from the LAN")
struct FromLANTests {
    private var link: ForwardedLink

    init() throws {
        link = try ForwardedLink()
    }

    @Test(arguments: 1...8)
    mutating func `requests of every type pass`(messageType: UInt8) {
        let decision = link.decide(Good.request(.request(messageType, from: Station.client)).bytes, .toServer)
        #expect(decision.verdict == .forwarded && decision.isDHCP && !decision.completesChecksums)
    }

    @Test mutating func `a BOOTP request passes`() {
        #expect(link.fromLAN(Good.request(DHCPLayer(operation: 1, client: Station.client))) == .forwarded)
    }

    @Test(
        arguments: [MACAddress.broadcast, Station.host],
        [
            IPv4Address.broadcast, Station.hostAddress, IPv4Address(192, 168, 50, 255), Station.strangerAddress,
            IPv4Address(192, 168, 51, 255), IPv4Address(10, 0, 0, 1),
        ])
    mutating func `what reaches the host's interface passes, whichever address it is for`(
        station: MACAddress, address: IPv4Address
    ) {
        #expect(link.fromLAN(Good.request(to: address, at: station)) == .forwarded)
    }

    @Test mutating func `requests to others do not pass`() {
        #expect(link.fromLAN(Good.request(at: Station.stranger)) == .notForUs)
        #expect(link.fromLAN(Good.request(at: MACAddress(rawValue: 0x0100_5E00_0001))) == .notForUs)
    }

    @Test func `answers to any of the host's addresses pass, and it is no foreign server at any`() throws {
        let second = IPv4Address(192, 168, 60, 2)
        let described = try ForwardedLink.described(also: second)
        var link = try ForwardedLink()
        let answer = ARPLayer.reply(from: Station.clientAddress, at: Station.client, to: second, at: Station.host)
            .ethernet(from: Station.client, to: Station.host)
        let ours = DHCPLayer.reply(2, from: second, to: Station.client).udp(from: 67, to: 68)
            .ipv4(from: second, to: .broadcast).ethernet(from: Station.router, to: .broadcast)
        #expect(link.fromLAN(answer) == .notForUs)
        #expect(link.fromLAN(ours) == .foreignServer)
        link.forwarder.show(described, of: HostAddresses(of: [described]))
        #expect(link.fromLAN(answer) == .forwarded)
        #expect(link.fromLAN(ours) == .replyFromClient)
    }

    @Test mutating func `what a relay agent sends passes as it is`() {
        let message = Good.discover.setting(\.relayAddress, to: IPv4Address(10, 9, 0, 1)).setting(\.hops, to: 1)
            .option(82, [1, 4, 1, 2, 3, 4])
        let frame = message.udp(from: 67, to: 67).ipv4(from: Station.routerAddress, to: Station.hostAddress)
            .ethernet(from: Station.router, to: Station.host)
        #expect(link.fromLAN(frame) == .forwarded)
    }

    @Test mutating func `a retransmission passes like the first`() {
        #expect((0..<3).map { _ in link.fromLAN(Good.request()) } == [.forwarded, .forwarded, .forwarded])
    }

    @Test mutating func `a frame from the host's own address is a loop`() {
        #expect(link.fromLAN(Good.request().setting(\.source, to: Station.host)) == .ownFrame)
        #expect(link.fromLAN(Good.reply()) == .ownFrame)
    }

    @Test mutating func `nobody sends from a group address`() {
        #expect(link.fromLAN(Good.request().setting(\.source, to: .broadcast)) == .unsupported)
    }

    @Test(arguments: [UInt8(2), 5, 6])
    mutating func `an OFFER, ACK or NAK of another server is foreign`(messageType: UInt8) {
        let message = DHCPLayer.reply(messageType, from: Station.strangerAddress, to: Station.client)
        for port in [68, 67] as [UInt16] {
            let decision = link.decide(foreign(message.udp(to: port)).bytes, .toServer)
            #expect(decision.verdict == .foreignServer && decision.isDHCP)
        }
        let silent = DHCPLayer(operation: 2, client: Station.client).option(53, [messageType])
        #expect(link.fromLAN(foreign(silent.udp())) == .foreignServer)
    }

    @Test mutating func `a reply that no server sent is a client's`() {
        let offer = DHCPLayer.reply(2, from: Station.strangerAddress, to: Station.client)
        #expect(link.fromLAN(foreign(offer.udp(from: 68, to: 67))) == .replyFromClient)
        let discover = DHCPLayer.reply(1, from: Station.strangerAddress, to: Station.client)
        #expect(link.fromLAN(foreign(discover.udp(to: 67))) == .replyFromClient)
        #expect(link.fromLAN(foreign(DHCPLayer(operation: 2, client: Station.client).udp())) == .replyFromClient)
    }

    @Test mutating func `our own reply that a relay agent hands on is not foreign`() {
        #expect(link.fromLAN(foreign(Good.offer.udp())) == .replyFromClient)
    }

    @Test mutating func `only the port of servers is ours`() {
        let request = DHCPLayer.request(1, from: Station.client)
        #expect(link.fromLAN(foreign(request.udp(from: 67, to: 68))) == .unsupported)
        #expect(link.fromLAN(foreign(request.udp(from: 68, to: 69))) == .unsupported)
        #expect(link.fromLAN(foreign(request.udp(from: 50_000, to: 67))) == .forwarded)
        let other = link.decide(foreign(request.udp(from: 53, to: 53)).bytes, .toServer)
        #expect(other.verdict == .unsupported && !other.isDHCP)
    }

    @Test mutating func `an ARP reply to the host passes`() {
        let decision = link.decide(Good.arpReply.ethernet(from: Station.client, to: Station.host).bytes, .toServer)
        #expect(decision.verdict == .forwarded && !decision.isDHCP)
    }

    @Test mutating func `other ARP packets are the host's own affair`() {
        let request = ARPLayer.request(for: Station.hostAddress, from: Station.clientAddress, at: Station.client)
        #expect(link.fromLAN(request.ethernet(from: Station.client, to: .broadcast)) == .notForUs)
        #expect(link.fromLAN(request.ethernet(from: Station.client, to: Station.host)) == .notForUs)
        #expect(link.fromLAN(Good.arpReply.ethernet(from: Station.client, to: .broadcast)) == .notForUs)
        #expect(link.fromLAN(Good.arpReply.ethernet(from: Station.client, to: Station.stranger)) == .notForUs)
        let astray = Good.arpReply.setting(\.target, to: Station.strangerAddress)
        #expect(link.fromLAN(astray.ethernet(from: Station.client, to: Station.host)) == .notForUs)
        let reverse = Good.arpReply.setting(\.operation, to: 4)
        #expect(link.fromLAN(reverse.ethernet(from: Station.client, to: Station.host)) == .unsupported)
    }

    @Test mutating func `who asks for the host by ARP is heard while the server asks for him`() {
        func question(_ sender: IPv4Address, for target: IPv4Address = Station.hostAddress) -> EthernetLayer {
            ARPLayer.request(for: target, from: sender, at: Station.client).ethernet(
                from: Station.client, to: .broadcast)
        }
        #expect(link.fromServer(Good.arpRequest.ethernet(from: Station.host, to: .broadcast)) == .forwarded)
        #expect(link.fromLAN(question(Station.clientAddress)) == .forwarded)
        #expect(link.fromLAN(question(Station.strangerAddress)) == .notForUs)
        #expect(link.fromLAN(question(.unspecified)) == .notForUs)
        #expect(link.fromLAN(question(Station.clientAddress, for: Station.routerAddress)) == .notForUs)
        // What the server's namespace answers does not leave: the host has.
        let answer = ARPLayer.reply(
            from: Station.hostAddress, at: Station.host, to: Station.clientAddress, at: Station.client)
        #expect(link.fromServer(answer.ethernet(from: Station.host, to: Station.client)) == .unsupported)
        #expect(link.fromLAN(question(Station.clientAddress), now: 1_499_999) == .forwarded)
        #expect(link.fromLAN(question(Station.clientAddress), now: 1_500_000) == .notForUs)
    }

    @Test mutating func `other protocols do not pass`() {
        let ipv6 = EthernetLayer(from: Station.client, to: Station.host, etherType: 0x86DD, payload: [6 << 4])
        #expect(link.fromLAN(ipv6) == .unsupported)
        let tcp = IPv4Layer(
            from: Station.clientAddress, to: Station.hostAddress, transportProtocol: 6,
            payload: Array(repeating: 0, count: 20))
        #expect(link.fromLAN(tcp.ethernet(from: Station.client, to: Station.host)) == .unsupported)
        let ping = ICMPLayer().ipv4(from: Station.clientAddress, to: Station.hostAddress)
        #expect(link.fromLAN(ping.ethernet(from: Station.client, to: Station.host)) == .unsupported)
    }

    private func foreign(_ datagram: UDPLayer) -> EthernetLayer {
        datagram.ipv4(from: Station.strangerAddress, to: .broadcast).ethernet(from: Station.stranger, to: .broadcast)
    }
}
