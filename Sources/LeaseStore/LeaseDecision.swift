internal import Addresses

extension LeaseEvent {
    /// What the event changes.
    ///
    /// - Parameters:
    ///   - leases: the newest row of the same address and interface, and the rows of the same client and interface whose
    ///     time is not over; for a renewal the former will do.
    ///   - server: which program serves.
    func changes(to leases: [Lease], by server: LeaseServer) -> [LeaseChange] {
        switch self {
        case .granted(let grant): grant.changes(to: leases, by: server)
        case .returned(let giveBack): giveBack.changes(to: leases, by: server)
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
        if let newest, isRenewal(of: newest, by: server) { return [.renew(id: newest.id, self)] }
        let held = leases.filter { $0.isHeld(at: grantedAt) && $0.interface == interface }.sorted { $0.id < $1.id }
        var grant = self
        grant.client.identifier = server.identifier(of: self, holding: held)
        let left = server.leftBehind(by: self, of: held).map(\.id)
        let superseded = held.filter { $0.id == newest?.id || left.contains($0.id) }
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
        guard let mask = subnetMask?.rawValue else { return lease.relayAddress == relayAddress }
        return lease.address.rawValue & mask == address.rawValue & mask
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

/// A REQUEST that the server denied, and that has made it forget another lease of the client nevertheless.
struct LeaseDenial: Hashable, Sendable {
    let client: LeaseClient
    /// The address that was denied.
    let address: IPv4Address
    /// When, in microseconds since the Unix epoch.
    let deniedAt: Int64

    /// What the NAK in `packet` shows of `request`.
    ///
    /// dnsmasq forgets what a client has when it takes an offer of another address, before it looks whether that can be
    /// had (rfc2131.c, "If a lease exists for this host and another address, squash it"). Other servers do not.
    init?(_ packet: ObservedPacket, answering request: LeaseRequest, by server: LeaseServer) {
        guard server == .dnsmasq, let address = request.requestedAddress, request.serverIdentifier != nil,
            var client = packet.message?.client
        else { return nil }
        client.identifier = request.clientIdentifier
        (self.client, self.address, deniedAt) = (client, address, packet.capturedAt)
    }

    /// The lease that is forgotten, of those that the client holds.
    func changes(to leases: [Lease]) -> [LeaseChange] {
        let held = leases.filter { $0.isHeld(at: deniedAt) }
        guard let lease = LeaseServer.dnsmasq.lease(of: client, in: held), lease.address != address else { return [] }
        return [.end(id: lease.id, .superseded, at: deniedAt)]
    }
}
