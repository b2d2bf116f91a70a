internal import Addresses

/// What is known of the server, from what it has said.
struct ServerKnowledge: Sendable {
    /// Which program it is.
    let server: LeaseServer
    /// What it has of each address.
    var leases: ServerLeases
    /// Of which networks it has given addresses.
    var networks = KnownNetworks()
    /// Of each LAN, its name for itself.
    private var names: [String: IPv4Address] = [:]

    /// Of each LAN, the last claims that have ended something, in their order.
    var ended: [String: [LeaseMemory.Claim]] = [:]

    init(of server: LeaseServer) {
        self.server = server
        leases = ServerLeases(of: server)
    }

    /// How the server calls itself on a LAN; nothing while it has not said so.
    func name(on interface: String) -> IPv4Address? { names[interface] }

    /// What the server had of an address until a claim ended that, which was seen behind the request or claim with this order.
    func heldBefore(_ order: Int, _ address: IPv4Address, on interface: String) -> ServerLeases.Entry? {
        ended[interface]?.first { $0.order > order && $0.before?.place.address == address }?.before?.entry
    }

    /// The network from where a message comes, by its relay agent or its LAN.
    func network(of message: ObservedMessage, on interface: String) -> KnownNetworks.Network? {
        (message.relayAddress ?? name(on: interface)).flatMap { networks[$0] }
    }

    /// Remembers what the server says of itself and its networks.
    mutating func note(_ reply: ObservedMessage, on interface: String) {
        if let name = reply.serverIdentifier { names[interface] = name }
        if let address = reply.yourAddress, let mask = reply.subnetMask { networks.insert(address, mask: mask) }
    }

    /// What the server offers to who sent `request`: a grant without an end.
    func offer(_ reply: ObservedMessage, in packet: ObservedPacket, to request: LeaseRequest) -> LeaseGrant {
        var client = reply.client
        client.identifier = request.clientIdentifier
        return LeaseGrant(
            address: reply.yourAddress ?? .unspecified, client: client, hostName: request.hostName,
            interface: packet.interface, grantedAt: packet.capturedAt)
    }

    /// The event, with what is known of the server when it reads it.
    func completing(_ event: LeaseEvent) -> LeaseEvent {
        switch event {
        case .granted(let grant): .granted(completing(grant))
        case .returned(let giveBack): .returned(completing(giveBack))
        case .searched: event
        }
    }

    /// What dhcpd or Kea gives to a BOOTP client for ever is what the client has already, for as long as it has it, where
    /// that is left as it is.
    private func completing(_ grant: LeaseGrant) -> LeaseGrant {
        guard grant.isBOOTP, let end = leases.endLeftAsItIs(by: grant) else { return grant }
        var grant = grant
        grant.expiresAt = end == leases.never ? nil : end * 1_000_000
        return grant
    }

    private func completing(_ giveBack: LeaseReturn) -> LeaseReturn {
        var giveBack = giveBack
        giveBack.server = name(on: giveBack.interface)
        giveBack.holder = leases[giveBack.address, giveBack.interface]?.client
        if let network = giveBack.relayAddress.flatMap({ networks[$0] }) {
            giveBack.relay = network.contains(giveBack.address) ? .sameNetwork : .otherNetwork
        }
        return giveBack
    }
}
