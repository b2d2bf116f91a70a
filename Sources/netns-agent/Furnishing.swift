import Addresses
import Kernel
import Messages
import Netlink

/// Makes interfaces in a server's namespace have the addresses and routes of the host's, whatever they have now.
///
/// What is there already stays untouched: a server keeps its sockets, and what it sends meanwhile finds its way.
struct Furnishing {
    /// The links, each with the number of its interface in the namespace.
    let links: [(index: Int32, link: Link)]

    /// The interface on which what uses none is entered.
    private static let loopback: Int32 = 1

    /// Does so, by a session in that namespace.
    ///
    /// - Throws: `SystemError` of rtnetlink(7).
    func perform(by session: inout NetlinkSession) throws(SystemError) {
        let addresses = try session.addresses()
        try session.perform(
            links.flatMap { index, link in
                let present = addresses.filter { $0.interface == index }.map(\.address)
                return AddressStep.steps(from: present, to: link.addresses).map { $0.request(on: index) }
            })
        let routes = try session.routes()
        try session.perform(
            sorted(
                links.flatMap { index, link in
                    let own = routes.filter { $0.interface == index }.map(\.route)
                    return RouteStep.steps(from: own, to: link.routes.filter(\.usesInterface)).map { ($0, index) }
                } + stepsWithoutInterface(routes)))
    }

    private func stepsWithoutInterface(_ routes: [RouteEntry]) -> [(RouteStep, Int32)] {
        let present = routes.filter { $0.interface == nil }.map(\.route)
        let wanted = links.flatMap(\.link.routes).filter { !$0.usesInterface }
        return RouteStep.steps(from: present, to: wanted).map { ($0, Self.loopback) }
    }

    /// What other routes need is there before them, and what replaces a route before that goes.
    private func sorted(_ steps: [(step: RouteStep, index: Int32)]) -> [NetlinkRequest] {
        RouteStep.Turn.allCases.flatMap { turn in
            steps.filter { $0.step.turn == turn }.map { $0.step.request(on: $0.index) }
        }
    }
}

/// One change of an interface's addresses.
enum AddressStep: Equatable {
    case remove(InterfaceAddress)
    case add(InterfaceAddress)

    /// What makes the wanted addresses of those that are there, in their order, which says which is a secondary one.
    ///
    /// The kernel adds one behind the others. So those stay that are there in their order, up to the first that is not
    /// wanted or missing; the rest goes, the last first, for the first of a network takes its secondary ones along.
    static func steps(from present: [InterfaceAddress], to wanted: [InterfaceAddress]) -> [AddressStep] {
        let same = zip(present, wanted).prefix { $0.asAdded == $1.asAdded }.count
        return present.dropFirst(same).reversed().map(AddressStep.remove) + wanted.dropFirst(same).map(AddressStep.add)
    }

    func request(on index: Int32) -> NetlinkRequest {
        switch self {
        case .remove(let address): .remove(address, on: index)
        case .add(let address): .add(address, on: index)
        }
    }
}

extension InterfaceAddress {
    /// It as the kernel is asked to add it, which finds out by itself whether another of its network came first.
    fileprivate var asAdded: InterfaceAddress? {
        InterfaceAddress(
            address, prefixLength: prefixLength, peer: peer, broadcast: broadcast, scope: scope,
            flags: flags.subtracting(.secondary), metric: metric, label: label)
    }
}

/// One change of an interface's routes.
enum RouteStep: Equatable {
    /// It makes room for others with the same key, which are to be in another order.
    case clear(InterfaceRoute)
    case add(InterfaceRoute)
    case remove(InterfaceRoute)

    /// When it is due.
    enum Turn: CaseIterable {
        case clearing, addingLinks, addingOthers, removing
    }

    var turn: Turn {
        switch self {
        case .clear: .clearing
        case .add(let route): route.needsOthers ? .addingOthers : .addingLinks
        case .remove: .removing
        }
    }

    /// What makes the wanted routes of those that are there.
    ///
    /// Only among those with the same key does the order matter: the first is used.
    static func steps(from present: [InterfaceRoute], to wanted: [InterfaceRoute]) -> [RouteStep] {
        let present = Dictionary(grouping: present, by: \.key)
        let groups = Dictionary(grouping: wanted, by: \.key)
        var steps = present.filter { groups[$0.key] == nil }.flatMap(\.value).map(RouteStep.remove)
        var seen: Set<InterfaceRoute.Key> = []
        for key in wanted.map(\.key) where seen.insert(key).inserted {
            steps += Self.steps(within: present[key] ?? [], to: groups[key] ?? [])
        }
        return steps
    }

    private static func steps(within present: [InterfaceRoute], to wanted: [InterfaceRoute]) -> [RouteStep] {
        guard present != wanted else { return [] }
        let kept = present.filter(wanted.contains)
        let missing = wanted.filter { !present.contains($0) }
        guard kept + missing == wanted else { return present.map(RouteStep.clear) + wanted.map(RouteStep.add) }
        return missing.map(RouteStep.add) + present.filter { !wanted.contains($0) }.map(RouteStep.remove)
    }

    func request(on index: Int32) -> NetlinkRequest {
        switch self {
        case .add(let route): .add(route, on: index)
        case .clear(let route), .remove(let route): .remove(route, on: index)
        }
    }
}

extension InterfaceRoute {
    /// Whether it goes by an interface.
    var usesInterface: Bool { kind == .unicast }

    /// Whether the kernel has to know other routes first: to the router, or of the source as the host's own.
    fileprivate var needsOthers: Bool { hasGateway || source != nil && origin != Self.kernel }

    /// The kernel's own routes, of which it knows the source already (`RTPROT_KERNEL`).
    private static let kernel: UInt8 = 2
}
