import Addresses
import Foundation
import Kernel
import Messages
import Packet
import PacketTesting
import RootTesting
import Testing

@Suite("The relay between a LAN and a server", .timeLimit(.minutes(1)))
struct RelayForwardingTests {
    private let discover = CapturedExchange.discover
    private let offer = CapturedExchange.offer

    private func foreignOffer() -> [UInt8] {
        DHCPLayer.reply(2, from: Station.strangerAddress, to: Station.client).udp()
            .ipv4(from: Station.strangerAddress, to: .broadcast)
            .ethernet(from: Station.stranger, to: .broadcast).bytes
    }

    @Test(.asRoot) func `a DISCOVER and its OFFER come out byte for byte`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        lan.client.send(discover)
        #expect(try lan.server.next() == discover)
        lan.server.send(offer)
        #expect(try lan.client.next() == offer)
        #expect(try relay.status()["frames-to-server"] == "1")
        #expect(try relay.status()["frames-to-client"] == "1")
        #expect(agent.sockets.isSubset(of: try relay.heldSockets()))
    }

    @Test(.asRoot) func `ARP and ping of the server reach the LAN, and only their answers come back`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        for question in [CapturedExchange.arpRequest, CapturedExchange.echoRequest] {
            lan.server.send(question)
            #expect(try lan.client.next() == question)
        }
        let question = ARPLayer.request(for: Station.hostAddress, from: Station.clientAddress, at: Station.client)
            .ethernet(from: Station.client, to: .broadcast).bytes
        let another = ARPLayer.request(for: Station.hostAddress, from: Station.strangerAddress, at: Station.stranger)
            .ethernet(from: Station.stranger, to: .broadcast).bytes
        // Whom the server asks for may ask for the host itself: a host learns from that.
        let answers = [CapturedExchange.arpReply, CapturedExchange.echoReply, question]
        for frame in [another] + answers + [CapturedExchange.echoReply, discover] { lan.client.send(frame) }
        for expected in answers + [discover] { #expect(try lan.server.next() == expected) }
        let status = try relay.status()
        #expect(
            status["dropped-to-server-unsolicited-echo-reply"] == "1" && status["dropped-to-server-not-for-us"] == "1")
        agent.close()
    }

    @Test(.asRoot)
    func `a checksum that the server's kernel left to the card is completed, after ARP through the relay`() throws {
        let lan = try LAN(clientHasAddress: true)
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let witness = FramePort(try lan.serverSocket())
        let ack = DHCPLayer.reply(5, from: Station.hostAddress, to: Station.client).bytes
        try LAN.sendByKernel(ack, from: 67, to: Station.clientAddress, 68, in: lan.serverNamespace)
        // The client's kernel answers the question of the server's: both pass the relay.
        #expect(try lan.client.next()[12...13] == [0x08, 0x06])
        let frame = try lan.client.next()
        #expect(frame.suffix(ack.count) == ack[...] && hasValidChecksum(frame))
        #expect(try checksumsNotReady(at: witness) == [false, true])
        agent.close()
    }

    @Test(.asRoot) func `a checksum that a client's kernel left to the card is completed`() throws {
        let lan = try LAN(clientHasAddress: true)
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let witness = FramePort(try lan.uplinkSocket())
        let request = DHCPLayer.request(3, from: Station.client).bytes
        try LAN.sendByKernel(
            request, from: 68, to: IPv4Address(192, 168, 50, 255), 67, in: lan.clientNamespace)
        let frame = try lan.server.next()
        #expect(frame.suffix(request.count) == request[...] && hasValidChecksum(frame))
        #expect(try checksumsNotReady(at: witness) == [true])
        agent.close()
    }

    @Test(.asRoot) func `a foreign server is told of once, and its OFFER goes nowhere`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        for frame in [foreignOffer(), foreignOffer(), discover] { lan.client.send(frame) }
        #expect(try lan.server.next() == discover)
        let status = try relay.status()
        #expect(status["dropped-to-server-foreign-server"] == "2" && status["foreign-servers"] == "1")
        var records: [Record] = []
        while records.count < 5 {
            let batch = try recorder.next()
            try recorder.acknowledge(batch)
            records += batch.records
        }
        let events = records.compactMap { record -> String? in
            guard case .event(let event) = record, event.kind == "foreign-server" else { return nil }
            return event.detail
        }
        #expect(events.count == 1)
        #expect(events.first?.contains("ens34: 192.168.50.200 at 02:00:5e:10:00:c8 sent OFFER") == true)
        let packets = records.compactMap { record -> PacketRecord? in
            guard case .packet(let packet) = record else { return nil }
            return packet
        }
        #expect(packets.map(\.verdict) == [.foreignServer, .foreignServer, .forwarded])
        #expect(packets.map(\.frame) == [foreignOffer(), foreignOffer(), discover])
    }

    @Test(.asRoot) func `a malformed frame is dropped and counted, and what follows passes`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        let malformed = DHCPLayer.request(1, from: Station.client).setting(\.operation, to: 3).udp(from: 68, to: 67)
            .ipv4(from: .unspecified, to: .broadcast).ethernet(from: Station.client, to: .broadcast).bytes
        lan.client.send(malformed)
        lan.client.send(discover)
        #expect(try lan.server.next() == discover)
        #expect(try relay.status()["dropped-to-server-malformed-dhcp"] == "1")
        let packet = try recorder.packet()
        #expect(packet.frame == malformed && packet.verdict == .malformedDHCP)
    }

    @Test(.asRoot) func `what a server sends and may not is counted by what it is, here and in the record`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        for (source, destination) in [(40_000, 53), (40_001, 53), (53, 40_002)] as [(UInt16, UInt16)] {
            let query = UDPLayer(from: source, to: destination, payload: [1, 2, 3])
                .ipv4(from: Station.hostAddress, to: Station.routerAddress)
                .ethernet(from: Station.host, to: Station.router).bytes
            lan.server.send(query)
        }
        let segment = IPv4Layer(
            from: Station.hostAddress, to: Station.routerAddress, transportProtocol: 6,
            payload: [0x9C, 0x40, 0, 80] + Array(repeating: 0, count: 16))
        lan.server.send(segment.ethernet(from: Station.host, to: Station.router).bytes)
        lan.server.send(offer)
        #expect(try lan.client.next() == offer)
        let status = try relay.status()
        #expect(status["unsupported-to-client-udp/53"] == "3" && status["unsupported-to-client-tcp/80"] == "1")
        var drops: [String: UInt32] = [:]
        while drops.count < 2 {
            let batch = try recorder.next()
            try recorder.acknowledge(batch)
            for case .drops(let drop) in batch.records where drop.direction == .toClient && drop.reason.contains("/") {
                drops[drop.reason, default: 0] += drop.count
            }
        }
        #expect(drops == ["udp/53": 3, "tcp/80": 1])
    }

    @Test(.asRoot) func `an interface that goes down is told of, and is used again when it is back`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        try lan.setUplink(up: false)
        #expect(try recorder.event("link-down").detail == "ens34 is down or gone; nothing comes from it")
        lan.server.send(offer)
        #expect(try recorder.packet().verdict == .sendFailed)
        try lan.setUplink(up: true)
        let uplink = try StationSocket(on: LAN.uplink, in: lan.hostNamespace)
        try lan.client.warmUp(to: uplink)
        lan.client.send(discover)
        #expect(try lan.server.next() == discover)
        #expect(try recorder.event("link-up").detail == "frames come from ens34 again")
    }

    @Test(.asRoot) func `a link that is gone is told of, and does not keep the relay busy`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay)
        let recorder = try agent.connectRecorder(of: relay)
        try lan.removeUplink()
        #expect(try recorder.event("link-down").detail.contains("ens34"))
        lan.server.send(offer)
        #expect(try recorder.packet().verdict == .sendFailed)
        #expect(try relay.status()["state"] == "forwarding")
        // Hundredths of a second: whoever does not wait uses what there is.
        let before = try relay.processorTime()
        #expect(!becomesReady(relay.process.descriptor.rawValue, within: 500))
        #expect(try relay.processorTime() - before < 10)
    }

    @Test(.asRoot) func `frames that the kernel threw away are told of`() throws {
        let lan = try LAN()
        let relay = try RelayProcess()
        let agent = try Agent(handing: lan, to: relay, receiveBuffer: 4_096)
        let recorder = try agent.connectRecorder(of: relay)
        try relay.process.signal(SIGSTOP)
        for _ in 0..<100 { lan.client.send(discover) }
        try relay.process.signal(SIGCONT)
        let detail = try recorder.event("frames-lost").detail
        let lost = try #require(Int(detail.prefix { $0.isNumber }))
        let passed = try #require(Int(try relay.status()["frames-to-server"] ?? ""))
        #expect(lost + passed == 100 && passed > 0)
        #expect(detail.contains("frames from ens34"))
        #expect(try relay.status()["lost-in-kernel-to-server"] == "\(lost)")
    }

    /// Of each frame that a socket beside the relay's heard, whether its sender left a checksum to its card.
    ///
    /// It does not hear what the relay sends.
    private func checksumsNotReady(at witness: borrowing FramePort) throws -> [Bool] {
        var batch = FrameBatch()
        let count = try batch.receive(from: witness)
        return (0..<count).map { batch.auxiliary(of: $0).checksumNotReady }
    }

    private func hasValidChecksum(_ frame: [UInt8]) -> Bool {
        guard let ethernet = EthernetFrame(ByteView(frame.span.rawBytes)), let packet = IPv4Packet(ethernet.payload),
            let datagram = UDPDatagram(packet)
        else { return false }
        return packet.hasValidHeaderChecksum && datagram.hasValidChecksum
    }
}
