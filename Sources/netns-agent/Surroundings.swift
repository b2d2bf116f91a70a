import Addresses
import Component
import Glibc
import Kernel
import Messages
import Netlink

/// What the server sees in place of the host: a namespace with an interface for each network, and the descriptors
/// between which the relay forwards.
///
/// In a namespace of the agent's each interface is one end of a veth pair. The other ends live in a second namespace that
/// nobody else enters, so the host never sees them. Both namespaces exist as long as somebody holds a descriptor of them
/// or a socket in them; when this value ends and the relay has closed its sockets, the kernel removes everything.
final class Surroundings {
    /// What the networks look like, in the order of their interfaces' numbers.
    let links: [Link]
    private let serverNamespace: NetworkNamespace?
    private let ports: [Ports]

    /// The descriptors of one link, which the agent keeps so that a new relay can be given them: then not even the
    /// frames that wait in them are lost.
    private final class Ports {
        let host: HostSide
        let uplink: PacketSocket
        let server: FramePort

        init(host: HostSide, uplink: consuming PacketSocket, server: consuming FramePort) {
            self.host = host
            self.uplink = uplink
            self.server = server
        }
    }

    /// The two namespaces, still empty.
    struct Namespaces: ~Copyable {
        let server: NetworkNamespace
        let relay: NetworkNamespace

        /// Makes both.
        ///
        /// - Throws: `Failure` when the privilege is missing.
        static func make() throws(Failure) -> Namespaces {
            do {
                return Namespaces(server: try NetworkNamespace.make(), relay: try NetworkNamespace.make())
            } catch {
                throw .kernel("make a network namespace", error)
            }
        }
    }

    /// Makes the namespaces look like the host on these sides.
    ///
    /// - Throws: `Failure` of the kernel.
    init(_ sides: [HostSide], in namespaces: consuming Namespaces) throws(Failure) {
        links = sides.map(\.link)
        do {
            try Self.makeLinks(links, namespaces.server, namespaces.relay)
            var ports: [Ports] = []
            for (position, side) in sides.enumerated() {
                let server = try namespaces.relay.run { () throws(SystemError) in
                    try PacketSocket(on: Self.nearIndex(position), filter: .fromServer)
                }
                ports.append(Ports(host: side, uplink: try side.openSocket(), server: FramePort(server)))
            }
            self.ports = ports
        } catch {
            throw .kernel("make the server's surroundings", error)
        }
        let namespace = namespaces.server
        serverNamespace = .some(namespace)
    }

    /// The surroundings that somebody else has made and holds, by the descriptors of the interfaces there.
    ///
    /// - Throws: `Failure` of the kernel.
    init(_ sides: [HostSide], heldBy interfaces: [PassedDescriptor]) throws(Failure) {
        links = sides.map(\.link)
        serverNamespace = nil
        do {
            var ports: [Ports] = []
            for (side, interface) in zip(sides, interfaces) {
                let server = FramePort(TapInterface(adopting: try interface.take()))
                ports.append(Ports(host: side, uplink: try side.openSocket(), server: server))
            }
            self.ports = ports
        } catch {
            throw .kernel("open the host's side", error)
        }
    }

    /// The descriptors that the relay gets: for each link the host's side, then the server's.
    var descriptors: [Int32] {
        ports.flatMap { [$0.uplink.descriptor.rawValue, $0.server.descriptor.rawValue] }
    }

    /// The number of the interface that the socket on a host's side is bound to (see `PacketSocket.boundInterface`);
    /// nothing for a side of other surroundings.
    ///
    /// - Throws: `Failure` of the kernel.
    func interfaceHeard(from side: HostSide) throws(Failure) -> Int32? {
        do { return try ports.first { $0.host === side }?.uplink.boundInterface() } catch {
            throw .kernel("look at a packet socket", error)
        }
    }

    /// Starts the server in the namespace.
    ///
    /// - Throws: `SystemError` naming the step that failed.
    func start(_ command: ServerCommand) throws(SystemError) -> Server {
        switch serverNamespace {
        case .some(let namespace): try Server(command, in: namespace)
        case .none: throw SystemError("start \(command.name) in a namespace that others hold", code: EINVAL)
        }
    }

    /// Interface 1 of a namespace is the loopback; the links follow in their order.
    private static func index(_ position: Int) -> Int32 {
        Int32(position) + 2
    }

    /// The number of the other end.
    ///
    /// It must be another: an interface that refers to its own number the kernel takes for a physical one, and may take
    /// up to a second to say that it is running (linkwatch_urgent_event).
    private static func nearIndex(_ position: Int) -> Int32 {
        index(position) + 1_000
    }

    private static func makeLinks(
        _ links: [Link], _ serverNamespace: borrowing NetworkNamespace, _ relayNamespace: borrowing NetworkNamespace
    ) throws(SystemError) {
        var near = try relayNamespace.run { () throws(SystemError) in try NetlinkSession() }
        var far = try serverNamespace.run { () throws(SystemError) in try NetlinkSession() }
        var pairs: [NetlinkRequest] = []
        var settings: [NetlinkRequest] = [.up(1)]
        for (position, link) in links.enumerated() {
            let index = index(position)
            let name = link.network.interface
            pairs.append(
                .pair(
                    near: .init(name: name, index: nearIndex(position), macAddress: nil),
                    far: .init(name: name, index: index, macAddress: link.macAddress),
                    mtu: link.mtu, in: serverNamespace.descriptor.rawValue))
            settings.append(.up(index))
            settings += NetlinkRequest.settings(of: link, on: index, position: position)
        }
        try near.perform(pairs)
        try far.perform(settings)
        try awaitCarrier(links, &far)
    }

    /// Waits until the interfaces carry frames: Kea gives up those that do not when it starts, and stays deaf.
    private static func awaitCarrier(_ links: [Link], _ session: inout NetlinkSession) throws(SystemError) {
        let deadline = Clock.monotonic + 2_000_000
        var pause = try Poller(capacity: 1)
        for link in links {
            while try !session.interface(link.network.interface).isRunning {
                guard Clock.monotonic < deadline else { throw SystemError("wait for the link to run", code: ETIMEDOUT) }
                _ = try pause.wait(timeout: 200)
            }
        }
    }
}

extension NetlinkRequest {
    /// What makes an interface that is up the host's in a network: its address, and the gateway if it has one.
    ///
    /// - Parameter position: of several gateways the one of the first link is used.
    static func settings(of link: Link, on index: Int32, position: Int) -> [NetlinkRequest] {
        [.address(link.network, on: index)]
            + (link.network.gateway.map { [.defaultRoute(via: $0, on: index, metric: UInt32(position) * 100)] } ?? [])
    }
}
