import Addresses
import Diagnostics
import Kernel
import Messages
import Netlink

/// What the kernel tells of the interfaces, addresses and routes around the agent, as they are at one moment.
///
/// Which networks are served is decided by discovery; this tells all else about them.
struct HostView {
    let interfaces: [NetworkInterface]
    let addresses: [(interface: Int32, address: InterfaceAddress)]
    let routes: [RouteEntry]

    /// Looks at the network namespace of the calling thread.
    ///
    /// - Throws: `Failure` of the kernel.
    static func look() throws(Failure) -> HostView {
        do {
            var session = try NetlinkSession()
            return HostView(
                interfaces: try session.interfaces(), addresses: try session.addresses(), routes: try session.routes())
        } catch {
            throw .kernel("look at the host's interfaces", error)
        }
    }

    /// The interface called `name`.
    func interface(_ name: InterfaceName) -> NetworkInterface? {
        interfaces.first { $0.name == name }
    }

    /// The network with the first address that the interface has there: only the kernel tells which one that is.
    ///
    /// One that has none but such as lead to no network, of which discovery knows nothing, is in that of the first of them.
    func refined(_ network: AttachedNetwork) -> AttachedNetwork {
        let first = addresses(of: network.interface).first { address in
            !network.hasAddress
                || address.prefixLength == network.network.prefixLength && network.network.contains(address.address)
        }
        let refined = first.flatMap { first in
            AttachedNetwork(
                interface: network.interface, address: first.address, prefixLength: first.prefixLength,
                gateway: network.gateway)
        }
        return refined ?? network
    }

    /// All addresses of an interface, in the kernel's order.
    func addresses(of name: InterfaceName) -> [InterfaceAddress] {
        guard let index = interface(name)?.index else { return [] }
        return addresses.filter { $0.interface == index }.map(\.address)
    }

    /// The routes through an interface, in the kernel's order, but for those through a router that has an IPv6 address
    /// only: the server's namespace has no IPv6.
    func routes(of name: InterfaceName) -> [InterfaceRoute] {
        guard let index = interface(name)?.index else { return [] }
        return routes.filter { $0.interface == index && !$0.isThroughIPv6 }.map(\.route)
    }

    /// The interfaces beside those that are served by which a default route leads, or the two halves of one.
    ///
    /// - Parameter known: those that did before; they come first, whatever they do now.
    func waysOut(besides served: [InterfaceName], known: [InterfaceName] = []) -> [InterfaceName] {
        var ways = known.filter { !served.contains($0) }
        for entry in routes where entry.route.kind == .unicast && entry.route.destination.prefixLength <= 1 {
            guard !entry.isThroughIPv6, let name = interfaces.first(where: { $0.index == entry.interface })?.name,
                !served.contains(name), !ways.contains(name)
            else { continue }
            ways.append(name)
        }
        return ways
    }

    /// What makes the host's other addresses its own where only these interfaces are, and leads nowhere else.
    ///
    /// A host takes what is sent to any of its addresses, by whichever interface it comes.
    func routesElsewhere(than served: [InterfaceName]) -> [InterfaceRoute] {
        let served = Set(served.compactMap { interface($0)?.index })
        let own = Set(addresses.filter { served.contains($0.interface) }.map(\.address.address))
        var known = own
        let others = addresses.filter { !$0.address.address.isLoopback && known.insert($0.address.address).inserted }
        let locals = others.compactMap { InterfaceRoute(ownAddress: $0.address.address) }
        return routes.filter { $0.interface == nil }.map(\.route).filter { !locals.contains($0) } + locals
    }
}

extension InterfaceRoute {
    /// What makes an address the host's own without any interface having it.
    fileprivate init?(ownAddress address: IPv4Address) {
        guard let destination = IPv4Network(containing: address, prefixLength: 32) else { return nil }
        self.init(to: destination, .local, origin: 4, scope: 254, nextHops: [])
    }
}

extension IPv4Address {
    /// Whether it never leaves the host: 127.0.0.0/8 (RFC 1122, section 3.2.1.3).
    fileprivate var isLoopback: Bool { rawValue >> 24 == 127 }
}
