import Addresses
@testable import LeaseStore

/// The `leases` table without a database: carries out what events change, and nothing else.
struct LeaseRows {
    private struct Row {
        var lease: Lease
        var boundAt: Int64
        var renewedAt: Int64?
        var endedAt: Int64?
    }

    private let server: LeaseServer
    private var rows: [Row] = []

    init(server: LeaseServer) {
        self.server = server
    }

    var count: Int { rows.count }

    mutating func apply(_ event: LeaseEvent) {
        for change in event.changes(to: leases(concernedBy: event), by: server) { apply(change) }
    }

    /// Every row as `LeaseModel` tells it.
    var texts: [String] {
        rows.map { row in
            let lease = row.lease
            let fields: [(any CustomStringConvertible)?] = [
                lease.interface, lease.address, lease.client.hardwareType, lease.client.hardwareAddress,
                lease.client.identifier,
                lease.relayAddress, lease.state.rawValue, row.boundAt, row.renewedAt, lease.expiresAt, row.endedAt,
            ]
            return fields.map { $0?.description ?? "-" }.joined(separator: " ")
        }
    }

    /// What `LeaseEvent.changes` asks for.
    private func leases(concernedBy event: LeaseEvent) -> [Lease] {
        let newest = rows.last { $0.lease.address == event.address && $0.lease.interface == event.interface }?.lease
        var leases = newest.map { [$0] } ?? []
        for row in rows where row.lease.interface == event.interface && row.lease.id != newest?.id {
            let (client, other) = (row.lease.client, event.client)
            let isOfClient = client.hardwareAddress == other.hardwareAddress || client.identifier == other.identifier
            if isOfClient, row.lease.isHeld(at: event.time) { leases.append(row.lease) }
        }
        return leases
    }

    private mutating func apply(_ change: LeaseChange) {
        switch change {
        case .bind(let grant):
            rows.append(Row(lease: Lease(id: Int64(rows.count), grant), boundAt: grant.grantedAt))
        case .renew(let id, let grant):
            rows[Int(id)].lease = Lease(id: id, grant, after: rows[Int(id)].lease)
            rows[Int(id)].renewedAt = grant.grantedAt
            rows[Int(id)].endedAt = nil
        case .end(let id, let state, let time):
            rows[Int(id)].lease = Lease(rows[Int(id)].lease, state)
            rows[Int(id)].endedAt = time
        }
    }
}

extension Lease {
    /// The lease that the grant gives; what it does not say stays as it was `before`.
    fileprivate init(id: Int64, _ grant: LeaseGrant, after before: Lease? = nil) {
        self.init(
            id: id, address: grant.address, client: before?.client ?? grant.client,
            serverIdentifier: grant.serverIdentifier ?? before?.serverIdentifier, interface: grant.interface,
            relayAddress: grant.relayAddress ?? before?.relayAddress, state: .bound, expiresAt: grant.expiresAt)
    }

    /// The lease in another state.
    fileprivate init(_ lease: Lease, _ state: LeaseState) {
        self.init(
            id: lease.id, address: lease.address, client: lease.client, serverIdentifier: lease.serverIdentifier,
            interface: lease.interface, relayAddress: lease.relayAddress, state: state, expiresAt: lease.expiresAt)
    }
}
