import Addresses
import Messages
import Testing

@Suite("Messages between components")
struct MessageTests {
    static func network(_ gateway: IPv4Address?) throws -> AttachedNetwork {
        let interface = try #require(InterfaceName("ens34"))
        return try #require(
            AttachedNetwork(
                interface: interface, address: IPv4Address(192, 168, 50, 2), prefixLength: 24, gateway: gateway))
    }

    static func container() throws -> AttachedNetwork {
        let interface = try #require(InterfaceName("eth0"))
        let gateway = IPv4Address(172, 17, 0, 1)
        return try #require(
            AttachedNetwork(
                interface: interface, address: IPv4Address(172, 17, 0, 3), prefixLength: 16, gateway: gateway))
    }

    /// A link with more than its network tells of.
    static func furnishedLink() throws -> Link {
        let label = "ens34:1"
        let link = Link(macAddress: MACAddress(2, 0, 0, 0, 0, 3), network: try network(nil))
        let address = try #require(
            InterfaceAddress(
                IPv4Address(10, 0, 0, 1), prefixLength: 32, peer: IPv4Address(10, 0, 0, 2), scope: 253,
                flags: [.secondary, .noPrefixRoute], metric: 7, label: label))
        let far = try #require(IPv4Network(containing: IPv4Address(10, 9, 0, 0), prefixLength: 16))
        let shared = try #require(
            InterfaceRoute(
                to: far, typeOfService: 16, origin: 16, scope: 0, metric: 1, source: IPv4Address(10, 0, 0, 1),
                mtu: 1_400,
                nextHops: [
                    .init(gateway: IPv4Address(192, 168, 50, 1), isOnLink: true), .init(gateway: nil, weight: 3),
                ]))
        let refused = try #require(InterfaceRoute(to: far, .unreachable, origin: 4, scope: 0, nextHops: []))
        return link.with(addresses: link.addresses + [address], routes: link.routes + [shared, refused])
    }

    static func examples() throws -> [Message] {
        let interface = try #require(InterfaceName("fifteencharname"))
        var start = StartRecord(startedAt: 1_700_000_000_000_000, uplink: "lan", serverCommand: "dhcpd -f")
        start.outcome = "ready"
        start.phases.ready = 12_000
        let packet = PacketRecord(
            capturedAt: .max, interface: interface, direction: .toClient, verdict: .foreignServer, frame: [1, 2, 3])
        let records: [Record] = [
            .packet(packet), .start(start), .event(EventRecord(happenedAt: 1, kind: "gap", detail: "Grüße 🧦")),
            .drops(DropRecord(countedAt: 2, interface: interface, direction: .toClient, count: 3, reason: "udp/53")),
            .flow(
                FlowRecord(
                    beganAt: 3, duration: 4, door: "--publish 7911/tcp", kind: .stream, peer: IPv4Address(10, 0, 0, 9),
                    peerPort: 4_711, bytesToServer: 5, bytesFromServer: 6, ending: .resetByPeer)),
        ]
        return [
            .networks(
                Networks(
                    elapsed: 123, networks: [try network(IPv4Address(192, 168, 50, 1)), try network(nil)],
                    instance: 0x0123_4567_89AB_CDEF, selection: .all)),
            .networks(Networks(elapsed: 0, networks: [])),
            .links([
                Link(macAddress: MACAddress(2, 0, 0, 0, 0, 1), network: try network(nil)),
                Link(
                    macAddress: MACAddress(2, 0, 0, 0, 0, 2), mtu: 9_000, network: try network(nil),
                    container: try container()),
                Link(
                    macAddress: MACAddress(2, 0, 0, 0, 0, 3), network: .init(unaddressed: interface), hasUplink: false),
            ]),
            .links([try Self.furnishedLink()], of: .standby),
            .namespace, .listening(true), .listening(false),
            .recordsTo, .recordsFrom(.relay), .statusRequest, .failoverRequest, .drained, .recordsMemory,
            .standby(try #require(SilenceThreshold(duration: 10_000_000, clients: 3))), .destination(.draining),
            .destination(.nobody), .destination(.server(.first)), .destination(.server(.standby)),
            .silence(Silence(clients: 4, duration: 10_000_000, stage: .unanswered)),
            .caughtUp(true), .caughtUp(false), .flows, .endFlows(start: 7),
            .flow(FlowOrder(number: .max, start: 1, door: 127, kind: .datagrams, limit: 256, idle: 60_000)),
            .flowEnded(FlowEnd(number: 8, bytesToServer: 9, bytesFromServer: 10, ending: .lost)),
            .records(RecordBatch(source: .relay, instance: .max, sequence: 7, lost: 9, records: records)),
            .acknowledgement(Acknowledgement(instance: 1, sequence: .max)),
            .status(Status(component: .relay, fields: [.init("frames-to-server", 5), .init("empty", "")])),
        ]
    }

    @Test func `every message is read as it was written`() throws {
        for message in try Self.examples() {
            #expect(try Message(decoding: message.encoded()) == message)
        }
    }

    @Test func `every kind has an example here`() throws {
        #expect(try Set(Self.examples().map(\.kind)) == Set(MessageKind.allCases))
    }

    @Test func `no part of a message is a message`() throws {
        for message in try Self.examples() {
            let bytes = message.encoded()
            for length in 0..<bytes.count {
                #expect(throws: MessageError.self) { try Message(decoding: Array(bytes.prefix(length))) }
            }
            #expect(throws: MessageError.wrongLength) { try Message(decoding: bytes + [0]) }
        }
    }

    @Test func `a prefix with a length to match it is refused too`() throws {
        for message in try Self.examples() {
            let bytes = message.encoded()
            for length in 12..<max(bytes.count, 12) {
                var lying = Array(bytes.prefix(length))
                lying[10] = UInt8(length >> 8)
                lying[11] = UInt8(length & 0xFF)
                #expect(throws: MessageError.self) { try Message(decoding: lying) }
            }
        }
    }

    @Test func `any change of one byte is refused or is another message, never a crash`() throws {
        for message in try Self.examples() {
            let bytes = message.encoded()
            for position in bytes.indices {
                for value in [0, 1, 0x7F, 0x80, 0xFF, bytes[position] ^ 1] where value != bytes[position] {
                    var changed = bytes
                    changed[position] = value
                    guard let other = try? Message(decoding: changed) else { continue }
                    #expect(other != message)
                }
            }
        }
    }

    @Test func `what is wrong with a header is said`() {
        #expect(throws: MessageError.wrongMagic) { try Message(decoding: Array(repeating: 0, count: 12)) }
        var bytes = Message.statusRequest.encoded()
        bytes[4] = 9
        #expect(throws: MessageError.unsupportedVersion(9)) { try Message(decoding: bytes) }
        bytes = Message.statusRequest.encoded()
        bytes[5] = 200
        #expect(throws: MessageError.unknownKind(200)) { try Message(decoding: bytes) }
    }

    @Test func `a threshold that is none, and a server, destination or stage that does not exist, are refused`() throws
    {
        #expect(SilenceThreshold(duration: 0, clients: 1) == nil && SilenceThreshold(duration: 1, clients: 0) == nil)
        var bytes = Message.standby(try #require(SilenceThreshold(duration: 1, clients: 1))).encoded()
        bytes[bytes.count - 1] = 0
        #expect(throws: MessageError.invalidField("threshold")) { try Message(decoding: bytes) }
        bytes = Message.links([try Self.furnishedLink()]).encoded()
        for number in [0, 3] as [UInt8] {
            bytes[bytes.count - 1] = number
            #expect(throws: MessageError.invalidField("place")) { try Message(decoding: bytes) }
        }
        bytes = Message.destination(.nobody).encoded()
        bytes[12] = 4
        #expect(throws: MessageError.invalidField("destination")) { try Message(decoding: bytes) }
        bytes = Message.silence(Silence(clients: 1, duration: 1, stage: .asked)).encoded()
        bytes[bytes.count - 1] = 3
        #expect(throws: MessageError.invalidField("stage")) { try Message(decoding: bytes) }
    }

    @Test(arguments: [1, 126])
    func `there are 1 to 126 links`(count: Int) throws {
        let link = Link(macAddress: MACAddress(2, 0, 0, 0, 0, 1), network: try Self.network(nil))
        var bytes = Message.links(Array(repeating: link, count: count)).encoded()
        #expect(try Message(decoding: bytes) == .links(Array(repeating: link, count: count)))
        bytes[12] = count == 1 ? 0 : 127
        #expect(throws: MessageError.invalidField("number of links")) { try Message(decoding: bytes) }
    }

    @Test func `a container without a gateway, or an uplink that does not exist, is refused`() throws {
        let link = Link(
            macAddress: MACAddress(2, 0, 0, 0, 0, 1), network: try Self.network(nil), container: try Self.container())
        let bytes = Message.links([link]).encoded()
        #expect(try Message(decoding: bytes) == .links([link]))
        var astray = bytes
        astray.replaceSubrange(12 + 1 + 38 + 20..<12 + 1 + 38 + 24, with: [0, 0, 0, 0])
        #expect(throws: MessageError.invalidField("container")) { try Message(decoding: astray) }
        astray = bytes
        astray[12 + 1 + 37] = 3
        #expect(throws: MessageError.invalidField("uplink")) { try Message(decoding: astray) }
    }

    @Test func `as many addresses and routes are told as there is room for, the ways to the most first`() throws {
        let link = try Self.furnishedLink()
        #expect(Link.fitting([link]).links == [link])
        let everything = try #require(IPv4Network(containing: .unspecified, prefixLength: 0))
        let gateway = InterfaceRoute.NextHop(gateway: IPv4Address(192, 168, 50, 1))
        let standard = try #require(InterfaceRoute(to: everything, origin: 4, scope: 0, nextHops: [gateway]))
        let many = try (0..<4_000).map { number in
            let network = IPv4Network(
                containing: IPv4Address(rawValue: 0x0A00_0000 + UInt32(number) << 8), prefixLength: 24)
            return try #require(network.flatMap { InterfaceRoute(to: $0, origin: 4, scope: 0, nextHops: [gateway]) })
        }
        let full = link.with(addresses: link.addresses, routes: many + [standard] + link.routes)
        let (fitting, leftOut) = Link.fitting([full, link])
        #expect(
            fitting[0].addresses == link.addresses
                && fitting[0].routes.count + leftOut == many.count + 1 + link.routes.count)
        #expect(fitting[0].routes.suffix(1 + link.routes.count) == [standard] + link.routes && fitting[1] == link)
        let bytes = Message.links(fitting).encoded()
        #expect(bytes.count <= Message.maximumLength && bytes.count > Message.maximumLength - 64)
        #expect(try Message(decoding: bytes) == .links(fitting))
    }

    @Test func `a flow that has no kind, no limit or no ending is refused`() throws {
        let order = FlowOrder(number: 1, start: 1, door: 1, kind: .stream, limit: 1, idle: 0)
        var bytes = Message.flow(order).encoded()
        bytes[25] = 3
        #expect(throws: MessageError.invalidField("kind of flow")) { try Message(decoding: bytes) }
        bytes[25] = 1
        bytes[27] = 0
        #expect(throws: MessageError.invalidField("limit")) { try Message(decoding: bytes) }
        bytes = Message.flowEnded(FlowEnd(number: 1, bytesToServer: 0, bytesFromServer: 0, ending: .idle)).encoded()
        bytes[bytes.count - 1] = 11
        #expect(throws: MessageError.invalidField("ending")) { try Message(decoding: bytes) }
    }

    @Test func `what is neither true nor false is refused`() throws {
        var bytes = Message.listening(true).encoded()
        bytes[12] = 2
        #expect(throws: MessageError.invalidField("listening")) { try Message(decoding: bytes) }
    }

    @Test func `a gateway outside of its network is refused`() throws {
        var bytes = Message.networks(Networks(elapsed: 0, networks: [try Self.network(IPv4Address(192, 168, 50, 1))]))
            .encoded()
        bytes[bytes.count - 3] = 99
        #expect(throws: MessageError.invalidField("network")) { try Message(decoding: bytes) }
    }
}
