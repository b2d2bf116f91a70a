internal import Addresses
internal import Messages
internal import Packet

/// A client that asks for an address elsewhere, of which the server forgets at once what it has, whatever the reply.
struct LeaseSearch: Hashable, Sendable {
    /// What is forgotten: what the client has, but for what it asks for.
    enum Scope: Hashable, Sendable {
        /// All but this address.
        case besides(IPv4Address)
        /// What is not in this network.
        case outside(KnownNetworks.Network)
        /// What is in this network, but for this address, which must be one that the client can have.
        case inside(KnownNetworks.Network, besides: IPv4Address)

        func contains(_ address: IPv4Address) -> Bool {
            switch self {
            case .besides(let wanted): wanted != address
            case .outside(let network): !network.contains(address)
            case .inside(let network, let wanted): network.contains(address) && address != wanted
            }
        }
    }

    var client: LeaseClient
    var scope: Scope
    var interface: String
    /// When, in microseconds since the Unix epoch.
    var searchedAt: Int64
}

extension LeaseSearch {
    /// What a REQUEST to which `packet` is the NAK has made the server forget.
    ///
    /// dnsmasq forgets what a client has when it takes an offer of another address, before it looks whether that can be
    /// had (rfc2131.c, "If a lease exists for this host and another address, squash it"). Other servers do not.
    init?(_ packet: ObservedPacket, answering request: LeaseRequest, by server: LeaseServer) {
        guard server == .dnsmasq, let address = request.requestedAddress, request.serverIdentifier != nil,
            var client = packet.message?.client
        else { return nil }
        client.identifier = request.clientIdentifier
        self.init(
            client: client, scope: .besides(address), interface: packet.interface, searchedAt: packet.capturedAt)
    }

    /// What a request makes the server forget, whether or not there is a reply to it.
    init?(_ packet: ObservedPacket, _ known: ServerKnowledge) {
        guard packet.direction == .toServer, packet.verdict == .forwarded, let message = packet.message,
            message.operation == .request
        else { return nil }
        switch (known.server, message.messageType) {
        case (.dnsmasq, nil): self.init(bootp: message, in: packet, known)
        case (.dhcpd, .request): self.init(request: message, in: packet, known)
        default: return nil
        }
    }

    /// dnsmasq forgets what a client has in another network before it looks whether there is a free address in this one
    /// (rfc2131.c, "lease exists, wrong network"), and does not look at the identifier.
    private init?(bootp message: ObservedMessage, in packet: ObservedPacket, _ known: ServerKnowledge) {
        guard message.client.hardwareAddress != nil else { return nil }
        let named = message.relayAddress == nil ? message.clientAddress.flatMap { known.networks[$0] } : nil
        guard let network = named ?? known.network(of: message, on: packet.interface) else { return nil }
        let client = LeaseClient(
            hardwareType: message.client.hardwareType, hardwareAddress: message.client.hardwareAddress)
        self.init(
            client: client, scope: .outside(network), interface: packet.interface, searchedAt: packet.capturedAt)
    }

    /// dhcpd frees what a client has where it asks for another address before it looks whether it is there (dhcp.c,
    /// `find_lease`, which is called for the network of the address).
    private init?(request message: ObservedMessage, in packet: ObservedPacket, _ known: ServerKnowledge) {
        guard message.client.identifier != nil, message.clientAddress == nil, let address = message.requestedAddress,
            let network = known.networks[address], network != known.network(of: message, on: packet.interface)
        else { return nil }
        self.init(
            client: message.client, scope: .inside(network, besides: address), interface: packet.interface,
            searchedAt: packet.capturedAt)
    }

    /// The lease that is forgotten, of those that the server finds for the client.
    func changes(to leases: [Lease], by server: LeaseServer) -> [LeaseChange] {
        let held = leases.filter { $0.isHeld(at: searchedAt) }
        let lease =
            server == .dhcpd
            ? held.first { $0.client.identifier == client.identifier && scope.contains($0.address) }
            : server.lease(of: client, in: held)
        guard let lease, scope.contains(lease.address) else { return [] }
        return [.end(id: lease.id, .superseded, at: searchedAt)]
    }
}
