public import Addresses
public import HostNetwork

/// Checks what the server itself says of its configuration, and whether clients of this host's networks are served by it.
public enum ConfigurationFindings {
    static let subject = "configuration"

    /// Says that this server has none.
    public static let noCheck = Finding(
        subject, .unchecked,
        "no check of its own is known of this command: dhcpd, kea-dhcp4 with -c, and dnsmasq have one")

    /// What the server's own check said, in the network that the server would see.
    public static func check(_ check: ConfigurationCheck, _ trial: KernelFindings.Trial) -> Finding {
        let words = check.command.joined(separator: " ")
        switch trial {
        case .succeeded:
            return Finding(subject, .ok, "'\(words)' finds nothing wrong, in the network that the server would see")
        case .failed(let reason):
            return Finding(
                subject, .problem, reason, advice: "the server would end like this: mend it, and see with '\(words)'")
        case .impossible(let reason): return Finding(subject, .unchecked, reason)
        }
    }

    /// An interface that would be served, and what the host has there.
    public struct Place: Hashable, Sendable {
        let network: AttachedNetwork
        /// The networks that it reaches directly, and the host's addresses there.
        let networks: [IPv4Network]
        let addresses: Set<IPv4Address>

        /// Finds it in the host's routes and addresses.
        public init(_ network: AttachedNetwork, routes: [Route], localAddresses: Set<IPv4Address>) {
            self.network = network
            let links = routes.filter { $0.interface == network.interface && $0.isOnLink }.map(\.destination)
            networks = network.hasAddress ? [network.network] + links : links
            let addresses = localAddresses.filter { address in links.contains { $0.contains(address) } }
            self.addresses = network.hasAddress ? addresses.union([network.address]) : addresses
        }

        /// Its name.
        public var interface: InterfaceName { network.interface }

        func isServed(by declaration: DeclaredNetworks.Declaration) -> Bool {
            switch declaration {
            case .subnet(let network, let interface):
                interface == self.network.interface.description || addresses.contains { network.contains($0) }
            case .range(let start): networks.contains { $0.contains(start) }
            }
        }
    }

    /// Checks whether a network of the host is one of those in which clients get addresses.
    public static func coverage(
        _ declared: DeclaredNetworks, on places: [Place], by server: ConfigurationCheck.Server
    ) -> Finding {
        let served = declared.declarations.compactMap { declaration in
            places.first { $0.isServed(by: declaration) }.map { "\(declaration) on \($0.network.interface)" }
        }
        if !served.isEmpty { return Finding(subject, .ok, "it serves \(served.joined(separator: ", "))") }
        let host = places.map { "\($0.network)" }.joined(separator: ", ")
        guard declared.gaps.isEmpty else {
            return Finding(
                subject, .unchecked, "whether it serves \(host) is not known: \(declared.gaps.joined(separator: ", "))")
        }
        let list = declared.declarations.prefix(listed).map(\.description).joined(separator: ", ")
        let more = declared.declarations.count > listed ? " and \(declared.declarations.count - listed) more" : ""
        let others = list.isEmpty ? "it serves no network at all" : "what it serves, \(list)\(more), is not there"
        // dhcpd ends where it has no subnet for any interface; the others go on, for relay agents.
        return Finding(
            subject, server == .dhcpd ? .problem : .warning, "no client on \(host) gets an address: \(others)",
            advice: "declare this host's network in it, or choose another interface by --interface")
    }

    /// How many declarations are listed.
    private static let listed = 8
}
