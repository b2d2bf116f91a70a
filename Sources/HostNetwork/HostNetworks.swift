public import Addresses

/// Finds the networks that the host belongs to: Algorithm 1 of the paper, with its errors corrected.
///
/// In the printed algorithm, line 17 also accepts host routes, which then overwrite the network, and line 12 lets the
/// gateway of any route overwrite the gateway of the default route. This implementation takes
/// - as the gateway of an interface, the gateway of its default route with the lowest metric, the first of several;
/// - as its network, the on-link route that contains the gateway: a route that is up, has no gateway, and is neither
///   a host route, nor /0, nor a reject route. Of several it takes the one with the longest prefix in which the host
///   has an address, as the kernel would;
/// - as the host's address, which the route table does not contain, the local address in that network that is not the
///   gateway and not in a narrower network of another interface. Of several it takes one that is in no narrower
///   network of the same interface, then the lowest: the files do not say which address is the primary one.
public enum HostNetworks {
    /// Finds the networks of the interfaces that are `named`, in that order.
    ///
    /// If none is named, it finds the networks of all interfaces with a gateway, ordered by the metric of their default
    /// routes, then by name. If `InterfaceName.all` is named, it finds behind these, by name, those of all other interfaces
    /// with an on-link route.
    ///
    /// An interface that is named needs no gateway. Without one, its network is the on-link route with the lowest
    /// metric, then the longest prefix, then the lowest address, in which the host has an address. Nor does it need an
    /// address, as long as another that is named has one: a server may name it all the same.
    ///
    /// - Parameter present: interfaces that are there, whether or not a route uses them.
    /// - Throws: `AttachmentError` for the first named interface without a network. If none is named, it skips an
    ///   interface that has a gateway but no network, as long as another interface has one. It always throws
    ///   `AttachmentError.sharedNetwork`, because a guess could give the server the address of another interface.
    public static func attached(
        routes: [Route], localAddresses: Set<IPv4Address>, interfaces named: [InterfaceName] = [],
        present: Set<InterfaceName> = []
    ) throws(AttachmentError) -> [AttachedNetwork] {
        let table = RoutesByInterface(routes, localAddresses, present)
        if named.isEmpty { return try table.networks(of: table.interfacesWithGateway) }
        if named.contains(.all) { return try table.networks(of: table.interfacesWithNetwork) }
        let (networks, absences) = attached(named, by: table)
        if let absence = named.lazy.compactMap({ absences[$0] }).first { throw absence }
        return networks
    }

    /// Finds those of the interfaces that are `named` that have a network, in that order, and why the others have none.
    ///
    /// - Parameter present: interfaces that are there, whether or not a route uses them.
    public static func attached(
        routes: [Route], localAddresses: Set<IPv4Address>, named: [InterfaceName], present: Set<InterfaceName>
    ) -> (networks: [AttachedNetwork], absences: [InterfaceName: AttachmentError]) {
        attached(named, by: RoutesByInterface(routes, localAddresses, present))
    }

    private static func attached(
        _ named: [InterfaceName], by table: RoutesByInterface
    ) -> (networks: [AttachedNetwork], absences: [InterfaceName: AttachmentError]) {
        var seen: Set<InterfaceName> = []
        var networks: [AttachedNetwork] = []
        var absences: [InterfaceName: AttachmentError] = [:]
        for interface in named where seen.insert(interface).inserted {
            do throws(AttachmentError) {
                networks.append(try table.network(of: interface))
            } catch {
                absences[interface] = error
                if table.isUnaddressed(error) { networks.append(AttachedNetwork(unaddressed: interface)) }
            }
        }
        guard networks.contains(where: \.hasAddress) else { return ([], absences) }
        for network in networks where !network.hasAddress { absences[network.interface] = nil }
        return (networks, absences)
    }
}

extension RoutesByInterface {
    /// Finds one network for each of these interfaces that has one.
    fileprivate func networks(of chosen: [InterfaceName]) throws(AttachmentError) -> [AttachedNetwork] {
        var found: [AttachedNetwork] = []
        var rejected: [AttachmentError] = []
        for interface in chosen {
            do throws(AttachmentError) {
                found.append(try network(of: interface))
            } catch {
                if case .sharedNetwork = error { throw error }
                rejected.append(error)
            }
        }
        guard !found.isEmpty else { throw .noNetworkFound(rejected: rejected, known: interfaces.sorted()) }
        return found
    }

    /// Whether an interface without a network, for this reason, is there and has no address.
    fileprivate func isUnaddressed(_ reason: AttachmentError) -> Bool {
        switch reason {
        case .interfaceNotFound(let interface, _): present.contains(interface)
        case .noNetwork, .noOwnAddress: true
        case .noSuchInterface, .gatewayElsewhere, .sharedNetwork, .noNetworkFound: false
        }
    }

    /// Finds the network of the interface.
    fileprivate func network(of interface: InterfaceName) throws(AttachmentError) -> AttachedNetwork {
        guard interfaces.contains(interface) else {
            let known = interfaces.sorted()
            // Where it is not known which there are, nothing is said of it.
            throw present.isEmpty || present.contains(interface)
                ? .interfaceNotFound(interface, known: known) : .noSuchInterface(interface, known: known)
        }
        let gateway = gateways[interface]?.address
        let candidates = try candidates(of: interface, gateway: gateway)
        for route in candidates {
            guard let address = try ownAddress(in: route, gateway: gateway) else { continue }
            let network = AttachedNetwork(
                interface: interface, address: address, prefixLength: route.network.prefixLength, gateway: gateway)
            if let network { return network }
        }
        throw .noOwnAddress(interface, networks: candidates.map(\.network))
    }

    /// The on-link routes of the interface of which one leads to its network, the best first.
    private func candidates(
        of interface: InterfaceName, gateway: IPv4Address?
    ) throws(AttachmentError) -> [OnLinkRoute] {
        let own = onLink.filter { $0.interface == interface }
        guard !own.isEmpty else { throw .noNetwork(interface) }
        guard let gateway else {
            return own.sorted {
                ($0.metric, $1.length, $0.network.address) < ($1.metric, $0.length, $1.network.address)
            }
        }
        let around = own.filter { $0.network.contains(gateway) }
        guard !around.isEmpty else { throw .gatewayElsewhere(interface, gateway: gateway) }
        return around.sorted { $0.length > $1.length }
    }

    /// The host's own address in the network of the route, or nothing when there is none.
    private func ownAddress(in route: OnLinkRoute, gateway: IPv4Address?) throws(AttachmentError) -> IPv4Address? {
        let own = localAddresses.filter { address in
            route.network.contains(address) && address != gateway
                && !onLink.contains { $0.interface != route.interface && $0.length > route.length && $0.holds(address) }
        }
        if own.count > 1,
            let rival = onLink.first(where: { $0.interface != route.interface && $0.network == route.network })
        {
            throw .sharedNetwork(
                route.interface, other: rival.interface, network: route.network, addresses: own.sorted())
        }
        return own.min { (narrowest(around: $0, route), $0) < (narrowest(around: $1, route), $1) }
    }

    /// The length of the longest prefix around `address` on the interface of the route.
    private func narrowest(around address: IPv4Address, _ route: OnLinkRoute) -> UInt8 {
        onLink.filter { $0.interface == route.interface && $0.holds(address) }.map(\.length).max() ?? 0
    }
}
