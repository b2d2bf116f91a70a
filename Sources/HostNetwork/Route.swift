public import Addresses

/// One route of the kernel's main table, as a line of /proc/net/route describes it.
public struct Route: Hashable, Sendable {
    /// The interface that the route uses; nil for a route without one (`*`: blackhole, unreachable, ...).
    public let interface: InterfaceName?
    /// The destination: the columns Destination and Mask.
    public let destination: IPv4Network
    /// The IPv4 router that the route uses.
    ///
    /// Nil if there is none, and also if `RTF_GATEWAY` is set but the router has an IPv6 address (`via inet6`), which
    /// the file shows as 00000000.
    public let gateway: IPv4Address?
    /// The kind of the route.
    public let flags: RouteFlags
    /// The cost: of several routes to one destination the kernel takes the one with the lowest metric.
    public let metric: UInt32

    /// Makes a route with these properties, without checking them.
    public init(
        interface: InterfaceName?, destination: IPv4Network, gateway: IPv4Address?, flags: RouteFlags, metric: UInt32
    ) {
        self.interface = interface
        self.destination = destination
        self.gateway = gateway
        self.flags = flags
        self.metric = metric
    }

    /// Whether packets can use the route.
    var isUsable: Bool { flags.contains(.RTF_UP) && !flags.contains(.RTF_REJECT) }

    /// Whether the route is a default route through an IPv4 router.
    var isDefaultWithGateway: Bool {
        isUsable && flags.contains(.RTF_GATEWAY) && gateway != nil && destination.prefixLength == 0
    }

    /// Whether the route leads to a network that the interface reaches directly: not to one host, not to everything.
    public var isOnLink: Bool {
        isUsable && flags.isDisjoint(with: [.RTF_GATEWAY, .RTF_HOST]) && gateway == nil
            && (1...31).contains(destination.prefixLength)
    }
}
