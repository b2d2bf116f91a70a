public import Addresses

/// The routes from which `HostNetworks` took a network, to tell people why it was this one.
public struct NetworkOrigin: Hashable, Sendable {
    /// The route whose gateway the network has; nothing when it has none.
    public let defaultRoute: Route?
    /// The route that makes the network one whose stations are reached directly.
    public let link: Route

    /// The routes in the table that made this network, or nothing when it was not found in this table.
    public init?(of network: AttachedNetwork, in routes: [Route]) {
        let own = routes.filter { $0.interface == network.interface }
        let links = own.filter { $0.isOnLink && $0.destination == network.network }
        // The first of several with the same metric, as `Links` takes it.
        guard let link = links.min(by: { $0.metric < $1.metric }) else { return nil }
        let defaults = own.filter { $0.isDefaultWithGateway }
        defaultRoute = defaults.min { $0.metric < $1.metric }
        guard (defaultRoute == nil) == (network.gateway == nil) else { return nil }
        self.link = link
    }
}

extension HostNetworks {
    /// The interfaces that are in a network of their own by these routes, in the order of their names.
    public static func interfacesWithNetwork(in routes: [Route]) -> [InterfaceName] {
        Set(routes.filter(\.isOnLink).compactMap(\.interface)).sorted()
    }
}
