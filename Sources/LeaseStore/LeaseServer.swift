internal import Addresses

/// The program that serves: each has its own idea of whom an address belongs to.
///
/// What a message changes in the server cannot be seen where there is no reply to it, and a DECLINE or RELEASE has none.
/// So the rules are those of the servers (dhcpd 4.4: dhcp.c; Kea 2.2: dhcp4_srv.cc, alloc_engine.cc; dnsmasq 2.90:
/// rfc2131.c, lease.c), and `AgreementTests` compare what comes of them with what the servers have.
enum LeaseServer: Hashable, Sendable {
    case dhcpd
    case kea
    case dnsmasq
    /// Another one, or one whose command line is not known: that goes by the standard.
    case other

    /// The server that the command line `command` starts.
    ///
    /// It can stand behind others, such as `nice` or `valgrind`.
    init(command: String) {
        let names = command.split(whereSeparator: { $0 == " " || $0 == "'" || $0 == "\"" }).map { word in
            word.split(separator: "/").last ?? ""
        }
        let known: [Substring: LeaseServer] = ["dhcpd": .dhcpd, "kea-dhcp4": .kea, "dnsmasq": .dnsmasq]
        self = names.lazy.compactMap { known[$0] }.first ?? .other
    }

    /// Whether the server keeps the client identifier of a lease when the client renews it without one.
    var keepsIdentifier: Bool { self == .dnsmasq || self == .other }
}

extension LeaseServer {
    /// Those of `leases`, what the server finds for the client, that it ends with `grant` unless their time is over.
    ///
    /// Where several could be, it ends the one alone that it finds first.
    func leftBehind(by grant: LeaseGrant, of leases: [Lease]) -> [Lease] {
        switch self {
        case .dhcpd:
            // It goes by the identifier alone, and lets a client go on with two that says that it uses one.
            guard let identifier = grant.client.identifier, grant.clientAddress == nil, !grant.isBOOTP else {
                return []
            }
            return leases.first { $0.client.identifier == identifier && grant.isNear($0) }.map { [$0] } ?? []
        case .kea: return lease(of: grant.client, in: leases.filter(grant.isNear)).map { [$0] } ?? []
        case .dnsmasq:
            // What a BOOTP client has in another network went with its request.
            return grant.isBOOTP ? [] : lease(of: grant.client, in: leases).map { [$0] } ?? []
        case .other:
            return leases.filter { $0.client.isSame(as: grant.client) && $0.relayAddress == grant.relayAddress }
        }
    }

    /// The client identifier that the server has for whom it gives an address.
    ///
    /// Where a client sends none dnsmasq takes that of another lease that it finds for it.
    func identifier(of grant: LeaseGrant, holding held: [Lease]) -> String? {
        guard self == .dnsmasq, grant.isIdentifierKnown else { return grant.client.identifier }
        // It does not look at the identifier of a BOOTP client.
        guard !grant.isBOOTP else { return nil }
        return grant.client.identifier ?? lease(of: grant.client, in: held)?.client.identifier
    }

    /// The lease that Kea and dnsmasq find for a client: one with its identifier, and if there is none one with its
    /// hardware address where one of the two has no identifier.
    func lease(of client: LeaseClient, in leases: [Lease]) -> Lease? {
        let byIdentifier = leases.first { client.identifier != nil && $0.client.identifier == client.identifier }
        return byIdentifier ?? leases.first { $0.client.isSame(as: client) }
    }

    /// Whether the server takes `lease` back.
    ///
    /// - Parameters:
    ///   - giveBack: what a client, or somebody in its name, sent.
    ///   - lease: what is held of the address.
    ///   - leases: what else the client may hold.
    func accepts(_ giveBack: LeaseReturn, of lease: Lease, beside leases: [Lease]) -> Bool {
        guard isReached(giveBack, for: lease) else { return false }
        switch self {
        // It abandons what anybody declines, and asks for the hardware address alone of who releases.
        case .dhcpd:
            return giveBack.state == .declined || (giveBack.holder ?? lease.client).hasHardware(of: giveBack.client)
        case .kea: return lease.client.isSame(as: giveBack.client) && isMeant(lease.serverIdentifier, giveBack)
        case .dnsmasq:
            let held = (leases + [lease]).filter { $0.isHeld(at: giveBack.returnedAt) }
            return giveBack.serverIdentifier != nil && isMeant(lease.serverIdentifier, giveBack)
                && self.lease(of: giveBack.client, in: held)?.id == lease.id
        case .other: return lease.client.isSame(as: giveBack.client) && isMeant(lease.serverIdentifier, giveBack)
        }
    }

    /// Whether the server takes an address back, of which it has that `holder` had it, though nobody holds it any longer: it
    /// forgets that then.
    func forgets(_ giveBack: LeaseReturn, of holder: LeaseClient) -> Bool {
        switch self {
        case .dhcpd:
            let isReached = giveBack.relayAddress == nil || giveBack.relay != .unknown
            return isReached && (giveBack.state == .declined || holder.hasHardware(of: giveBack.client))
        case .kea: return holder.isSame(as: giveBack.client) && isMeant(nil, giveBack)
        case .dnsmasq, .other: return false
        }
    }

    private func isMeant(_ server: IPv4Address?, _ giveBack: LeaseReturn) -> Bool {
        guard let server = server ?? giveBack.server, let named = giveBack.serverIdentifier else { return true }
        return server == named
    }

    /// Whether the server has a network for where the message says that it comes from.
    ///
    /// Kea does not ask when an address is given back. dnsmasq does not see `ciaddr` beside an option 50, and asks whether
    /// an address that is released is of that network.
    private func isReached(_ giveBack: LeaseReturn, for lease: Lease) -> Bool {
        switch self {
        case .kea: return true
        case .dhcpd: return giveBack.relayAddress == nil || giveBack.relay != .unknown
        case .dnsmasq:
            if giveBack.namesAnother { return false }
            guard giveBack.relayAddress != nil else { return true }
            return giveBack.relay == .sameNetwork || giveBack.relay == .otherNetwork && giveBack.state == .declined
        case .other: return giveBack.relayAddress == nil || giveBack.relayAddress == lease.relayAddress
        }
    }
}
