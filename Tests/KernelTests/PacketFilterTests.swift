import Addresses
import Foundation
import PacketTesting
import Testing

@testable import Kernel

/// The kernel runs a filter on a Unix socket as it does on a packet socket: on all bytes of what is sent to it.
@Suite("What the kernel lets pass to a packet socket", .timeLimit(.minutes(1)))
struct PacketFilterTests {
    private let fromLAN = PacketFilter.fromLAN(to: Station.host.rawValue)
    private let fromServer = PacketFilter.fromServer

    private func passes(_ frame: [UInt8], _ filter: PacketFilter) throws -> Bool {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_DGRAM.rawValue)
        try #require(unsafe socketpair(AF_UNIX, type, 0, &ends) == 0)
        let sender = Descriptor(owning: ends[0])
        let receiver = MessageSocket(adopting: Descriptor(owning: ends[1]))
        try filter.lock(on: receiver.descriptor.rawValue)
        try sender.write(frame)
        guard let received = try receiver.receive(capacity: 65_536) else { return false }
        #expect(received.bytes == frame)
        return true
    }

    private func udp(from source: UInt16, to destination: UInt16) -> UDPLayer {
        DHCPLayer.request(1, from: Station.client).udp(from: source, to: destination)
    }

    private func frame(
        _ packet: IPv4Layer, from source: MACAddress = Station.client, to destination: MACAddress = .broadcast
    ) -> [UInt8] {
        packet.ethernet(from: source, to: destination).bytes
    }

    private func frame(_ datagram: UDPLayer) -> [UInt8] {
        frame(datagram.ipv4(from: Station.clientAddress, to: Station.hostAddress))
    }

    private func echo(_ type: UInt8) -> IPv4Layer {
        ICMPLayer(type: type).ipv4(from: Station.clientAddress, to: Station.hostAddress)
    }

    private func arp(_ operation: UInt16) -> ARPLayer {
        ARPLayer.reply(from: Station.clientAddress, at: Station.client, to: Station.hostAddress, at: Station.host)
            .setting(\.operation, to: operation)
    }

    @Test func `who looks for servers hears what they send to clients, and nothing else`() throws {
        for frame in [CapturedExchange.offer, CapturedExchange.ack] {
            #expect(try passes(frame, .fromServersToClients))
        }
        let others = [
            CapturedExchange.discover, CapturedExchange.renewal, CapturedExchange.arpReply, CapturedExchange.echoReply,
            frame(udp(from: 67, to: 67)), frame(udp(from: 53, to: 68)),
        ]
        for frame in others { #expect(try !passes(frame, .fromServersToClients)) }
    }

    @Test func `of a captured exchange, each side hears what is for it`() throws {
        let toServer = [
            CapturedExchange.discover, CapturedExchange.request, CapturedExchange.arpReply,
            CapturedExchange.echoReply, CapturedExchange.renewal, CapturedExchange.release,
        ]
        let replies = [CapturedExchange.offer, CapturedExchange.ack, CapturedExchange.renewalAck]
        let questions = [CapturedExchange.arpRequest, CapturedExchange.echoRequest]
        for frame in toServer { #expect(try passes(frame, fromLAN)) }
        // Who asks for the host by ARP may be whom the server is asking for.
        #expect(try questions.map { try passes($0, fromLAN) } == [true, false])
        // What a server sends and does not pass is counted.
        for frame in replies + questions + toServer { #expect(try passes(frame, fromServer)) }
        // Replies of servers on the LAN are heard too, to tell of them.
        for frame in replies { #expect(try passes(frame, fromLAN)) }
    }

    @Test(arguments: [
        (68, 67, true), (67, 67, true), (1_024, 67, true), (67, 68, true), (68, 68, false), (1_024, 68, false),
        (67, 53, false), (53, 53, false),
    ])
    func `UDP passes by its ports`(source: UInt16, destination: UInt16, isForServer: Bool) throws {
        #expect(try passes(frame(udp(from: source, to: destination)), fromLAN) == isForServer)
    }

    @Test func `ports are found behind the options of the IP header`() throws {
        for words in [1, 5, 10] {
            let options = Array(repeating: UInt8(0), count: 4 * words)
            let passing = udp(from: 68, to: 67).ipv4(from: Station.clientAddress, to: Station.hostAddress)
                .setting(\.options, to: options)
            #expect(try passes(frame(passing), fromLAN))
            let other = udp(from: 53, to: 53).ipv4(from: Station.clientAddress, to: Station.hostAddress)
                .setting(\.options, to: options)
            #expect(try !passes(frame(other), fromLAN))
        }
    }

    @Test func `only the first fragment passes from the LAN`() throws {
        let packet = udp(from: 68, to: 67).ipv4(from: Station.clientAddress, to: Station.hostAddress)
        #expect(try passes(frame(packet.setting(\.fragmentation, to: 0x2000)), fromLAN))
        #expect(try passes(frame(packet.setting(\.fragmentation, to: 0x4000)), fromLAN))
        for offset: UInt16 in [1, 0x1000, 0x2001, 0x1FFF] {
            #expect(try !passes(frame(packet.setting(\.fragmentation, to: offset)), fromLAN))
            #expect(try passes(frame(packet.setting(\.fragmentation, to: offset)), fromServer))
        }
    }

    @Test func `ARP and echo replies from the LAN pass to the host's own MAC address only`() throws {
        let near = MACAddress(rawValue: Station.host.rawValue ^ 1)
        let far = MACAddress(rawValue: Station.host.rawValue ^ 1 << 40)
        for (destination, passesFilter) in [
            (Station.host, true), (near, false), (far, false), (MACAddress.broadcast, false),
        ] {
            let reply = arp(2).ethernet(from: Station.client, to: destination).bytes
            #expect(try passes(reply, fromLAN) == passesFilter)
            #expect(try passes(frame(echo(0), to: destination), fromLAN) == passesFilter)
        }
        #expect(try !passes(frame(echo(8), to: Station.host), fromLAN))
        #expect(try !passes(frame(echo(3), to: Station.host), fromLAN))
    }

    @Test func `other protocols and frames too short to tell are not heard`() throws {
        let tcp = IPv4Layer(
            from: Station.clientAddress, to: Station.hostAddress, transportProtocol: 6,
            payload: Array(repeating: 67, count: 20))
        let ipv6 = EthernetLayer(
            from: Station.client, to: .broadcast, etherType: 0x86DD, payload: CapturedExchange.discover)
        let whole = CapturedExchange.discover
        #expect(try !passes(frame(tcp), fromLAN))
        #expect(try !passes(ipv6.bytes, fromLAN))
        for length in [1, 13, 14, 20, 23, 33, 35] { #expect(try !passes(Array(whole.prefix(length)), fromLAN)) }
    }

    @Test func `a filter cannot be taken off again`() throws {
        let socket = try MessageSocket()
        let number = socket.descriptor.rawValue
        try fromServer.lock(on: number)
        var none: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        // SO_DETACH_FILTER (asm-generic/socket.h)
        #expect(unsafe setsockopt(number, SOL_SOCKET, 27, &none, size) == -1 && errno == EPERM)
        #expect(throws: SystemError.self) { try fromLAN.lock(on: number) }
    }
}
