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

    /// Who is told of when `server` was seen at that time.
    private func told(_ servers: inout ForeignServers, _ server: ForeignServer, _ now: UInt64) -> [ForeignServer] {
        servers.note(server, .offer, now: now)
        return news(of: &servers, now)
    }

    private func news(of servers: inout ForeignServers, _ now: UInt64) -> [ForeignServer] {
        var told: [ForeignServer] = []
        while let sighting = servers.nextNews(now: now) { told.append(sighting.server) }
        return told
    }

    private func invented(_ count: Int, from number: Int = 0) throws -> [ForeignServer] {
        try (number..<number + count).map { try server(IPv4Address(rawValue: 0x0A00_0000 + UInt32($0))) }
    }

    @Test func `each server is news once, and again after an hour`() throws {
        var servers = ForeignServers()
        let first = try server()
        let times = [1_000, 1_001, 1_000 + hour - 1, 1_000 + hour, 1_000 + hour + 1]
        let answers = times.map { told(&servers, first, $0) }
        #expect(answers == [[first], [], [], [first], []])
        for other in [try server(Station.routerAddress), try server(at: Station.router), try server(on: "ens35")] {
            let news = told(&servers, other, 2_000 + hour)
            #expect(news == [other])
        }
        #expect(servers.count == 4 && !servers.hasNews && servers.leftOut == 0)
    }

    @Test(arguments: [64, 1_000, 5_000])
    func `a server that comes after invented ones is told of`(count: Int) throws {
        var servers = ForeignServers()
        for other in try invented(count) { _ = told(&servers, other, 5) }
        #expect(servers.leftOut == UInt64(max(0, count - ForeignServers.capacity)))
        let real = try server()
        var heard: [ForeignServer] = []
        // It answers once; what is due is told without another frame.
        heard += told(&servers, real, 6)
        for second in 1...20 { heard += news(of: &servers, UInt64(second) * 1_000_000 + 6) }
        #expect(heard.contains(real) && servers.count <= ForeignServers.capacity)
    }

    @Test func `one that keeps answering is told of while a hundred a second are invented`() throws {
        var servers = ForeignServers()
        let real = try server()
        var number = 0
        for second in UInt64(0)..<120 {
            for other in try invented(100, from: number) { servers.note(other, .offer, now: second * 1_000_000) }
            number += 100
            if second % 2 == 1 { servers.note(real, .ack, now: second * 1_000_000 + 1) }
            if second > 0, news(of: &servers, second * 1_000_000 + 2).contains(real) { return }
        }
        Issue.record("not told of in two minutes")
    }

    /// Each way of inventing: once, again and again, two at a time, many by turns.
    @Test(arguments: [1, 2, 300])
    func `however many are invented, few lines are written, and what was left out is told`(turns: Int) throws {
        var servers = ForeignServers()
        let all = try invented(5_000)
        var (lines, notices, left) = (0, 0, UInt64(0))
        for step in 0..<18_000 {
            let now = UInt64(step) * 200_000
            lines += told(&servers, all[turns == 1 ? step % all.count : step % turns], now).count
            if let count = servers.leftOutNews(now: now) { (notices, left) = (notices + 1, left + count) }
        }
        #expect(lines <= Int(ForeignServers.burst) + 361 && notices <= 6)
        #expect(turns == 1 || turns > ForeignServers.capacity ? left > 0 : left == 0)
        #expect(left <= servers.leftOut)
    }
}
