import Addresses
import CommandLine
import Diagnostics
import Glibc
import Kernel
import Messages
import Netlink
import ServerLife

/// The interface on which the frames of one network come in, the host's own or the container's, and UDP port 67 there.
final class HostSide {
    private(set) var state: State
    private let portHolder: PortHolder?

    /// What can change of an interface while it keeps its name.
    struct State: Equatable {
        /// What the server sees of it.
        let link: Link
        /// Its number.
        let index: Int32
        /// Whether it is taken up; the kernel forgets the routes of one that is not.
        let isUp: Bool
    }

    private init(_ state: State, holding portHolder: consuming PortHolder?) {
        self.state = state
        self.portHolder = portHolder
    }

    /// What the server sees of it.
    var link: Link { state.link }

    /// Takes note that the server sees it like this from now on; the interface is still the same.
    func show(_ link: Link) {
        state = State(link: link, index: state.index, isUp: state.isUp)
    }

    /// Those of the networks, in their order, and behind them those of other interfaces that lead out of the host.
    ///
    /// - Throws: `Failure` naming the interface that is missing or the port that is taken.
    static func all(
        of networks: [AttachedNetwork], by uplink: Uplink, in view: HostView
    ) throws(Failure) -> [HostSide] {
        let ways = uplink == .lan ? view.waysOut(besides: networks.map(\.interface)) : []
        var sides: [HostSide] = []
        for state in try State.all(of: networks, ways, by: uplink, in: view) {
            let state = try state.get()
            let name = (state.link.container ?? state.link.network).interface
            sides.append(HostSide(state, holding: state.link.hasUplink ? try holdPort(on: name) : nil))
        }
        return sides
    }

    /// Why a network cannot be served now, if it cannot; one that is served already stands in its own way.
    static func objection(to network: AttachedNetwork, by uplink: Uplink, in view: HostView) -> Failure? {
        do {
            _ = try all(of: [network], by: uplink, in: view)
            return nil
        } catch {
            return error
        }
    }

    /// What is other than when the surroundings were made for these sides, now that these networks are to be served.
    ///
    /// - Throws: `Failure` of the kernel.
    static func change(
        from sides: [HostSide], to networks: [AttachedNetwork], by uplink: Uplink, in view: HostView,
        _ surroundings: Surroundings?
    ) throws(Failure) -> HostChange {
        var heard: [Int32?] = []
        for side in sides { heard.append(try surroundings?.interfaceHeard(from: side)) }
        let known = sides.filter { !$0.link.hasUplink }.map(\.link.network.interface)
        let served = networks.map(\.interface)
        // Another way out, as a VPN's, is there from the next start on: no reason to stop a server that has one.
        let ways =
            hasWayOut(sides) ? known.filter { !served.contains($0) } : view.waysOut(besides: served, known: known)
        let led = uplink == .lan ? ways : []
        let states = try State.all(of: networks, led, by: uplink, in: view).map { try? $0.get() }
        return HostChange(from: sides.map(\.state), heard: heard, to: networks, seenAs: states)
    }

    private static func hasWayOut(_ sides: [HostSide]) -> Bool {
        sides.contains { side in
            // One that leads nowhere now may again.
            !side.link.hasUplink
                || side.link.routes.contains { $0.kind == .unicast && $0.destination.prefixLength <= 1 }
        }
    }

    /// A packet socket on the interface.
    ///
    /// - Throws: `SystemError` of socket(2), setsockopt(2) or bind(2).
    func openSocket() throws(SystemError) -> PacketSocket {
        try PacketSocket(on: state.index, filter: .fromLAN(to: link.macAddress.rawValue))
    }

    /// Takes UDP port 67 on an interface: so the host does not refuse unicast renewals, and a second DHCP server on the
    /// host is found before anything starts.
    private static func holdPort(on interface: InterfaceName) throws(Failure) -> PortHolder {
        do {
            return try PortHolder(port: 67, on: interface.description)
        } catch {
            guard error.isAddressInUse else { throw .kernel("hold UDP port 67", error) }
            let owner = PortHolder.ownerInWords(ofPort: 67)
            throw .unavailable(
                "UDP port 67 on \(interface) is taken by \(owner); stop that DHCP server or relay agent first")
        }
    }
}

extension HostSide.State {
    /// What there is of the networks, in their order, or why there is not, and behind them the `ways` out of the host.
    ///
    /// - Throws: `Failure` when the container is nowhere itself.
    static func all(
        of networks: [AttachedNetwork], _ ways: [InterfaceName], by uplink: Uplink, in view: HostView
    ) throws(Failure) -> [Result<HostSide.State, Failure>] {
        let ways = ways.prefix(max(0, Link.maximumCount - networks.count))
        let names = networks.map(\.interface) + ways
        var found: [Result<HostSide.State, Failure>] = []
        for (position, network) in networks.enumerated() {
            do throws(Failure) {
                guard network.hasAddress || uplink == .lan else {
                    throw .unavailable("\(network): the uplink '\(uplink)' needs one; name another interface")
                }
                let container = uplink == .runtime ? try ContainerNetwork.find(apartFrom: network) : nil
                let elsewhere = position == 0 && uplink == .lan ? view.routesElsewhere(than: names) : []
                found.append(.success(try HostSide.State(of: network, in: container, view, elsewhere)))
            } catch {
                found.append(.failure(error))
            }
        }
        return found + ways.map { .success(HostSide.State(wayOut: $0, view)) }
    }

    /// An interface that only leads out; one that is gone has neither addresses nor routes until it is back.
    private init(wayOut name: InterfaceName, _ view: HostView) {
        let interface = view.interface(name)
        link = Link(
            // A MAC address is what the server's interface needs even where the host's has none, as that of a tunnel.
            macAddress: interface?.macAddress ?? Self.anyMACAddress, mtu: interface?.mtu ?? 1_500,
            network: view.refined(AttachedNetwork(unaddressed: name)), hasUplink: false,
            addresses: view.addresses(of: name), routes: view.routes(of: name))
        index = interface?.index ?? 0
        // Other than on a LAN that is served, packets are to find no way any more.
        isUp = true
    }

    /// A locally administered one.
    private static let anyMACAddress = MACAddress(0x02, 0, 0, 0, 0, 1)

    private init(
        of network: AttachedNetwork, in container: AttachedNetwork?, _ view: HostView, _ elsewhere: [InterfaceRoute]
    ) throws(Failure) {
        let name = (container ?? network).interface
        guard let interface = view.interface(name) else {
            throw .kernel("look at the host's interfaces", SystemError("look at \(name)", code: ENODEV))
        }
        guard let macAddress = interface.macAddress else {
            throw .unavailable("\(name) is not an Ethernet interface; choose another")
        }
        // A container knows of the host's addresses and routes only what discovery has read for it.
        link =
            container == nil
            ? Link(
                macAddress: macAddress, mtu: interface.mtu, network: view.refined(network),
                addresses: view.addresses(of: name), routes: view.routes(of: name) + elsewhere)
            : Link(macAddress: macAddress, mtu: interface.mtu, network: network, container: container)
        index = interface.index
        isUp = interface.isUp
    }
}

extension Failure {
    /// What a failed system call means for people: a missing privilege is theirs to mend, the rest is ours.
    static func kernel(_ purpose: String, _ error: SystemError) -> Failure {
        guard error.isPermissionDenied || error.isMissing else { return .software("cannot \(purpose)", error) }
        let hint = error.isMissing ? "" : "; 'netns-agent --help' tells which privileges it needs"
        return .unavailable("cannot \(purpose): \(error)\(hint)")
    }
}
