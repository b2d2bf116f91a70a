import Addresses
import Component
import Kernel
import Messages
import Netlink

/// The interface on which the frames of one network come in, the host's own or the container's, and UDP port 67 there.
final class HostSide {
    private let state: State
    private let portHolder: PortHolder

    /// What can change of an interface while it keeps its name.
    private struct State: Equatable {
        let link: Link
        let index: Int32
    }

    private init(_ state: State, holding portHolder: consuming PortHolder) {
        self.state = state
        self.portHolder = portHolder
    }

    /// What the server sees of it.
    var link: Link { state.link }

    /// Those of the networks, in their order.
    ///
    /// - Throws: `Failure` naming the interface that is missing or the port that is taken.
    static func all(of networks: [AttachedNetwork], by uplink: Uplink) throws(Failure) -> [HostSide] {
        var session = try session()
        var sides: [HostSide] = []
        for network in networks {
            let state = try look(at: network, by: uplink, &session)
            let name = (state.link.container ?? network).interface
            sides.append(HostSide(state, holding: try holdPort(on: name)))
        }
        return sides
    }

    /// Why a network cannot be served now, if it cannot; one that is served already stands in its own way.
    static func objection(to network: AttachedNetwork, by uplink: Uplink) -> Failure? {
        do {
            _ = try all(of: [network], by: uplink)
            return nil
        } catch {
            return error
        }
    }

    /// Those of the sides that are no longer as they were: under the name is another interface, or the same with another
    /// MAC address or MTU, or, of a container, with another address; or the socket there does not hear it any more.
    ///
    /// The numbers alone do not tell: an interface that was moved to another namespace and is back has its old one. One
    /// that cannot be looked at is passed over: there is nothing yet to make surroundings from.
    ///
    /// - Throws: `Failure` of the kernel.
    static func changed(
        among sides: [HostSide], by uplink: Uplink, in surroundings: Surroundings?
    ) throws(Failure) -> [HostSide] {
        var session = try session()
        var changed: [HostSide] = []
        for side in sides {
            guard let now = try? look(at: side.link.network, by: uplink, &session) else { continue }
            let heard = try surroundings?.interfaceHeard(from: side) ?? now.index
            if now != side.state || heard != now.index { changed.append(side) }
        }
        return changed
    }

    /// A packet socket on the interface.
    ///
    /// - Throws: `SystemError` of socket(2), setsockopt(2) or bind(2).
    func openSocket() throws(SystemError) -> PacketSocket {
        try PacketSocket(on: state.index, filter: .fromLAN(to: link.macAddress.rawValue))
    }

    private static func session() throws(Failure) -> NetlinkSession {
        do { return try NetlinkSession() } catch { throw .kernel("look at the host's interfaces", error) }
    }

    private static func look(
        at network: AttachedNetwork, by uplink: Uplink, _ session: inout NetlinkSession
    ) throws(Failure) -> State {
        let container = uplink == .runtime ? try ContainerNetwork.find(apartFrom: network) : nil
        let name = (container ?? network).interface
        let interface: NetworkInterface
        do { interface = try session.interface(name) } catch {
            throw .kernel("look at the host's interfaces", error)
        }
        guard let macAddress = interface.macAddress else {
            throw .unavailable("\(name) is not an Ethernet interface; choose another")
        }
        let link = Link(macAddress: macAddress, mtu: interface.mtu, network: network, container: container)
        return State(link: link, index: interface.index)
    }

    /// Takes UDP port 67 on an interface: so the host does not refuse unicast renewals, and a second DHCP server on the
    /// host is found before anything starts.
    private static func holdPort(on interface: InterfaceName) throws(Failure) -> PortHolder {
        do {
            return try PortHolder(port: 67, on: interface.description)
        } catch {
            guard error.isAddressInUse else { throw .kernel("hold UDP port 67", error) }
            let owner = PortHolder.owner(ofPort: 67) ?? "a process that cannot be seen from here"
            throw .unavailable(
                "UDP port 67 on \(interface) is taken by \(owner); stop that DHCP server or relay agent first")
        }
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
