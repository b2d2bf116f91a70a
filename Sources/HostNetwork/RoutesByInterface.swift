internal import Addresses

/// A route to a network that an interface reaches directly.
struct OnLinkRoute {
    let interface: InterfaceName
    let network: IPv4Network
    let metric: UInt32

    /// How many bits the prefix of the network has: 1 to 31.
    var length: UInt8 { network.prefixLength }

    func holds(_ address: IPv4Address) -> Bool { network.contains(address) }
}

/// What the routes say about the networks of each interface, and the host's own addresses.
struct RoutesByInterface {
    /// The on-link routes, in the order of the table.
    private(set) var onLink: [OnLinkRoute] = []
    /// The gateway of each interface: that of its default route with the lowest metric, the first of several.
    private(set) var gateways: [InterfaceName: (address: IPv4Address, metric: UInt32)] = [:]
    /// All interfaces that a usable route uses.
    private(set) var interfaces: Set<InterfaceName> = []
    let localAddresses: Set<IPv4Address>
    /// Interfaces that are there, whether or not a route uses them.
    let present: Set<InterfaceName>

    init(_ routes: [Route], _ localAddresses: Set<IPv4Address>, _ present: Set<InterfaceName>) {
        self.localAddresses = localAddresses
        self.present = present
        for route in routes where route.isUsable {
            guard let interface = route.interface else { continue }
            interfaces.insert(interface)
            if route.isOnLink {
                onLink.append(
                    OnLinkRoute(interface: interface, network: route.destination, metric: route.metric))
            } else if route.isDefaultWithGateway {
                offer(route, to: interface)
            }
        }
    }

    /// Takes the gateway of the route, unless the interface already has one with the same or a lower metric.
    private mutating func offer(_ route: Route, to interface: InterfaceName) {
        guard let address = route.gateway else { return }
        if let known = gateways[interface], known.metric <= route.metric { return }
        gateways[interface] = (address, route.metric)
    }

    /// The interfaces with a gateway, and then, by name, the others that reach a network directly.
    var interfacesWithNetwork: [InterfaceName] {
        interfacesWithGateway + Set(onLink.map(\.interface)).subtracting(gateways.keys).sorted()
    }

    /// The interfaces with a gateway, by the metric of their default route, then by name.
    var interfacesWithGateway: [InterfaceName] {
        gateways.sorted { ($0.value.metric, $0.key) < ($1.value.metric, $1.key) }.map(\.key)
    }
}
