import Addresses
import CommandLine
import Diagnostics
import Glibc
import Kernel
import Messages

/// What the server sees in place of the host: a namespace with an interface for each network, and the descriptors
/// between which the relay forwards.
///
/// In a namespace of the agent's each interface is one end of a veth pair. The other ends live in a second namespace that
/// nobody else enters, so the host never sees them. Both namespaces exist as long as somebody holds a descriptor of them
/// or a socket in them; when this value ends and the relay has closed its sockets, the kernel removes everything.
final class Surroundings {
    /// What the networks look like, in the order of their interfaces' numbers.
    private(set) var links: [Link]
    private let relayNamespace: NetworkNamespace?
    private let hasDoors: Bool
    private let uplinks: [Uplink]
    let place: ServerPlace
    private let first: ServerSide
    /// The side of a second server, once it was made.
    private(set) var standby: ServerSide?
    private var gracePeriods: GracePeriods?

    /// The host's side of a link, whose socket the agent keeps so that a new relay can be given it, as the ends of the
    /// server's side: then not even the frames that wait in them are lost.
    private final class Uplink {
        let host: HostSide
        private let socket: PacketSocket?

        init(_ host: HostSide) throws(SystemError) {
            self.host = host
            socket = host.link.hasUplink ? try host.openSocket() : nil
        }

        /// The socket's, where there is something to hear.
        var descriptor: Int32? {
            switch socket {
            case .some(let socket): socket.descriptor.rawValue
            case .none: nil
            }
        }

        /// See `PacketSocket.boundInterface`.
        func boundInterface() throws(SystemError) -> Int32? {
            switch socket {
            case .some(let socket): try socket.boundInterface()
            case .none: nil
            }
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

    /// Makes the namespaces look like the host on these sides, for the server at `place`.
    ///
    /// - Throws: `Failure` of the kernel.
    init(
        _ sides: [HostSide], for place: ServerPlace, in namespaces: consuming Namespaces, hasDoors: Bool
    ) throws(Failure) {
        links = sides.map(\.link)
        self.place = place
        self.hasDoors = hasDoors
        let relay = namespaces.relay
        do {
            first = try ServerSide(links, place, in: namespaces.server, beside: relay, alone: true, hasDoors: hasDoors)
            uplinks = try Self.uplinks(of: sides)
        } catch {
            throw .kernel("make the server's surroundings", error)
        }
        relayNamespace = .some(relay)
    }

    /// The surroundings that somebody else has made and holds, by the descriptors of the interfaces there.
    ///
    /// - Throws: `Failure` of the kernel.
    init(_ sides: [HostSide], heldBy interfaces: [PassedDescriptor]) throws(Failure) {
        links = sides.map(\.link)
        place = .first
        relayNamespace = nil
        hasDoors = false
        do {
            first = try ServerSide(links, heldBy: interfaces)
            uplinks = try Self.uplinks(of: sides)
        } catch {
            throw .kernel("open the host's side", error)
        }
    }

    private static func uplinks(of sides: [HostSide]) throws(SystemError) -> [Uplink] {
        var uplinks: [Uplink] = []
        for side in sides { uplinks.append(try Uplink(side)) }
        return uplinks
    }

    /// The side of one of two servers; that of the second is made when it is asked for the first time.
    ///
    /// - Throws: `SystemError` of the kernel.
    func side(_ place: ServerPlace) throws(SystemError) -> ServerSide {
        guard place != self.place else { return first }
        if let standby { return standby }
        let made =
            switch relayNamespace {
            case .some(let relay):
                try ServerSide(
                    links, place, in: NetworkNamespace.make(), beside: relay, alone: false, hasDoors: hasDoors)
            case .none: throw SystemError("make a second side in a namespace that others hold", code: EINVAL)
            }
        standby = made
        return made
    }

    /// Whether the namespaces are ours, and nobody else's.
    var hasOwnNamespaces: Bool {
        switch relayNamespace {
        case .some: true
        case .none: false
        }
    }

    /// Runs `body` where the other ends of the server's interfaces are.
    ///
    /// - Throws: `SystemError` of setns(2), or what `body` throws.
    func atFarEnd<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result {
        switch relayNamespace {
        case .some(let relay): return try relay.run(body)
        case .none: throw SystemError("enter a namespace that others hold", code: EINVAL)
        }
    }

    /// Shows other addresses and routes on the interfaces, which stay the same.
    ///
    /// - Throws: `SystemError` of rtnetlink(7).
    func furnish(_ links: [Link]) throws(SystemError) {
        try first.furnish(links)
        try standby?.furnish(links)
        self.links = links
    }

    /// Spends some milliseconds on making the kernel hurry with a server, by its process, that opens or closes its sockets.
    ///
    /// - Parameter isOver: whether it has what it needs; it is asked each millisecond.
    /// - Returns: false where that is not possible: with one processor, or in a namespace that somebody else holds.
    /// - Throws: `SystemError` of the kernel.
    func hasten(_ server: Int32, until isOver: () throws(SystemError) -> Bool) throws(SystemError) -> Bool {
        if gracePeriods == nil {
            switch relayNamespace {
            case .some(let relay): gracePeriods = try GracePeriods(changing: relay)
            case .none: return false
            }
        }
        return try gracePeriods?.hasten(server, until: isOver) ?? false
    }

    /// What the relay is told of the links.
    var introduction: Message { .links(links, of: place) }

    /// The descriptors that the relay gets: for each link the host's side, where there is one, then the server's.
    var descriptors: [Int32] {
        zip(uplinks, first.descriptors).flatMap { [$0.descriptor, $1].compactMap(\.self) }
    }

    /// The number of the interface that the socket on a host's side is bound to (see `PacketSocket.boundInterface`);
    /// nothing for a side of other surroundings.
    ///
    /// - Throws: `Failure` of the kernel.
    func interfaceHeard(from side: HostSide) throws(Failure) -> Int32? {
        do { return try uplinks.first { $0.host === side }?.boundInterface() } catch {
            throw .kernel("look at a packet socket", error)
        }
    }
}
