internal import Addresses

extension LeaseEvent {
    /// What the event changes.
    ///
    /// - Parameters:
    ///   - leases: what the server finds for the client first, and then the newest row of the same address and interface.
    ///   - server: which program serves.
    func changes(to leases: [Lease], by server: LeaseServer) -> [LeaseChange] {
        switch self {
        case .granted(let grant): grant.changes(to: leases, by: server)
        case .returned(let giveBack): giveBack.changes(to: leases, by: server)
        case .searched(let search): search.changes(to: leases, by: server)
        }
    }
}

extension LeaseGrant {
    /// The same client and address is a renewal.
    ///
    /// Only the newest row of the address can be renewed. Anything else is a new binding: it ends what another client
    /// held at this address, and what this client leaves behind at another.
    fileprivate func changes(to leases: [Lease], by server: LeaseServer) -> [LeaseChange] {
        let newest = leases.filter { $0.address == address && $0.interface == interface }.max { $0.id < $1.id }
        let found = leases.filter { $0.id != newest?.id || $0.isHeld(at: grantedAt) }
        let left = server.leftBehind(by: self, of: found).filter { $0.isHeld(at: grantedAt) && $0.id != newest?.id }
        if let newest, isRenewal(of: newest, by: server) {
            // Others look for what the client has only when it gets something new.
            let ended = server == .dhcpd ? left : []
            return ended.map { .end(id: $0.id, .superseded, at: grantedAt) } + [.renew(id: newest.id, self)]
        }
        let held = leases.filter { $0.isHeld(at: grantedAt) && $0.interface == interface }
        var grant = self
        grant.client.identifier = server.identifier(of: self, holding: held)
        let superseded = held.filter { $0.id == newest?.id } + left
        return overdue(in: leases) + superseded.map { .end(id: $0.id, .superseded, at: grantedAt) } + [.bind(grant)]
    }

    /// Whether the client already has this address by `lease`: no other row matters then.
    ///
    /// Somebody who calls himself otherwise gets a row of his own, though the server may take both for one client: the
    /// row says who held the address as of its beginning.
    func isRenewal(of lease: Lease, by server: LeaseServer) -> Bool {
        guard lease.address == address, lease.interface == interface, lease.isHeld(at: grantedAt),
            lease.client.hasHardware(of: client)
        else { return false }
        return lease.client.identifier == client.identifier || !isIdentifierKnown || (isBOOTP && server == .dnsmasq)
            || (client.identifier == nil && server.keepsIdentifier)
    }

    /// Whether `lease` is in the same network: as the server says by its mask, or else by the relay agent.
    func isNear(_ lease: Lease) -> Bool {
        subnetMask == nil ? lease.relayAddress == relayAddress : isNear(lease.address)
    }

    /// Whether another address is in the same network, where the server says its mask.
    func isNear(_ other: IPv4Address) -> Bool {
        guard let mask = subnetMask?.rawValue else { return false }
        return other.rawValue & mask == address.rawValue & mask
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
    /// It is a claim that anybody can send: it counts where the server believes it, and changes nothing otherwise.
    fileprivate func changes(to leases: [Lease], by server: LeaseServer) -> [LeaseChange] {
        let newest = leases.filter { $0.address == address && $0.interface == interface }.max { $0.id < $1.id }
        guard let newest, newest.isHeld(at: returnedAt),
            server.accepts(self, of: newest, beside: leases.filter { $0.id != newest.id })
        else { return [] }
        return [.end(id: newest.id, state, at: returnedAt)]
    }
}
