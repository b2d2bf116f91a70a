public import Addresses

/// The routes that made `HostNetworks` choose a network, so that people can see why it was chosen.
public struct NetworkOrigin: Hashable, Sendable {
    /// The default route that has the network's gateway; nil if the network has no gateway.
    public let defaultRoute: Route?
    /// The on-link route to the network.
    public let link: Route

    /// Finds the routes in the table that made this network; nil if it does not come from this table.
    public init?(of network: AttachedNetwork, in routes: [Route]) {
        let own = routes.filter { $0.interface == network.interface }
        let links = own.filter { $0.isOnLink && $0.destination == network.network }
        // `RoutesByInterface` also takes the first of several routes with the same metric.
        guard let link = links.min(by: { $0.metric < $1.metric }) else { return nil }
        let defaults = own.filter { $0.isDefaultWithGateway }
        defaultRoute = defaults.min { $0.metric < $1.metric }
        guard (defaultRoute == nil) == (network.gateway == nil) else { return nil }
        self.link = link
    }
}

extension HostNetworks {
    /// The interfaces that have an on-link route, in the order of their names.
    public static func interfacesWithNetwork(in routes: [Route]) -> [InterfaceName] {
        Set(routes.filter(\.isOnLink).compactMap(\.interface)).sorted()
    }
}
