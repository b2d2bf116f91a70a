public import Addresses

/// One route of the kernel's main table, as a line of /proc/net/route tells it.
public struct Route: Hashable, Sendable {
    /// The interface it leads out of, or nothing for a route without one (`*`: blackhole, unreachable, ...).
    public let interface: InterfaceName?
    /// Where it leads to: the columns Destination and Mask.
    public let destination: IPv4Network
    /// The IPv4 router it leads through.
    ///
    /// Nothing when there is none, and also when `RTF_GATEWAY` is set but the router has an IPv6 address (`via inet6`), which the file shows as 00000000.
    public let gateway: IPv4Address?
    /// What kind of route it is.
    public let flags: RouteFlags
    /// Its cost: of several routes to one destination the kernel takes the lowest.
    public let metric: UInt32

    /// A route with these properties; nothing is checked.
    public init(
        interface: InterfaceName?, destination: IPv4Network, gateway: IPv4Address?, flags: RouteFlags, metric: UInt32
    ) {
        self.interface = interface
        self.destination = destination
        self.gateway = gateway
        self.flags = flags
        self.metric = metric
    }

    /// Whether packets can take it.
    var isUsable: Bool { flags.contains(.RTF_UP) && !flags.contains(.RTF_REJECT) }

    /// Whether it leads to everything through an IPv4 router.
    var isDefaultWithGateway: Bool {
        isUsable && flags.contains(.RTF_GATEWAY) && gateway != nil && destination.prefixLength == 0
    }

    /// Whether its destination is a network whose stations are reached directly: not one host, not everything.
    var isOnLink: Bool {
        isUsable && flags.isDisjoint(with: [.RTF_GATEWAY, .RTF_HOST]) && gateway == nil
            && (1...31).contains(destination.prefixLength)
    }
}
