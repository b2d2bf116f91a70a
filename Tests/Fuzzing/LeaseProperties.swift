import Addresses
@testable import LeaseStore
@testable import LeaseStoreTests
import Messages
import Packet
import PacketTesting

/// No frame stops the derivation of leases, and a course of packets leaves the leases that somebody would write down.
enum LeaseProperties {
    static func check(_ input: inout FuzzInput) {
        if input.byte() & 1 == 0 { checkFrame(&input) } else { checkCourse(&input) }
    }

    // MARK: A frame as it comes from the relay

    private static func checkFrame(_ input: inout FuzzInput) {
        let record = PacketRecord(
            capturedAt: input.number(), interface: FuzzNetworks.host.interface,
            direction: input.choice([.toServer, .toClient]), verdict: input.choice([.forwarded, .malformedDHCP]),
            frame: input.rest)
        let packet = ObservedPacket(record)
        if let name = packet.message?.hostName { require(!name.isEmpty, "no name is nothing") }
        var request = LeaseRequest(input.choice([.discover, .request, nil]))
        (request.clientIdentifier, request.hostName) = ("01", "laptop")
        guard let event = LeaseEvent(packet, answering: request) else { return }
        let lasts = check(event, of: packet)
        var leases = LeaseRows(server: input.choice([.other, .dhcpd, .kea, .dnsmasq]))
        leases.apply(event)
        leases.apply(event)
        require(leases.count <= 1 || !lasts, "the same said again is a renewal")
    }

    /// What is wrong with what a packet does to leases; says whether the lease lasts.
    ///
    /// A function of its own: the compiler of Swift 6.3 fails on both in one.
    @inline(never)
    private static func check(_ event: LeaseEvent, of packet: ObservedPacket) -> Bool {
        require(packet.verdict == .forwarded, "what was dropped changes nothing")
        require(packet.mayConcernLeases, "what changes leases is not passed over")
        var lasts = true
        switch event {
        case .granted(let grant):
            // A lease of no seconds is over at once; at the end of all time every lease is one.
            lasts = grant.expiresAt.map { $0 > grant.grantedAt } ?? true
            require(packet.direction == .toClient && packet.message?.operation == .reply, "servers grant")
            require(grant.grantedAt <= grant.expiresAt ?? .max, "time goes on")
            require(grant.address != .unspecified, "no address is none")
        case .returned:
            require(packet.direction == .toServer && packet.message?.operation == .request, "clients give back")
        case .searched: require(false, "it takes more than a packet to know that")
        }
        return lasts
    }

    // MARK: A course of packets

    private static func checkCourse(_ input: inout FuzzInput) {
        var course = LeaseCourse()
        for _ in 0..<12 where !input.isEmpty { course.step(&input) }
        require(course.texts == course.model.texts, "\(course.texts) is not \(course.model.texts)")
    }
}

/// A few clients and a server that say what libFuzzer wants them to.
private struct LeaseCourse {
    private(set) var model = LeaseModel()
    private var leases = LeaseRows(server: .other)
    private var time: UInt64 = 1_700_000_000_000_000

    /// Somebody, and how the database writes who that is.
    private struct Party {
        let holder: LeaseModel.Holder
        let client: LeaseClient
    }

    private static let parties: [Party] = [(1, Station.client), (1, Station.stranger), (6, Station.client)].flatMap {
        (type, station) in
        ([nil, [0xFF, 1], [0xFF, 2]] as [[UInt8]?]).map { identifier in
            Party(
                holder: LeaseModel.Holder(hardwareType: type, hardwareAddress: station, identifier: identifier),
                client: LeaseClient(
                    hardwareType: type, hardwareAddress: station.description,
                    identifier: identifier.map { String(hexadecimal: $0) }))
        }
    }

    var texts: [String] { leases.texts }

    mutating func step(_ input: inout FuzzInput) {
        let what = input.byte()
        time += UInt64(input.byte()) * 1_000_000
        if what & 0x80 != 0 { time -= 20 * 1_000_000 }
        let party = input.choice(Self.parties)
        let address = IPv4Address(192, 168, 50, 101 + input.byte() % 4)
        let interface = what & 0x40 == 0 ? "ens34" : "ens35"
        let relay = what & 0x20 == 0 ? IPv4Address.unspecified : Station.routerAddress
        switch what & 7 {
        case 0: giveBack(.release, address, interface, relay, party)
        case 1: giveBack(.decline, address, interface, relay, party)
        default:
            let seconds: UInt32 = input.choice([0, 1, 10, 60, 600, 100_000, .max])
            grant(address, interface, relay, party, seconds: what & 7 == 2 ? nil : seconds)
        }
    }

    private mutating func grant(
        _ address: IPv4Address, _ interface: String, _ relay: IPv4Address, _ party: Party, seconds: UInt32?
    ) {
        var message = ObservedMessage(operation: .reply, messageType: seconds == nil ? nil : .ack)
        message.yourAddress = address
        message.leaseSeconds = seconds
        message.relayAddress = relay == .unspecified ? nil : relay
        message.client = party.client
        message.client.identifier = nil
        var request = LeaseRequest(seconds == nil ? nil : .request)
        request.clientIdentifier = party.client.identifier
        apply(message, .toClient, interface, request: request)
        let end = seconds.flatMap { $0 == .max ? nil : time + UInt64($0) * 1_000_000 }
        model.grant(
            LeaseModel.Entry(
                interface: interface, address: address, relay: relay, holder: party.holder, boundAt: time,
                expiresAt: end))
    }

    private mutating func giveBack(
        _ type: DHCPMessageType, _ address: IPv4Address, _ interface: String, _ relay: IPv4Address, _ party: Party
    ) {
        var message = ObservedMessage(operation: .request, messageType: type)
        message.clientAddress = type == .release ? address : nil
        message.requestedAddress = type == .release ? nil : address
        message.client = party.client
        message.relayAddress = relay == .unspecified ? nil : relay
        apply(message, .toServer, interface, request: nil)
        model.giveBack(
            address, on: interface, through: relay, by: party.holder, as: type == .release ? "released" : "declined",
            at: time)
    }

    private mutating func apply(
        _ message: ObservedMessage, _ direction: Direction, _ interface: String, request: LeaseRequest?
    ) {
        let packet = ObservedPacket(
            capturedAt: Int64(time), interface: interface, direction: direction, message: message)
        guard let event = LeaseEvent(packet, answering: request) else { return require(false, "a lease is concerned") }
        leases.apply(event)
    }
}
