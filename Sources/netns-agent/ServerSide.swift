import Addresses
import Glibc
import Kernel
import Messages
import Netlink

/// Of what a server sees, the side that is its own: a namespace with an interface for each link, and of these the ends
/// that the relay gets.
final class ServerSide {
    private let namespace: NetworkNamespace?
    private let isHeldByOthers: Bool
    private var links: [Link]
    private let ends: [End]
    /// Where what is not DHCP leaves; nothing in a namespace that others hold.
    let doorway: Doorway?
    /// Whether frames can leave the interfaces.
    private(set) var isUp = true

    /// The relay's end of a link.
    private final class End {
        let port: FramePort

        init(_ port: consuming FramePort) {
            self.port = port
        }
    }

    /// Makes it: the server's ends in `namespace`, the others in `relayNamespace`.
    ///
    /// - Parameters:
    ///   - alone: whether nobody else has ends in `relayNamespace`.
    ///   - hasDoors: whether the server may speak more than DHCP.
    /// - Throws: `SystemError` of the kernel.
    init(
        _ links: [Link], _ place: ServerPlace, in namespace: consuming NetworkNamespace,
        beside relayNamespace: borrowing NetworkNamespace, alone: Bool, hasDoors: Bool
    ) throws(SystemError) {
        self.links = links
        guard try namespace.isElsewhere, try relayNamespace.isElsewhere else {
            throw SystemError("make the server's interfaces in a namespace of their own", code: EINVAL)
        }
        let position = Doorway.position(among: links)
        let doorway = Doorway(
            links[position], interface: Self.index(position),
            nearName: Self.nearName(of: links[position], position, place),
            nearInterface: Self.nearIndex(position, place))
        try Self.makeLinks(links, place, namespace, relayNamespace, doorway, alone: alone)
        self.doorway = doorway
        // What goes through a door is no business of the relay's; without one it counts what finds none.
        let filter = hasDoors ? PacketFilter.fromServer(notTo: Doorway.macAddress.rawValue) : .fromServer
        var ends: [End] = []
        for position in links.indices {
            let socket = try relayNamespace.run { () throws(SystemError) in
                try PacketSocket(on: Self.nearIndex(position, place), filter: filter)
            }
            ends.append(End(FramePort(socket)))
        }
        self.ends = ends
        isHeldByOthers = false
        self.namespace = .some(namespace)
    }

    /// The one that somebody else has made and holds, by the descriptors of its interfaces.
    ///
    /// - Throws: `SystemError` of fcntl(2).
    init(_ links: [Link], heldBy interfaces: [PassedDescriptor]) throws(SystemError) {
        self.links = links
        namespace = nil
        doorway = nil
        isHeldByOthers = true
        var ends: [End] = []
        for interface in interfaces { ends.append(End(FramePort(TapInterface(adopting: try interface.take())))) }
        self.ends = ends
    }

    /// Of each link the descriptor that the relay gets.
    var descriptors: [Int32] { ends.map { $0.port.descriptor.rawValue } }

    /// Starts a server in the namespace.
    ///
    /// - Parameters:
    ///   - number: the number of this start, another one each time.
    ///   - files: what it sees of the host's files; as they are where nothing is given.
    /// - Throws: `SystemError` naming the step that failed.
    func start(_ command: ServerCommand, number: UInt32, seeing files: FileView?) throws(SystemError) -> Server {
        switch namespace {
        case .some(let namespace): return try Server(command, start: number, in: namespace, seeing: files)
        case .none: throw SystemError("start \(command.name) in a namespace that others hold", code: EINVAL)
        }
    }

    /// Takes the interfaces down, so that nothing leaves the namespace whatever may still live in it.
    ///
    /// - Throws: `SystemError` of rtnetlink(7).
    func takeDown() throws(SystemError) {
        guard isUp else { return }
        var session = try session()
        try session.perform(links.indices.map { .down(Self.index($0)) })
        isUp = false
    }

    /// Shows other addresses and routes on the interfaces; in a namespace that others hold, they do that.
    ///
    /// - Throws: `SystemError` of rtnetlink(7).
    func furnish(_ links: [Link]) throws(SystemError) {
        self.links = links
        guard isUp, !isHeldByOthers else { return }
        var session = try session()
        try Self.furnishing(links).perform(by: &session)
        try session.perform(doorway?.ways(for: links) ?? [])
    }

    /// Takes the interfaces up again, with the routes that went down with them.
    ///
    /// - Throws: `SystemError` of rtnetlink(7).
    func takeUp() throws(SystemError) {
        guard !isUp else { return }
        var session = try session()
        try session.perform(links.indices.map { .up(Self.index($0)) })
        try Self.furnishing(links).perform(by: &session)
        try session.perform(doorway?.ways(for: links) ?? [])
        try Self.awaitCarrier(links, &session)
        isUp = true
    }

    /// Runs `body` in the server's namespace.
    ///
    /// - Throws: `SystemError` of setns(2), or what `body` throws.
    func inside<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(SystemError) -> Result {
        switch namespace {
        case .some(let namespace): return try namespace.run(body)
        case .none: throw SystemError("enter a namespace that others hold", code: EINVAL)
        }
    }

    private func session() throws(SystemError) -> NetlinkSession {
        switch namespace {
        case .some(let namespace): return try namespace.run { () throws(SystemError) in try NetlinkSession() }
        case .none: throw SystemError("change interfaces that others hold", code: EINVAL)
        }
    }

    /// Interface 1 of a namespace is the loopback; the links follow in their order.
    private static func index(_ position: Int) -> Int32 {
        Int32(position) + 2
    }

    private static func furnishing(_ links: [Link]) -> Furnishing {
        Furnishing(links: links.enumerated().map { (index($0), $1) })
    }

    /// The number of the other end.
    ///
    /// It must be another: an interface that refers to its own number the kernel takes for a physical one, and may take
    /// up to a second to say that it is running (linkwatch_urgent_event).
    private static func nearIndex(_ position: Int, _ place: ServerPlace) -> Int32 {
        index(position) + (place == .first ? 1_000 : 2_000)
    }

    /// The name of the other end: in the relay's namespace are those of two servers.
    private static func nearName(of link: Link, _ position: Int, _ place: ServerPlace) -> InterfaceName {
        let name = link.network.interface
        return place == .first ? name : InterfaceName("standby\(position)") ?? name
    }

    private static func makeLinks(
        _ links: [Link], _ place: ServerPlace, _ namespace: borrowing NetworkNamespace,
        _ relayNamespace: borrowing NetworkNamespace, _ doorway: Doorway, alone: Bool
    ) throws(SystemError) {
        var near = try relayNamespace.run { () throws(SystemError) in try NetlinkSession() }
        var far = try namespace.run { () throws(SystemError) in try NetlinkSession() }
        var pairs: [NetlinkRequest] = []
        var settings: [NetlinkRequest] = [.up(1)]
        for (position, link) in links.enumerated() {
            let index = index(position)
            pairs.append(
                .pair(
                    near: .init(
                        name: nearName(of: link, position, place), index: nearIndex(position, place),
                        macAddress: Doorway.macAddress),
                    far: .init(name: link.network.interface, index: index, macAddress: link.macAddress),
                    mtu: link.mtu, in: namespace.descriptor.rawValue))
            if !link.hasUplink { settings.append(.withoutARP(index)) }
            settings.append(.up(index))
        }
        try near.perform((alone ? Doorway.firstAtFarEnd : []) + pairs + doorway.farEnd)
        try far.perform(settings)
        try furnishing(links).perform(by: &far)
        try far.perform(Doorway.rules + doorway.ways(for: links))
        try awaitCarrier(links, &far)
    }

    /// Waits until the interfaces carry frames: Kea gives up those that do not when it starts, and stays deaf.
    private static func awaitCarrier(_ links: [Link], _ session: inout NetlinkSession) throws(SystemError) {
        let deadline = Clock.monotonic + 2_000_000
        let pause = try Poller(capacity: 1)
        for link in links {
            while try !session.interface(link.network.interface).isRunning {
                guard Clock.monotonic < deadline else { throw SystemError("wait for the link to run", code: ETIMEDOUT) }
                _ = try pause.wait(timeout: 200)
            }
        }
    }
}
