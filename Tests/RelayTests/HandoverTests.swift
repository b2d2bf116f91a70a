import Addresses
import CTesting
import Foundation
import Kernel
import Messages
import PacketTesting
import RootTesting
import Testing

@Suite("What the relay is handed", .timeLimit(.minutes(1)))
struct RelayHandoverTests {
    @Test func `a relay that was handed nothing waits, and ends as asked`() throws {
        let relay = try RelayProcess()
        let status = try relay.status()
        #expect(status.component == .relay && status["state"] == "waiting for sockets" && status["links"] == "")
        #expect(status["recorder"] == "not connected" && status["messages-refused"] == "0")
        // Its version and its start wait for the recorder.
        #expect(status["records-pending"] == "2")
        #expect(try relay.stop() == .status(0))
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal ends the relay`(signal: Int32) throws {
        #expect(try RelayProcess().stop(by: signal) == .status(0))
    }

    @Test func `a second relay in the same directory is refused with what to do about it`() throws {
        let relay = try RelayProcess()
        #expect(throws: (any Error).self) { _ = try MessageSocket(listeningAt: relay.path) }
        #expect(try relay.status()["state"] == "waiting for sockets")
    }

    @Test(.asRoot) func `as root, sockets are refused and closed when one is missing, too many or of another kind`()
        throws
    {
        let lan = try LAN()
        let relay = try RelayProcess()
        let uplink = try lan.uplinkSocket()
        let server = try lan.serverSocket()
        let (first, second) = (uplink.descriptor.rawValue, server.descriptor.rawValue)
        let pipe = try Descriptor.pipe()
        for passed in [[first], [first, second, second], [first, pipe.reading.rawValue], [first, -1]] {
            let channel = try MessageSocket.channel()
            let near = channel.near
            let far = channel.far.rawValue
            let descriptors = [far] + passed.map { $0 < 0 ? far : $0 }
            try relay.send(.links([lan.link]), passing: descriptors)
            channel.far.close()
            #expect(try near.await().bytes.isEmpty)
        }
        try relay.send(.links([lan.link]), passing: [first, first, second])
        try relay.send(.recordsTo, passing: [])
        let status = try relay.status()
        #expect(status["state"] == "waiting for sockets" && status["messages-refused"] == "6")
        let held = try relay.heldSockets()
        #expect(!held.contains(inode(of: uplink.descriptor)) && !held.contains(inode(of: server.descriptor)))
    }

    @Test(.asRoot) func `as root, what is refused does not disturb what is forwarded`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        try relay.send(.links([lan.link]), passing: [])
        try relay.send(.recordsTo)
        guard try agent.control.send([1, 2, 3]), try agent.control.send(Message.recordsTo.encoded()) else {
            throw Trouble("the control channel is full")
        }
        lan.client.send(CapturedExchange.discover)
        #expect(try lan.server.next() == CapturedExchange.discover)
        #expect(try relay.status()["messages-refused"] == "4")
    }

    @Test(.asRoot) func `as root, everything is closed when the agent is gone, and the next one is served`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let idle = try relay.heldSockets()
        let sockets: Set<UInt64>
        do {
            let agent = try Agent(handing: lan, to: relay)
            sockets = agent.sockets
            #expect(sockets.isSubset(of: try relay.heldSockets()))
            lan.client.send(CapturedExchange.discover)
            #expect(try lan.server.next() == CapturedExchange.discover)
            agent.close()
        }
        try relay.awaitLine("netns-agent is gone")
        #expect(try relay.heldSockets() == idle)
        #expect(try relay.status()["state"] == "waiting for sockets")
        let agent = try Agent(handing: lan, to: relay)
        lan.client.send(CapturedExchange.discover)
        #expect(try lan.server.next() == CapturedExchange.discover)
        #expect(agent.sockets.isDisjoint(with: sockets))
        // What was counted on the old sockets still counts.
        #expect(try relay.status()["frames-to-server"] == "2")
    }

    @Test(.asRoot) func `as root, new sockets replace the old ones`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let old = try Agent(handing: lan, to: relay)
        let new = try Agent(handing: lan, to: relay)
        #expect(try old.control.await().bytes.isEmpty)
        let held = try relay.heldSockets()
        #expect(held.isDisjoint(with: old.sockets) && new.sockets.isSubset(of: held))
        // The old agent holds its copies still: what is not forgotten before it is closed would wake the relay for ever.
        #expect(try relay.watchedCount() == 5)
        lan.client.send(CapturedExchange.discover)
        lan.client.send(CapturedExchange.request)
        // Each once.
        #expect(try lan.server.next() == CapturedExchange.discover)
        #expect(try lan.server.next() == CapturedExchange.request)
    }

    @Test(.asRoot) func `as root, an address that comes later counts, however many routes come with it`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let second = IPv4Address(192, 168, 60, 2)
        let network = try #require(
            AttachedNetwork(interface: lan.link.network.interface, address: second, prefixLength: 24, gateway: nil))
        let routes = (0..<1_000).compactMap { number in
            IPv4Network(containing: IPv4Address(rawValue: 0x0AFF_0000 + number), prefixLength: 32).flatMap {
                InterfaceRoute(to: $0, .local, origin: 4, scope: 254, nextHops: [])
            }
        }
        let link = lan.link.with(addresses: lan.link.addresses + [InterfaceAddress(of: network)], routes: routes)
        #expect(try agent.control.send(Message.links([link]).encoded()))
        // Twice: the first answer may have been on its way.
        for _ in 0..<2 { #expect(try relay.status()["messages-refused"] == "0") }
        let offer = DHCPLayer.reply(2, from: Station.hostAddress, to: Station.client).udp()
            .ipv4(from: second, to: .broadcast).ethernet(from: Station.host, to: .broadcast).bytes
        lan.server.send(offer)
        #expect(try lan.client.next() == offer)
    }

    @Test(.asRoot) func `as root, a relay whose lines nobody reads any more goes on`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        try relay.stopReadingLines()
        try relay.send(.links([lan.link]))
        #expect(try relay.status()["messages-refused"] == "1")
        #expect(try relay.stop() == .status(0))
    }

    @Test(.asRoot) func `as root, a message from another user is refused`() throws {
        let relay = try RelayProcess()
        #expect(unsafe chmod(relay.path, 0o777) == 0)
        let message = Message.recordsTo.encoded()
        #expect(unsafe testing_send_as(60_772, relay.path, message, message.count) == 0)
        #expect(try relay.status()["messages-refused"] == "1")
        let request = Message.statusRequest.encoded()
        #expect(unsafe testing_send_as(RelayProcess.user, relay.path, request, request.count) == 0)
        // The relay's own user may ask; a question without a channel has no answer.
        #expect(try relay.status()["messages-refused"] == "2")
    }
}
