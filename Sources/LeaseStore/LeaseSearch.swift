internal import Addresses
internal import Messages
internal import Packet

/// A client that asks for an address elsewhere, of which dnsmasq forgets at once what it has.
struct LeaseSearch: Hashable, Sendable {
    /// Where it wants to be.
    enum Target: Hashable, Sendable {
        case address(IPv4Address)
        case network(KnownNetworks.Network)

        func contains(_ address: IPv4Address) -> Bool {
            switch self {
            case .address(let wanted): wanted == address
            case .network(let network): network.contains(address)
            }
        }
    }

    var client: LeaseClient
    var target: Target
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
            client: client, target: .address(address), interface: packet.interface, searchedAt: packet.capturedAt)
    }

    /// What a BOOTP request makes the server forget, whether or not there is a reply to it.
    ///
    /// dnsmasq forgets what a client has in another network before it looks whether there is a free address in this one
    /// (rfc2131.c, "lease exists, wrong network"), and does not look at the identifier.
    ///
    /// - Parameters:
    ///   - packet: the request.
    ///   - networks: what is known of the server's.
    ///   - serverIdentifier: how the server calls itself on this LAN.
    init?(
        bootp packet: ObservedPacket, in networks: KnownNetworks, of serverIdentifier: IPv4Address?,
        by server: LeaseServer
    ) {
        guard server == .dnsmasq, packet.direction == .toServer, packet.verdict == .forwarded,
            let message = packet.message, message.operation == .request, message.messageType == nil,
            message.client.hardwareAddress != nil
        else { return nil }
        let network =
            if let relay = message.relayAddress {
                networks[relay]
            } else {
                message.clientAddress.flatMap { networks[$0] } ?? serverIdentifier.flatMap { networks[$0] }
            }
        guard let network else { return nil }
        let client = LeaseClient(
            hardwareType: message.client.hardwareType, hardwareAddress: message.client.hardwareAddress)
        self.init(
            client: client, target: .network(network), interface: packet.interface, searchedAt: packet.capturedAt)
    }

    /// The lease that is forgotten, of those that the server finds for the client.
    func changes(to leases: [Lease]) -> [LeaseChange] {
        let held = leases.filter { $0.isHeld(at: searchedAt) }
        guard let lease = LeaseServer.dnsmasq.lease(of: client, in: held), !target.contains(lease.address) else {
            return []
        }
        return [.end(id: lease.id, .superseded, at: searchedAt)]
    }
}
