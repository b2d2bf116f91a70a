import Addresses
import Messages
import Packet
import PacketTesting
import Testing

@testable import LeaseStore

/// The `leases` table as plain values, to compare the real one with.
private struct LeaseModel {
    struct Row: Hashable {
        var lease: Lease
        var boundAt: Int64
        var renewedAt: Int64?
        var endedAt: Int64?
    }

    private(set) var rows: [Row] = []

    mutating func apply(_ event: LeaseEvent) {
        for change in event.changes(to: concerned(by: event)) { apply(change) }
    }

    mutating func expire(before time: Int64) {
        for index in rows.indices where rows[index].lease.state == .bound {
            guard let end = rows[index].lease.expiresAt, end <= time else { continue }
            rows[index].lease = rows[index].lease.changed(to: .expired)
            rows[index].endedAt = end
        }
    }

    private func concerned(by event: LeaseEvent) -> [Lease] {
        let leases = rows.map(\.lease).filter { $0.interface == event.interface }
        let newest = leases.last { $0.address == event.address }
        guard case .granted(let grant) = event else { return newest.map { [$0] } ?? [] }
        let others = leases.filter { lease in
            lease.id != newest?.id && (lease.expiresAt ?? .max) > grant.grantedAt
                && (lease.client.hardwareAddress == grant.client.hardwareAddress
                    || lease.client.identifier != nil && lease.client.identifier == grant.client.identifier)
        }
        return (newest.map { [$0] } ?? []) + others
    }

    private mutating func apply(_ change: LeaseChange) {
        switch change {
        case .bind(let grant):
            let lease = Lease(
                id: Int64(rows.count + 1), address: grant.address, client: grant.client,
                serverIdentifier: grant.serverIdentifier, interface: grant.interface,
                relayAddress: grant.relayAddress, state: .bound, expiresAt: grant.expiresAt)
            rows.append(Row(lease: lease, boundAt: grant.grantedAt))
        case .renew(let id, let grant):
            let old = rows[Int(id) - 1].lease
            let client = LeaseClient(
                hardwareAddress: grant.client.hardwareAddress ?? old.client.hardwareAddress,
                identifier: grant.client.identifier ?? old.client.identifier)
            rows[Int(id) - 1].lease = Lease(
                id: id, address: old.address, client: client,
                serverIdentifier: grant.serverIdentifier ?? old.serverIdentifier, interface: old.interface,
                relayAddress: grant.relayAddress ?? old.relayAddress, state: .bound, expiresAt: grant.expiresAt)
            rows[Int(id) - 1].renewedAt = grant.grantedAt
            rows[Int(id) - 1].endedAt = nil
        case .end(let id, let state, let time):
            rows[Int(id) - 1].lease = rows[Int(id) - 1].lease.changed(to: state)
            rows[Int(id) - 1].endedAt = time
        }
    }

    /// Addresses and clients that are held twice at `time`: none, if all is right.
    func conflicts(at time: Int64) -> [[Lease]] {
        let held = rows.map(\.lease).filter { $0.state == .bound && $0.isHeld(at: time) }
        return held.indices.flatMap { first in
            held[(first + 1)...].filter { $0.interface == held[first].interface && $0.address == held[first].address }
                .map { [held[first], $0] }
        }
    }

    var texts: [String] {
        rows.map { row in
            let lease = row.lease
            let fields: [(any CustomStringConvertible)?] = [
                lease.id, lease.address, lease.client.hardwareAddress, lease.client.identifier, lease.interface,
                lease.relayAddress, lease.state.rawValue, row.boundAt, row.renewedAt, lease.expiresAt, row.endedAt,
            ]
            return fields.map { $0?.description ?? "-" }.joined(separator: " ")
        }
    }
}

extension Lease {
    fileprivate func changed(to state: LeaseState) -> Lease {
        Lease(
            id: id, address: address, client: client, serverIdentifier: serverIdentifier, interface: interface,
            relayAddress: relayAddress, state: state, expiresAt: expiresAt)
    }
}

/// Numbers that look random and are the same in every run.
private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite struct LeaseModelTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `whatever clients do, the table is what the decisions say, and no address is held twice`(seed: UInt64) throws {
        let database = try TemporaryDatabase()
        let store = try LeaseStore(path: database.path)
        var numbers = Numbers(state: seed &* 0x9E37_79B9_7F4A_7C15)
        var model = LeaseModel()
        var time = UInt64.noon
        for step in 1...250 as ClosedRange<UInt32> {
            time =
                time + .random(in: 0...30, using: &numbers) * .second - .random(in: 0...10, using: &numbers) * .second
            if UInt8.random(in: 0..<10, using: &numbers) == 0 {
                model.expire(before: Int64(time))
                try store.expireLeases(at: time)
            }
            let records = someRecords(at: time, transaction: step, &numbers)
            try database.store(records, in: store)
            for event in events(in: records) { model.apply(event) }
            try #require(model.conflicts(at: Int64(time)) == [], "step \(step)")
        }
        let table = try database.rows(
            """
            SELECT id, address, client_mac, client_identifier, interface, relay_address, state, bound_at, renewed_at,
            expires_at, ended_at FROM leases ORDER BY id
            """)
        #expect(table == model.texts)
        #expect(table.count > 50)
    }

    /// What a few clients on two LANs could send and be sent.
    private func someRecords(at time: UInt64, transaction: UInt32, _ numbers: inout Numbers) -> [Messages.Record] {
        let stations = [Station.client, Station.stranger, Station.router]
        let identifiers: [[UInt8]?] = [nil, nil, [0xFF, 1], [0xFF, 2]]
        var client = Client(transaction: transaction)
        client.hardwareAddress = stations[Int.random(in: 0..<3, using: &numbers)]
        client.identifier = identifiers[Int.random(in: 0..<4, using: &numbers)]
        client.interface = Bool.random(using: &numbers) ? "ens34" : "ens35"
        client.relay = Int.random(in: 0..<4, using: &numbers) == 0 ? Station.routerAddress : .unspecified
        let address = IPv4Address(192, 168, 50, .random(in: 101...105, using: &numbers))
        let seconds: [UInt32] = [0, 10, 60, 60, 600, .max]
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0: return [client.release(address, at: time)]
        case 1: return [client.decline(address, at: time)]
        case 2: return [client.bootReply(address, at: time)]
        case 3: return [client.inform(address, at: time), client.ack(address, for: 60, at: time)]
        case 4: return [client.ack(address, for: 60, at: time)]
        default:
            let granted = seconds[Int.random(in: 0..<6, using: &numbers)]
            return [client.request(address, at: time), client.ack(address, for: granted, at: time)]
        }
    }

    /// What the packets say about leases; each is a request, or a reply to the one before.
    private func events(in records: [Messages.Record]) -> [LeaseEvent] {
        let packets = records.compactMap { record -> ObservedPacket? in
            guard case .packet(let packet) = record else { return nil }
            return ObservedPacket(packet)
        }
        let first = packets.first { $0.direction == .toServer }?.message
        let request = first.map {
            LeaseRequest(
                isInform: $0.messageType == .inform, clientIdentifier: $0.client.identifier, hostName: $0.hostName)
        }
        return packets.compactMap { LeaseEvent($0, request: $0.direction == .toClient ? request : nil) }
    }
}
