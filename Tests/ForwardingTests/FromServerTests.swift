import Addresses
import Forwarding
import Messages
import PacketTesting
import Testing

@Suite("Frames from the server")
struct FromServerTests {
    private var link: ForwardedLink

    init() throws {
        link = try ForwardedLink()
    }

    @Test(arguments: [UInt8(2), 5, 6])
    mutating func `replies of every type pass`(messageType: UInt8) {
        let message = DHCPLayer.reply(messageType, from: Station.hostAddress, to: Station.client)
        let decision = link.decide(Good.reply(message).bytes, .toClient)
        #expect(decision.verdict == .forwarded && decision.isDHCP && !decision.completesChecksums)
    }

    @Test mutating func `replies pass to clients, to all and to relay agents`() {
        #expect(link.fromServer(Good.reply()) == .forwarded)
        #expect(link.fromServer(Good.reply(to: .broadcast).setting(\.destination, to: .broadcast)) == .forwarded)
        let toAgent = Good.offer.udp(from: 67, to: 67).ipv4(from: Station.hostAddress, to: IPv4Address(10, 9, 0, 1))
        #expect(link.fromServer(toAgent.ethernet(from: Station.host, to: Station.router)) == .forwarded)
        let bootp = DHCPLayer(operation: 2, client: Station.client)
        #expect(link.fromServer(Good.reply(bootp)) == .forwarded)
    }

    @Test func `what comes from any of the host's addresses passes, and no longer when it has that no more`() throws {
        let (second, elsewhere) = (IPv4Address(192, 168, 60, 2), IPv4Address(10, 255, 0, 1))
        let own = try #require(IPv4Network(containing: elsewhere, prefixLength: 32))
        let local = try #require(InterfaceRoute(to: own, .local, origin: 4, scope: 254, nextHops: []))
        let bare = try ForwardedLink.described()
        let described = try ForwardedLink.described(also: second)
        let furnished = described.with(addresses: described.addresses, routes: described.routes + [local])
        var link = try ForwardedLink()
        for (description, verdict) in [(bare, Verdict.spoofedSource), (furnished, .forwarded), (bare, .spoofedSource)] {
            link.forwarder.show(description, of: HostAddresses(of: [description]))
            for address in [second, elsewhere] {
                let reply = Good.offer.udp().ipv4(from: address, to: Station.clientAddress)
                #expect(link.fromServer(reply.ethernet(from: Station.host, to: Station.client)) == verdict)
                let question = ARPLayer.request(for: Station.clientAddress, from: address, at: Station.host)
                    .ethernet(from: Station.host, to: .broadcast)
                #expect(link.fromServer(question) == verdict)
                let ping = ICMPLayer(type: 8, identifier: 7, sequenceNumber: 1)
                    .ipv4(from: address, to: Station.clientAddress)
                #expect(link.fromServer(ping.ethernet(from: Station.host, to: Station.client)) == verdict)
            }
        }
    }

    @Test func `a host without an address has none, not even 0.0.0.0`() throws {
        let name = try #require(InterfaceName("ens36"))
        let host = HostAddresses(
            of: [Link(macAddress: Station.host, network: AttachedNetwork(unaddressed: name))])
        #expect(!host.contains(.unspecified) && !host.contains(.broadcast))
    }

    @Test mutating func `replies do not pass to groups of stations`() {
        let group = MACAddress(rawValue: 0x0100_5E00_0001)
        #expect(link.fromServer(Good.reply().setting(\.destination, to: group)) == .unsupported)
    }

    @Test mutating func `the server speaks from the host's addresses only`() {
        #expect(link.fromServer(Good.reply().setting(\.source, to: Station.stranger)) == .spoofedSource)
        let spoofed = Good.offer.udp().ipv4(from: Station.strangerAddress, to: .broadcast)
        #expect(link.fromServer(spoofed.ethernet(from: Station.host, to: .broadcast)) == .spoofedSource)
        let ping = ICMPLayer().ipv4(from: Station.strangerAddress, to: Station.clientAddress)
        #expect(link.fromServer(ping.ethernet(from: Station.host, to: Station.client)) == .spoofedSource)
        for request in [
            Good.arpRequest.setting(\.senderMACAddress, to: Station.stranger),
            Good.arpRequest.setting(\.sender, to: Station.strangerAddress),
            Good.arpRequest.setting(\.sender, to: .unspecified),
        ] {
            #expect(link.fromServer(request.ethernet(from: Station.host, to: .broadcast)) == .spoofedSource)
        }
    }

    // dhcpd does, where its configuration has `server-identifier` with an address that the host has not.
    @Test mutating func `a reply passes that comes from the address by which it names its server`() {
        for (source, verdict) in [(Station.strangerAddress, Verdict.forwarded), (.broadcast, .spoofedSource)] {
            let offer = DHCPLayer.reply(2, from: source, to: Station.client).udp().ipv4(from: source, to: .broadcast)
            #expect(link.fromServer(offer.ethernet(from: Station.host, to: .broadcast)) == verdict)
        }
    }

    @Test mutating func `the server sends no requests, and replies from its port only`() {
        let request = Good.discover.udp().ipv4(from: Station.hostAddress, to: .broadcast)
        #expect(link.fromServer(request.ethernet(from: Station.host, to: .broadcast)) == .requestFromServer)
        let reply = Good.offer.udp(from: 68, to: 68).ipv4(from: Station.hostAddress, to: .broadcast)
        #expect(link.fromServer(reply.ethernet(from: Station.host, to: .broadcast)) == .unsupported)
        let names = UDPLayer(from: 5353, to: 53, payload: [1]).ipv4(
            from: Station.hostAddress, to: Station.routerAddress)
        #expect(link.fromServer(names.ethernet(from: Station.host, to: Station.router)) == .unsupported)
    }

    @Test(arguments: [MACAddress.broadcast, Station.client])
    mutating func `ARP requests pass, to all or as a probe of a neighbour`(station: MACAddress) {
        #expect(link.fromServer(Good.arpRequest.ethernet(from: Station.host, to: station)) == .forwarded)
    }

    @Test mutating func `the namespace answers no ARP for the host`() {
        let reply = ARPLayer.reply(
            from: Station.hostAddress, at: Station.host, to: Station.clientAddress, at: Station.client)
        #expect(link.fromServer(reply.ethernet(from: Station.host, to: Station.client)) == .unsupported)
    }

    @Test mutating func `other protocols do not pass`() {
        let ipv6 = EthernetLayer(from: Station.host, to: Station.client, etherType: 0x86DD, payload: [6 << 4])
        #expect(link.fromServer(ipv6) == .unsupported)
        let unreachable = ICMPLayer(type: 3).ipv4(from: Station.hostAddress, to: Station.clientAddress)
        #expect(link.fromServer(unreachable.ethernet(from: Station.host, to: Station.client)) == .unsupported)
        let tcp = IPv4Layer(
            from: Station.hostAddress, to: Station.clientAddress, transportProtocol: 6,
            payload: Array(repeating: 0, count: 20))
        #expect(link.fromServer(tcp.ethernet(from: Station.host, to: Station.client)) == .unsupported)
    }
}
