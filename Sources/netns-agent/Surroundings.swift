import Addresses
import Component
import Glibc
import Kernel
import Messages
import Netlink

/// What the server sees in place of the host: a namespace with an interface for each network, and the sockets between
/// which the relay forwards.
///
/// Each interface is one end of a veth pair. The other ends live in a second namespace that nobody else enters, so the
/// host never sees them. Both namespaces exist as long as somebody holds a descriptor of them or a socket in them; when
/// this value ends and the relay has closed its sockets, the kernel removes everything.
final class Surroundings {
    /// What the networks look like, in the order of their interfaces' numbers.
    let links: [Link]
    /// The server's namespace.
    let serverNamespace: NetworkNamespace
    private let sockets: [LinkSockets]

    /// The host's interface in one network, and its UDP port 67.
    private final class HostSide {
        let network: AttachedNetwork
        let index: Int32
        let macAddress: MACAddress
        let mtu: UInt32
        private let portHolder: PortHolder

        init(
            _ network: AttachedNetwork, _ interface: NetworkInterface, _ macAddress: MACAddress,
            holding portHolder: consuming PortHolder
        ) {
            self.network = network
            index = interface.index
            mtu = interface.mtu
            self.macAddress = macAddress
            self.portHolder = portHolder
        }
    }

    /// The sockets of one link, which the agent keeps so that a new relay can be given them: then not even the frames
    /// that wait in them are lost.
    private final class LinkSockets {
        let host: HostSide
        let uplink: PacketSocket
        let server: PacketSocket

        init(host: HostSide, uplink: consuming PacketSocket, server: consuming PacketSocket) {
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
                throw Surroundings.failure("make a network namespace", error)
            }
        }
    }

    /// Makes the namespaces look like the host in these networks.
    ///
    /// - Throws: `Failure` naming the interface that is missing or the port that is taken.
    init(_ networks: [AttachedNetwork], in namespaces: consuming Namespaces) throws(Failure) {
        let sides = try Self.hostSides(of: networks)
        serverNamespace = namespaces.server
        do {
            try Self.makeLinks(sides, serverNamespace, namespaces.relay)
            sockets = try Self.openSockets(sides, namespaces.relay)
            links = sides.map { Link(macAddress: $0.macAddress, network: $0.network) }
        } catch {
            throw Self.failure("make the server's surroundings", error)
        }
    }

    /// The descriptors that the relay gets: for each link the host's side, then the server's.
    var descriptors: [Int32] {
        sockets.flatMap { [$0.uplink.descriptor.rawValue, $0.server.descriptor.rawValue] }
    }

    private static func hostSides(of networks: [AttachedNetwork]) throws(Failure) -> [HostSide] {
        var session: NetlinkSession
        do { session = try NetlinkSession() } catch { throw failure("look at the host's interfaces", error) }
        var sides: [HostSide] = []
        for network in networks {
            let interface: NetworkInterface
            do { interface = try session.interface(network.interface) } catch {
                throw failure("look at the host's interfaces", error)
            }
            guard let macAddress = interface.macAddress else {
                throw .unavailable("\(network.interface) is not an Ethernet interface; choose another")
            }
            sides.append(HostSide(network, interface, macAddress, holding: try holdPort(on: network.interface)))
        }
        return sides
    }

    /// Takes UDP port 67 on an interface: so the host does not refuse unicast renewals, and a second DHCP server on the
    /// host is found before anything starts.
    private static func holdPort(on interface: InterfaceName) throws(Failure) -> PortHolder {
        do {
            return try PortHolder(port: 67, on: interface.description)
        } catch {
            guard error.isAddressInUse else { throw failure("hold UDP port 67", error) }
            let owner = PortHolder.owner(ofPort: 67) ?? "a process that cannot be seen from here"
            throw .unavailable(
                "UDP port 67 on \(interface) is taken by \(owner); stop that DHCP server or relay agent first")
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

    /// Waits until the interfaces carry frames: Kea gives up those that do not when it starts, and stays deaf.
    private static func awaitCarrier(_ sides: [HostSide], _ session: inout NetlinkSession) throws(SystemError) {
        let deadline = Clock.monotonic + 2_000_000
        var pause = try Poller(capacity: 1)
        for side in sides {
            while try !session.interface(side.network.interface).isRunning {
                guard Clock.monotonic < deadline else { throw SystemError("wait for the link to run", code: ETIMEDOUT) }
                _ = try pause.wait(timeout: 200)
            }
        }
    }

    private static func makeLinks(
        _ sides: [HostSide], _ serverNamespace: borrowing NetworkNamespace,
        _ relayNamespace: borrowing NetworkNamespace
    ) throws(SystemError) {
        var near = try relayNamespace.run { () throws(SystemError) in try NetlinkSession() }
        var far = try serverNamespace.run { () throws(SystemError) in try NetlinkSession() }
        var pairs: [NetlinkRequest] = []
        var settings: [NetlinkRequest] = [.up(1)]
        for (position, side) in sides.enumerated() {
            let index = index(position)
            let name = side.network.interface
            pairs.append(
                .pair(
                    near: .init(name: name, index: nearIndex(position), macAddress: nil),
                    far: .init(name: name, index: index, macAddress: side.macAddress),
                    mtu: side.mtu, in: serverNamespace.descriptor.rawValue))
            settings += [.up(index), .address(side.network, on: index)]
            if let gateway = side.network.gateway {
                settings.append(.defaultRoute(via: gateway, on: index, metric: UInt32(position) * 100))
            }
        }
        try near.perform(pairs)
        try far.perform(settings)
        try awaitCarrier(sides, &far)
    }

    private static func openSockets(
        _ sides: [HostSide], _ relayNamespace: borrowing NetworkNamespace
    ) throws(SystemError) -> [LinkSockets] {
        var sockets: [LinkSockets] = []
        for (position, side) in sides.enumerated() {
            let uplink = try PacketSocket(on: side.index, filter: .fromLAN(to: side.macAddress.rawValue))
            let server = try relayNamespace.run { () throws(SystemError) in
                try PacketSocket(on: nearIndex(position), filter: .fromServer)
            }
            sockets.append(LinkSockets(host: side, uplink: uplink, server: server))
        }
        return sockets
    }

    /// What a failed system call means for people: a missing privilege is theirs to mend, the rest is ours.
    private static func failure(_ purpose: String, _ error: SystemError) -> Failure {
        guard error.isPermissionDenied || error.isMissing else { return .software("cannot \(purpose)", error) }
        let hint = error.isMissing ? "" : "; netns-agent needs root with NET_ADMIN, NET_RAW and SYS_ADMIN"
        return .unavailable("cannot \(purpose): \(error)\(hint)")
    }
}
