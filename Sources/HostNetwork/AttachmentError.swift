public import Addresses

/// The reason why an interface, or the host, has no network that can be served.
public enum AttachmentError: Error, Equatable, Sendable {
    /// No usable route uses the interface that was named; `known` lists the interfaces that have one, by name.
    case interfaceNotFound(InterfaceName, known: [InterfaceName])
    /// The host has no interface of that name; `known` lists those that have a route.
    case noSuchInterface(InterfaceName, known: [InterfaceName])
    /// The interface has routes, but reaches no network directly.
    case noNetwork(InterfaceName)
    /// The gateway of the interface lies outside of all its networks.
    case gatewayElsewhere(InterfaceName, gateway: IPv4Address)
    /// The host has no address in any of the interface's networks.
    case noOwnAddress(InterfaceName, networks: [IPv4Network])
    /// Another interface is in the same network, and the files do not say which address belongs to which interface.
    case sharedNetwork(InterfaceName, other: InterfaceName, network: IPv4Network, addresses: [IPv4Address])
    /// No interface was named, and no interface with a gateway has a network; `rejected` has the reason for each.
    case noNetworkFound(rejected: [AttachmentError], known: [InterfaceName])
}

extension AttachmentError: CustomStringConvertible {
    /// One line: what failed, on what, why, and what to do.
    public var description: String {
        switch self {
        case .interfaceNotFound(let interface, let known):
            "interface \(interface) has no route: bring it up with an address, or name "
                + (known.isEmpty ? "another; the routing table has none now" : "one that has: \(list(known))")
        case .noSuchInterface(let interface, let known):
            "there is no interface \(interface)"
                + (known.isEmpty ? ", and none that has a route" : ": name one that has a route, \(list(known))")
        case .noNetwork(let interface):
            "interface \(interface) has no network of its own: give it an address with a prefix of 1 to 31 bits"
        case .gatewayElsewhere(let interface, let gateway):
            "interface \(interface) is in no network with its gateway \(gateway): "
                + "give it an address in the gateway's network, or name another interface"
        case .noOwnAddress(let interface, let networks):
            "interface \(interface) has no address in \(list(networks)): give it one, "
                + "and see that routes and addresses are read from the same network namespace"
        case .sharedNetwork(let interface, let other, let network, let addresses):
            "interfaces \(interface) and \(other) are both in \(network), and nothing tells whose "
                + "\(list(addresses)) are: take \(other) out of that network"
        case .noNetworkFound(let rejected, let known):
            "no network found: " + Self.reason(rejected, known)
        }
    }

    private static func reason(_ rejected: [AttachmentError], _ known: [InterfaceName]) -> String {
        if known.isEmpty { return "the routing table is empty: bring an interface up with an address and a gateway" }
        guard rejected.isEmpty else { return rejected.map(\.description).joined(separator: "; ") }
        return "no interface has a default route through a gateway: add one, or name one of the interfaces that have "
            + "routes: \(list(known))"
    }
}

private func list(_ items: [some CustomStringConvertible]) -> String {
    items.map(\.description).joined(separator: ", ")
}
