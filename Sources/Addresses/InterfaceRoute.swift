/// A route of the host, with all that belongs to it (`struct rtmsg`, linux/rtnetlink.h), but for the interface, which is
/// that of whoever holds it.
public struct InterfaceRoute: Hashable, Sendable {
    /// Where it leads.
    public let destination: IPv4Network
    /// What becomes of a packet.
    public let kind: Kind
    /// For which type of service (`rtm_tos`).
    public let typeOfService: UInt8
    /// Who made it (`rtm_protocol`): 2 the kernel, 4 an administrator, 16 a DHCP client.
    public let origin: UInt8
    /// How far it leads: 0 through a router, 253 to the link (`enum rt_scope_t`).
    public let scope: UInt8
    /// The cost: of several routes to one destination the kernel takes the one with the lowest metric.
    public let metric: UInt32
    /// The source that a packet gets which has none yet (`RTA_PREFSRC`).
    public let source: IPv4Address?
    /// The largest packet (`RTAX_MTU`) in bytes; 0 is what the interface takes.
    public let mtu: UInt32
    /// Where packets go next: one, or several that share them; none where none goes on.
    public let nextHops: [NextHop]

    /// What becomes of a packet: the kernel's `RTN_...`.
    public enum Kind: UInt8, Hashable, Sendable {
        /// It goes on.
        case unicast = 1
        /// It is for this host.
        case local = 2
        /// It is dropped without a word.
        case blackhole = 6
        /// It is refused: unreachable.
        case unreachable = 7
        /// It is refused: forbidden.
        case prohibit = 8
        /// It is left to other tables.
        case `throw` = 9
    }

    /// Where packets go next.
    public struct NextHop: Hashable, Sendable {
        /// The router; nothing on the link itself.
        public let gateway: IPv4Address?
        /// Whether the router is on the link whatever the addresses say (`RTNH_F_ONLINK`).
        public let isOnLink: Bool
        /// Which share of the packets it gets, less 1 (`rtnh_hops`).
        public let weight: UInt8

        /// A next hop through this router, or, without one, on the link.
        public init(gateway: IPv4Address? = nil, isOnLink: Bool = false, weight: UInt8 = 0) {
            self.gateway = gateway
            self.isOnLink = isOnLink
            self.weight = weight
        }
    }

    /// How many next hops there can be here.
    public static let maximumNextHops = 16

    /// Makes the route; nil if a packet would go on and nowhere, or not go on and somewhere, or to too many.
    public init?(
        to destination: IPv4Network, _ kind: Kind = .unicast, typeOfService: UInt8 = 0, origin: UInt8, scope: UInt8,
        metric: UInt32 = 0, source: IPv4Address? = nil, mtu: UInt32 = 0, nextHops: [NextHop]
    ) {
        guard (kind == .unicast) != nextHops.isEmpty, nextHops.count <= Self.maximumNextHops,
            source != .unspecified, !nextHops.contains(where: { $0.gateway == .unspecified })
        else { return nil }
        self.destination = destination
        self.kind = kind
        self.typeOfService = typeOfService
        self.origin = origin
        self.scope = scope
        self.metric = metric
        self.source = source
        self.mtu = mtu
        self.nextHops = nextHops
    }

    /// Whether the kernel needs other routes to know where the next hop is.
    public var hasGateway: Bool { nextHops.contains { $0.gateway != nil } }

    /// What tells routes apart for the kernel; among those that agree in this the first is used.
    public var key: Key {
        Key(destination: destination, typeOfService: typeOfService, metric: metric, isLocal: kind == .local)
    }

    /// The destination, the type of service, the metric, and whether it is in the table of the host's own addresses.
    public struct Key: Hashable, Sendable {
        let destination: IPv4Network
        let typeOfService: UInt8
        let metric: UInt32
        let isLocal: Bool
    }
}

extension InterfaceRoute: CustomStringConvertible {
    /// The destination and the routers in one line: `192.0.2.0/24 via 198.51.100.1`.
    public var description: String {
        let routers = nextHops.compactMap(\.gateway).map { " via \($0)" }.joined()
        return (kind == .unicast ? "" : "\(kind) ") + "\(destination)" + routers
            + (metric == 0 ? "" : " metric \(metric)")
    }
}

extension AttachedNetwork {
    /// The routes of an interface that is in this network, where nothing else is known: to the network itself, as the
    /// kernel makes it, and everywhere else through the gateway.
    public var routes: [InterfaceRoute] {
        let everything = IPv4Network(containing: .unspecified, prefixLength: 0)
        let link =
            network.prefixLength < 32
            ? InterfaceRoute(to: network, origin: 2, scope: 253, source: address, nextHops: [.init()]) : nil
        let other = gateway.flatMap { gateway in
            everything.flatMap { InterfaceRoute(to: $0, origin: 4, scope: 0, nextHops: [.init(gateway: gateway)]) }
        }
        return [link, other].compactMap(\.self)
    }
}
