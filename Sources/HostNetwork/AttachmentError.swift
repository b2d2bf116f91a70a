public import Addresses

/// Why no network could be told for an interface, or for the host.
public enum AttachmentError: Error, Equatable, Sendable {
    /// No usable route leads out of the interface that was named; `known` are those that have one, in order.
    case interfaceNotFound(InterfaceName, known: [InterfaceName])
    /// The interface has routes, but no network whose stations it reaches directly.
    case noNetwork(InterfaceName)
    /// The gateway of the interface lies in none of its networks.
    case gatewayElsewhere(InterfaceName, gateway: IPv4Address)
    /// None of the host's own addresses lies in the networks of the interface that could be meant.
    case noOwnAddress(InterfaceName, networks: [IPv4Network])
    /// Another interface is in the same network, and nothing tells which of the addresses is whose.
    case sharedNetwork(InterfaceName, other: InterfaceName, network: IPv4Network, addresses: [IPv4Address])
    /// No interface was named, and none with a gateway has a network; `rejected` says why for each that has one.
    case noNetworkFound(rejected: [AttachmentError], known: [InterfaceName])
}

extension AttachmentError: CustomStringConvertible {
    /// One line: what failed, on what, why, and what to do.
    public var description: String {
        switch self {
        case .interfaceNotFound(let interface, let known):
            "interface \(interface) has no route: bring it up with an address, or name "
                + (known.isEmpty ? "another; the routing table has none now" : "one that has: \(list(known))")
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
