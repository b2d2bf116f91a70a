internal import Addresses

extension LeaseEvent {
    /// What the event changes.
    ///
    /// - Parameter leases: the newest row of the same address and interface; for a grant, also the rows of the same
    ///   client and interface whose time is not over.
    func changes(to leases: [Lease]) -> [LeaseChange] {
        switch self {
        case .granted(let grant): grant.changes(to: leases)
        case .returned(let giveBack): giveBack.changes(to: leases)
        }
    }
}

extension LeaseGrant {
    /// The same client and address is a renewal.
    ///
    /// Only the newest row of the address can be renewed. Anything else is a new binding: it ends what another client held at this address, and what this client held at
    /// another address of the same LAN.
    fileprivate func changes(to leases: [Lease]) -> [LeaseChange] {
        let newest = leases.filter { $0.address == address && $0.interface == interface }.max { $0.id < $1.id }
        if let newest, isRenewal(of: newest) { return [.renew(id: newest.id, self)] }
        let held = leases.filter { $0.isHeld(at: grantedAt) && $0.interface == interface }
        let superseded = held.filter { $0.id == newest?.id || isReplacing($0) }
        return overdue(in: leases) + superseded.map { .end(id: $0.id, .superseded, at: grantedAt) } + [.bind(self)]
    }

    /// Whether the client already has this address by `lease`: no other row matters then.
    func isRenewal(of lease: Lease) -> Bool {
        lease.address == address && lease.interface == interface && lease.isHeld(at: grantedAt)
            && lease.client.isSame(as: client)
    }

    /// A client that is reached through different relay agents is on different LANs, and may hold an address on each.
    private func isReplacing(_ lease: Lease) -> Bool {
        lease.client.isSame(as: client) && lease.relayAddress == relayAddress
    }

    /// A row of this address whose time was over before must not stay bound beside the new one.
    private func overdue(in leases: [Lease]) -> [LeaseChange] {
        leases.compactMap { lease in
            guard lease.state == .bound, lease.address == address, lease.interface == interface,
                let end = lease.expiresAt, end <= grantedAt
            else { return nil }
            return .end(id: lease.id, .expired, at: end)
        }
    }
}

extension LeaseReturn {
    /// Only the client that holds the address can give it back, and only to the server that it has it from.
    ///
    /// Anything else changes nothing.
    fileprivate func changes(to leases: [Lease]) -> [LeaseChange] {
        let held = leases.first {
            $0.interface == interface && $0.address == address && $0.isHeld(at: returnedAt)
                && $0.client.isSame(as: client) && isMeant($0.serverIdentifier)
        }
        return held.map { [.end(id: $0.id, state, at: returnedAt)] } ?? []
    }

    private func isMeant(_ server: IPv4Address?) -> Bool {
        server == nil || serverIdentifier == nil || server == serverIdentifier
    }
}
