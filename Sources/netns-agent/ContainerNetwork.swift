import Addresses
import CommandLine
import Diagnostics
import HostNetwork
import Kernel
import Messages

/// Where this container itself is: on the bridge of its runtime.
enum ContainerNetwork {
    /// The network of the container's default route; its gateway is the runtime's interface on the host.
    ///
    /// - Throws: `Failure` when the container has no such route, or when `host` is where it is itself.
    static func find(apartFrom host: AttachedNetwork) throws(Failure) -> AttachedNetwork {
        // The tables of a container are shorter than a page, which the kernel hands out in one piece.
        let routes = try contents(of: "/proc/thread-self/net/route")
        let addresses = try contents(of: "/proc/thread-self/net/fib_trie")
        let container = try find(routes: routes, addresses: addresses)
        guard container.address != host.address else {
            throw .unavailable(
                "\(host) is where netns-agent itself runs: use '--uplink lan', or, in a container, name the host's "
                    + "routing table with '--routes', as in '-v /proc/1/net/route:/host/route'")
        }
        return container
    }

    /// The network that these tables tell of (see `HostNetworks`).
    ///
    /// - Throws: `Failure` when they tell of none.
    static func find(routes: [UInt8], addresses: [UInt8]) throws(Failure) -> AttachedNetwork {
        let networks: [AttachedNetwork]
        do {
            networks = try HostNetworks.attached(
                routes: RouteTable.parse(routes), localAddresses: LocalAddresses.parse(addresses))
        } catch {
            throw .unavailable("cannot find this container's own network, which the uplink 'runtime' needs: \(error)")
        }
        guard let first = networks.first else {
            throw .unavailable("this container has no network with a gateway, which the uplink 'runtime' needs")
        }
        return first
    }

    private static func contents(of path: String) throws(Failure) -> [UInt8] {
        do { return try Descriptor.contents(of: path) } catch {
            throw .unavailable("cannot find this container's own network: \(error)")
        }
    }
}

extension Uplink {
    /// How many of the host's networks can be served through it: on the host's own interfaces as many as there are links,
    /// through a container's one, for nothing in a packet tells of which network it came.
    var capacity: Int {
        switch self {
        case .lan: Link.maximumCount
        case .runtime: 1
        }
    }
}
