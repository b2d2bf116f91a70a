import Addresses
import Forwarding
import Messages
import Packet
import PacketTesting
import Testing

/// A container on a runtime's bridge, whose server believes to be `Station.host` with 192.168.50.2/24.
private struct Container {
    static let address = IPv4Address(172, 17, 0, 3)
    static let runtimeAddress = IPv4Address(172, 17, 0, 1)
    static let runtime = MACAddress(0x02, 0x42, 0x00, 0x00, 0x00, 0x01)
    static let neighbourAddress = IPv4Address(172, 17, 0, 9)

    private var forwarder: Forwarder
    private var translation: Translation

    /// - Parameter knowsRuntime: whether a request has come through the runtime before.
    init(knowsRuntime: Bool = true) throws {
        let host = try Self.network("ens34", Station.hostAddress, 24, gateway: Station.routerAddress)
        let container = try Self.network("eth0", Self.address, 16, gateway: Self.runtimeAddress)
        forwarder = Forwarder(link: Link(macAddress: Station.host, network: host, container: container))
        translation = try #require(Translation(host, container: container))
        guard knowsRuntime else { return }
        let carried = arrive(Good.discover.udp().ipv4(from: Self.runtimeAddress, to: Self.address))
        try #require(carried.verdict == .forwarded)
    }

    static func network(
        _ name: String, _ address: IPv4Address, _ prefixLength: UInt8, gateway: IPv4Address?
    ) throws -> AttachedNetwork {
        let interface = try #require(InterfaceName(name))
        return try #require(
            AttachedNetwork(interface: interface, address: address, prefixLength: prefixLength, gateway: gateway))
    }

    /// What becomes of a packet that the runtime sends to the container.
    mutating func arrive(
        _ packet: IPv4Layer, from station: MACAddress = Self.runtime, to destination: MACAddress = Station.host
    ) -> (verdict: Verdict, frame: [UInt8]) {
        carry(packet.ethernet(from: station, to: destination).bytes, .toServer)
    }

    /// What becomes of a frame that the server sends.
    mutating func leave(_ frame: EthernetLayer) -> (verdict: Verdict, frame: [UInt8]) {
        carry(frame.bytes, .toClient)
    }

    mutating func carry(
        _ frame: [UInt8], _ direction: Direction, checksumNotReady: Bool = false
    ) -> (verdict: Verdict, frame: [UInt8]) {
        var carried = frame
        let metadata = FrameMetadata(originalLength: frame.count, checksumNotReady: checksumNotReady)
        var span = carried.mutableSpan
        var bytes = unsafe span.mutableBytes
        let decision = translation.decide(&bytes, metadata: metadata, direction: direction, now: 0, by: &forwarder)
        if decision.completesChecksums { bytes.completeChecksums() }
        return (decision.verdict, carried)
    }
}

@Suite("Frames that come through a published port")
struct TranslationToServerTests {
    private var container: Container

    init() throws {
        container = try Container()
    }

    private func expected(_ datagram: UDPLayer, from source: IPv4Address) -> [UInt8] {
        datagram.ipv4(from: source, to: Station.hostAddress).ethernet(from: Container.runtime, to: Station.host).bytes
    }

    // The paper's Algorithm 2, whatever the destination was.
    @Test(arguments: [Container.address, .broadcast, Station.hostAddress, IPv4Address(172, 17, 255, 255)])
    mutating func `what comes from the runtime's own address goes to the host's`(destination: IPv4Address) {
        let datagram = Good.discover.udp(from: 40_123, to: 67)
        let carried = container.arrive(datagram.ipv4(from: Container.runtimeAddress, to: destination))
        #expect(carried.verdict == .forwarded)
        #expect(carried.frame == expected(datagram, from: Container.runtimeAddress))
    }

    @Test(arguments: [Station.clientAddress, Station.routerAddress, IPv4Address(10, 9, 0, 1)])
    mutating func `what comes by NAT gets the host's address back, and keeps its sender's`(sender: IPv4Address) {
        let datagram = Good.discover.udp(from: 67, to: 67)
        let carried = container.arrive(datagram.ipv4(from: sender, to: Container.address))
        #expect(carried.verdict == .forwarded)
        #expect(carried.frame == expected(datagram, from: sender))
    }

    @Test mutating func `a checksum that was left to the card is completed for the new address`() {
        let datagram = Good.discover.udp()
        var unfinished = datagram.ipv4(from: Station.clientAddress, to: Container.address)
            .ethernet(from: Container.runtime, to: Station.host).bytes
        for garbage in [UInt8(0), 0x5A] {
            (unfinished[40], unfinished[41]) = (garbage, garbage)
            let carried = container.carry(unfinished, .toServer, checksumNotReady: true)
            #expect(carried.verdict == .forwarded)
            #expect(carried.frame == expected(datagram, from: Station.clientAddress))
        }
    }

    @Test mutating func `a wrong checksum is not mended by the new address`() {
        let datagram = Good.discover.udp().setting(\.checksum, to: .wrong)
        let header = Good.discover.udp().ipv4(from: Station.clientAddress, to: Container.address)
        for packet in [
            datagram.ipv4(from: Station.clientAddress, to: Container.address), header.setting(\.checksum, to: .wrong),
        ] {
            let carried = container.arrive(packet)
            #expect(carried.verdict == .forwarded && !haveFittingChecksums(carried.frame))
        }
    }

    @Test mutating func `other addresses stay, and are nobody's here`() {
        for (destination, verdict) in [
            (IPv4Address.broadcast, Verdict.forwarded), (Container.neighbourAddress, .notForUs),
            (IPv4Address(172, 17, 255, 255), .notForUs),
        ] {
            let packet = Good.discover.udp().ipv4(from: Container.neighbourAddress, to: destination)
            let carried = container.arrive(packet, from: Station.stranger)
            #expect(carried.verdict == verdict)
            #expect(carried.frame == packet.ethernet(from: Station.stranger, to: Station.host).bytes)
        }
    }

    @Test mutating func `replies, other ports and other protocols pass no more than on the host's own interface`() {
        let reply = DHCPLayer.reply(2, from: Station.strangerAddress, to: Station.client).udp(from: 67, to: 67)
        #expect(
            container.arrive(reply.ipv4(from: Container.runtimeAddress, to: Container.address)).verdict
                == .foreignServer)
        let names = UDPLayer(from: 5353, to: 53, payload: [1]).ipv4(from: Station.clientAddress, to: Container.address)
        #expect(container.arrive(names).verdict == .unsupported)
        let ping = ICMPLayer().ipv4(from: Station.clientAddress, to: Container.address)
        #expect(container.arrive(ping).verdict == .unsupported)
        // The proxy repeats datagrams, nothing else.
        let astray = ICMPLayer(type: 0).ipv4(from: Container.runtimeAddress, to: Container.neighbourAddress)
        #expect(container.arrive(astray).verdict == .notForUs)
    }

    @Test mutating func `the answer to a ping check comes back with the host's address`() {
        #expect(container.leave(Good.echoRequest()).verdict == .forwarded)
        let reply = ICMPLayer(type: 0, identifier: 77, sequenceNumber: 1)
        let carried = container.arrive(reply.ipv4(from: Station.clientAddress, to: Container.address))
        #expect(carried.verdict == .forwarded)
        let restored = reply.ipv4(from: Station.clientAddress, to: Station.hostAddress)
        #expect(carried.frame == restored.ethernet(from: Container.runtime, to: Station.host).bytes)
        let again = container.arrive(reply.ipv4(from: Station.clientAddress, to: Container.address))
        #expect(again.verdict == .unsolicitedEchoReply)
    }
}

@Suite("Frames that leave through a published port")
struct TranslationToClientTests {
    private var container: Container
    private let toAgent = Good.offer.setting(\.relayAddress, to: IPv4Address(10, 9, 0, 1)).udp(from: 67, to: 67)
    private let toOwner = Good.offer.setting(\.clientAddress, to: Station.clientAddress).udp()

    init() throws {
        container = try Container()
    }

    private func sent(
        _ datagram: UDPLayer, to address: IPv4Address, at station: MACAddress = Station.router
    ) -> EthernetLayer {
        datagram.ipv4(from: Station.hostAddress, to: address).ethernet(from: Station.host, to: station)
    }

    private func expected(_ datagram: UDPLayer, to address: IPv4Address) -> [UInt8] {
        datagram.ipv4(from: Container.address, to: address).ethernet(from: Station.host, to: Container.runtime).bytes
    }

    @Test mutating func `a reply to a relay agent leaves from the container's address to the runtime's station`() {
        let carried = container.leave(sent(toAgent, to: IPv4Address(10, 9, 0, 1)))
        #expect(carried.verdict == .forwarded)
        #expect(carried.frame == expected(toAgent, to: IPv4Address(10, 9, 0, 1)))
    }

    @Test mutating func `a reply to a client that has its address leaves the same way`() {
        let carried = container.leave(sent(toOwner, to: Station.clientAddress, at: Station.client))
        #expect(carried.verdict == .forwarded)
        #expect(carried.frame == expected(toOwner, to: Station.clientAddress))
    }

    @Test mutating func `a checksum that was left to the card is completed for the new address`() {
        var unfinished = sent(toOwner, to: Station.clientAddress).bytes
        (unfinished[40], unfinished[41]) = (0x12, 0x34)
        let carried = container.carry(unfinished, .toClient, checksumNotReady: true)
        #expect(carried.verdict == .forwarded && carried.frame == expected(toOwner, to: Station.clientAddress))
    }

    @Test mutating func `a reply to a client without an address cannot leave, and stays as the server sent it`() {
        let directed = IPv4Address(192, 168, 50, 255)
        for frame in [
            Good.reply(), Good.reply(to: .broadcast), sent(toOwner, to: .broadcast), sent(toAgent, to: directed),
            Good.reply(DHCPLayer(operation: 2, client: Station.client)),
        ] {
            let carried = container.leave(frame)
            #expect(carried.verdict == .undeliverable && carried.frame == frame.bytes)
        }
    }

    @Test mutating func `nothing leaves before it is known where to, and only the runtime's own way teaches it`() throws
    {
        var fresh = try Container(knowsRuntime: false)
        let reply = sent(toAgent, to: IPv4Address(10, 9, 0, 1))
        let request = Good.discover.udp()
        let neighbour = request.ipv4(from: Container.neighbourAddress, to: Container.address)
        #expect(fresh.arrive(neighbour, from: Station.stranger).verdict == .forwarded)
        let broadcast = request.ipv4(from: .unspecified, to: .broadcast)
        #expect(fresh.arrive(broadcast, from: Station.stranger, to: .broadcast).verdict == .forwarded)
        let refused = UDPLayer(from: 68, to: 67, payload: [3]).ipv4(from: Station.clientAddress, to: Container.address)
        #expect(fresh.arrive(refused, from: Station.stranger).verdict == .malformedDHCP)
        #expect(fresh.leave(reply).verdict == .sendFailed)
        #expect(fresh.arrive(request.ipv4(from: Station.clientAddress, to: Container.address)).verdict == .forwarded)
        #expect(fresh.leave(reply).frame == expected(toAgent, to: IPv4Address(10, 9, 0, 1)))
        // Later too: another container on the bridge does not divert what goes to the runtime.
        #expect(fresh.arrive(neighbour, from: Station.stranger).verdict == .forwarded)
        #expect(fresh.leave(reply).frame == expected(toAgent, to: IPv4Address(10, 9, 0, 1)))
    }

    @Test mutating func `the runtime's station may become another`() {
        let moved = MACAddress(rawValue: 0x0242_0000_0099)
        let request = Good.discover.udp().ipv4(from: Container.runtimeAddress, to: Container.address)
        #expect(container.arrive(request, from: moved).verdict == .forwarded)
        #expect(Array(container.leave(sent(toOwner, to: Station.clientAddress)).frame.prefix(6)) == moved.bytes)
    }

    @Test mutating func `the server's ping checks leave from the container's address`() {
        let carried = container.leave(Good.echoRequest())
        #expect(carried.verdict == .forwarded)
        let ping = ICMPLayer(identifier: 77, sequenceNumber: 1)
            .ipv4(from: Container.address, to: Station.clientAddress)
        #expect(carried.frame == ping.ethernet(from: Station.host, to: Container.runtime).bytes)
    }

    @Test(arguments: [Station.routerAddress, Station.clientAddress, IPv4Address(192, 168, 50, 99)])
    mutating func `the server finds everybody by ARP`(address: IPv4Address) throws {
        let request = ARPLayer.request(for: address, from: Station.hostAddress, at: Station.host)
        let carried = container.leave(request.ethernet(from: Station.host, to: .broadcast))
        #expect(carried.verdict == .answered)
        let station = MACAddress(rawValue: carried.frame[6..<12].reduce(0) { $0 << 8 | UInt64($1) })
        #expect(!station.isMulticast && station != Station.host)
        let reply = ARPLayer.reply(from: address, at: station, to: Station.hostAddress, at: Station.host)
        #expect(carried.frame == reply.ethernet(from: station, to: Station.host).bytes)
    }

    @Test mutating func `nobody else has the server's own address`() {
        let probe = ARPLayer.request(for: Station.hostAddress, from: Station.hostAddress, at: Station.host)
        #expect(container.leave(probe.ethernet(from: Station.host, to: .broadcast)).verdict == .notForUs)
    }

    @Test mutating func `what the server may not send to the host's own LAN stays here too`() {
        #expect(container.leave(Good.reply().setting(\.source, to: Station.stranger)).verdict == .spoofedSource)
        let spoofed = toOwner.ipv4(from: Container.address, to: Station.clientAddress)
        #expect(container.leave(spoofed.ethernet(from: Station.host, to: Station.client)).verdict == .spoofedSource)
        let request = Good.discover.udp().ipv4(from: Station.hostAddress, to: Station.clientAddress)
        #expect(
            container.leave(request.ethernet(from: Station.host, to: Station.client)).verdict == .requestFromServer)
    }
}

@Suite("Translations")
struct TranslationTests {
    @Test func `there is none without a gateway, which is the runtime`() throws {
        let network = try Container.network("eth0", Container.address, 16, gateway: nil)
        #expect(Translation(network, container: network) == nil)
    }

    // Whatever a frame holds, carrying it reads and writes nothing outside of it.
    @Test(arguments: Direction.allCases)
    func `cut and garbled frames are no trouble`(direction: Direction) throws {
        var container = try Container()
        let good =
            direction == .toServer
            ? Good.discover.udp().ipv4(from: Container.runtimeAddress, to: Container.address)
                .ethernet(from: Container.runtime, to: Station.host).bytes
            : Good.offer.setting(\.clientAddress, to: Station.clientAddress).udp()
                .ipv4(from: Station.hostAddress, to: Station.clientAddress)
                .ethernet(from: Station.host, to: Station.client).bytes
        for length in 0..<good.count {
            let cut = Array(good.prefix(length))
            #expect(container.carry(cut, direction).frame.count == length)
        }
        for position in 0..<60 {
            for value in [UInt8(0), 1, 0x0F, 0x45, 0x4F, 0x80, 0xFF] {
                var garbled = good
                garbled[position] = value
                #expect(container.carry(garbled, direction, checksumNotReady: true).frame.count == good.count)
            }
        }
    }
}
