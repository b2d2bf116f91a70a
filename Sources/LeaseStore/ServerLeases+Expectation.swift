internal import Addresses
internal import Packet

/// What the server can say to a request, with what it has of each address.
///
/// A reply names the number of what it answers, and the hardware address: where several requests have the same, or
/// somebody says so, the first one is meant to which the server can have said this.
extension ServerKnowledge {
    /// Whether `reply` is what the server says to `request`, as far as is known.
    ///
    /// - Parameters:
    ///   - reply: the reply.
    ///   - entry: what it may answer.
    ///   - interface: the LAN.
    ///   - time: when the reply was captured, in microseconds since the Unix epoch.
    ///   - holder: who holds the address by the table, if anybody does.
    func isExpected(
        _ reply: ObservedMessage, to entry: PendingRequests.Entry, on interface: String, at time: Int64,
        heldBy holder: LeaseClient?
    ) -> Bool {
        let request = entry.request
        var client = reply.client
        client.identifier = request.clientIdentifier
        let (address, seconds) = (
            reply.messageType == .nak ? request.wanted(of: server) : reply.yourAddress, time / 1_000_000
        )
        guard let address else {
            return server != .dnsmasq || leases.found(for: client, on: interface, at: time) { _ in true } == nil
        }
        if reply.messageType == .ack || reply.messageType == nil, server == .dhcpd || server == .dnsmasq,
            reply.clientAddress != request.repeatedAddress(by: server)
        {
            return false
        }
        // What was given back behind the request was not free yet when the server read that.
        let before = heldBefore(entry.order, address, on: interface)
        let known = before ?? leases[address, interface]
        switch (reply.messageType, request.messageType) {
        case (.offer, .discover):
            guard server == .dhcpd, let network = networks[address] else { return true }
            if let before, !before.isAvailable(to: client, at: seconds) { return false }
            return leases.isOffered(address, to: client, asking: request.wanted(of: server), on: interface, at: seconds)
            {
                network.contains($0)
            }
        case (_, .request) where isElsewhere(address, entry):
            return reply.messageType == .nak
        case (.ack, .request), (.ack, .discover):
            // Kea repeats the identifier, and so says as well that there was none.
            if server == .kea, reply.client.identifier != client.identifier { return false }
            guard let known else { return holder.map(client.isSame) ?? true }
            return leases.canBeGranted(address, of: known, to: client, request, on: interface, at: seconds)
        case (.nak, .request):
            if server == .dnsmasq, isForAnother(request, than: reply.serverIdentifier) { return true }
            guard let known else { return true }
            return !leases.canBeGranted(address, of: known, to: client, request, on: interface, at: seconds)
        case (nil, _):
            if server == .dhcpd, let known { return known.isAvailable(to: client, at: seconds) }
            return (before?.client ?? holder).map(client.isSame) ?? true
        default: return true
        }
    }

    /// Whether the address is of another network than the relay agent of who asks for it: dnsmasq does not give that
    /// (rfc2131.c, `narrow_context`).
    private func isElsewhere(_ address: IPv4Address, _ entry: PendingRequests.Entry) -> Bool {
        guard server == .dnsmasq, let network = entry.relayAddress.flatMap({ networks[$0] }) else { return false }
        return !network.contains(address)
    }

    private func isForAnother(_ request: LeaseRequest, than name: IPv4Address?) -> Bool {
        guard request.isMeant(for: server), let named = request.serverIdentifier else { return false }
        return named != name
    }
}

extension ServerLeases {
    /// Whether a client can have the address for which `request` asks, where it asks.
    fileprivate func canBeGranted(
        _ address: IPv4Address, of entry: Entry, to client: LeaseClient, _ request: LeaseRequest, on interface: String,
        at time: Int64
    ) -> Bool {
        switch server {
        case .dhcpd: return entry.isAvailable(to: client, at: time)
        case .kea, .other: return !entry.isActive(at: time) || entry.client.isSame(as: client)
        case .dnsmasq:
            let found = found(for: client, on: interface, at: time * 1_000_000) { _ in true }
            // What was given back behind the request is not found any longer.
            let had = found == nil && self[address, interface] == nil && entry.client.isSame(as: client)
            return found?.address == address || had
                || !entry.isActive(at: time)
                    && (found == nil || request.serverIdentifier != nil || request.messageType == .discover)
        }
    }

    /// Whether dhcpd gives a client the address when it asks for it.
    func isAvailable(_ address: IPv4Address, to client: LeaseClient, on interface: String, at time: Int64) -> Bool {
        self[address, interface]?.isAvailable(to: client, at: time) ?? true
    }

    /// Whether dhcpd offers this address: the one that the client asks for, if it is free, one that it had, by its identifier
    /// or else by its hardware address, or any one that is free.
    fileprivate func isOffered(
        _ address: IPv4Address, to client: LeaseClient, asking wanted: IPv4Address?, on interface: String,
        at time: Int64, isNear: (IPv4Address) -> Bool
    ) -> Bool {
        if wanted == address { return isAvailable(address, to: client, on: interface, at: time) }
        if let wanted, isNear(wanted), self[wanted, interface] != nil,
            isAvailable(wanted, to: client, on: interface, at: time)
        {
            return false
        }
        let own = entries(of: client, byIdentifier: true, on: interface, isNear: isNear).first
        if let own, own.entry.standing != .abandoned || own.entry.isFree(at: time) { return own.address == address }
        let like = entries(of: client, byIdentifier: false, on: interface, isNear: isNear).first { _, entry in
            entry.isFree(at: time) || entry.client.identifier == nil || entry.client.identifier == client.identifier
        }
        if let like, like.entry.client.identifier == nil || like.entry.client.identifier == client.identifier {
            return like.address == address
        }
        return self[address, interface]?.isActive(at: time) != true
    }

    /// Until when dhcpd or Kea has a lease that it leaves as it is though it answers with `grant`, in seconds since the Unix epoch;
    /// nothing if it takes the grant for it.
    func endLeftAsItIs(by grant: LeaseGrant) -> Int64? {
        guard let entry = self[grant.address, grant.interface],
            isLeftAsItIs(entry, by: grant, at: grant.grantedAt / 1_000_000)
        else { return nil }
        return entry.endsAt
    }
}
