import Addresses
import Messages
import Packet
import PacketTesting
import Testing

@testable import relay

@Suite("Telling of foreign servers")
struct ForeignServersTests {
    private let hour: UInt64 = 3_600_000_000

    private func server(
        _ address: IPv4Address = Station.strangerAddress, at macAddress: MACAddress = Station.stranger,
        on name: String = "ens34", hasIdentifier: Bool = true
    ) throws -> ForeignServer {
        let interface = try #require(InterfaceName(name))
        let reply = DHCPLayer(operation: 2, client: Station.client).option(53, [2])
        let identifier = DHCPLayer.reply(2, from: address, to: Station.client)
        let frame = (hasIdentifier ? identifier : reply).udp().ipv4(from: Station.strangerAddress, to: .broadcast)
            .ethernet(from: macAddress, to: .broadcast).bytes
        guard let server = ForeignServer(frame.span.rawBytes, on: interface) else { throw Trouble("no server") }
        return server
    }

    @Test func `a server is what it calls itself, or else where its packet comes from`() throws {
        #expect(try server(Station.routerAddress).address == Station.routerAddress)
        #expect(try server(Station.routerAddress, hasIdentifier: false).address == Station.strangerAddress)
        #expect(try server().macAddress == Station.stranger)
    }

    @Test func `a frame that holds no DHCP message shows no server`() throws {
        let interface = try #require(InterfaceName("ens34"))
        for frame in [CapturedExchange.arpReply, CapturedExchange.echoReply, [UInt8](repeating: 0, count: 9)] {
            let server = ForeignServer(frame.span.rawBytes, on: interface)
            #expect(server == nil)
        }
    }

    @Test func `each server is news once, and again after an hour`() throws {
        var servers = ForeignServers()
        let first = try server()
        let times = [1_000, 1_001, 1_000 + hour - 1, 1_000 + hour, 1_000 + hour + 1]
        let answers = times.map { servers.isNews(first, now: $0) }
        #expect(answers == [true, false, false, true, false])
        for other in [try server(Station.routerAddress), try server(at: Station.router), try server(on: "ens35")] {
            let isNews = servers.isNews(other, now: 2_000 + hour)
            #expect(isNews)
        }
        #expect(servers.count == 4)
    }

    @Test func `invented servers neither fill the memory nor cause more events than there are places`() throws {
        var servers = ForeignServers()
        let all = try (0..<1_000).map { try server(IPv4Address(rawValue: 0x0A00_0000 + $0)) }
        let told = all.filter { servers.isNews($0, now: 5) }
        #expect(told == Array(all.prefix(ForeignServers.capacity)) && servers.count == ForeignServers.capacity)
        // Whoever was not told of gets its turn when one of the others was not seen for an hour.
        let later = [5 + hour, 6 + hour].map { servers.isNews(all[999], now: $0) }
        #expect(later == [true, false] && servers.count == ForeignServers.capacity)
    }
}
