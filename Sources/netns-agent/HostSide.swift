import Addresses
import Component
import Kernel
import Messages
import Netlink

/// The interface on which the frames of one network come in, the host's own or the container's, and UDP port 67 there.
final class HostSide {
    /// What the server sees of it.
    let link: Link
    private let index: Int32
    private let portHolder: PortHolder

    private init(_ link: Link, on interface: NetworkInterface, holding portHolder: consuming PortHolder) {
        self.link = link
        index = interface.index
        self.portHolder = portHolder
    }

    /// Those of the networks, in their order.
    ///
    /// - Throws: `Failure` naming the interface that is missing or the port that is taken.
    static func all(of networks: [AttachedNetwork], by uplink: Uplink) throws(Failure) -> [HostSide] {
        var session: NetlinkSession
        do { session = try NetlinkSession() } catch { throw .kernel("look at the host's interfaces", error) }
        var sides: [HostSide] = []
        for network in networks {
            let container = uplink == .runtime ? try ContainerNetwork.find(apartFrom: network) : nil
            sides.append(try find(network, in: container, &session))
        }
        return sides
    }

    /// A packet socket on the interface.
    ///
    /// - Throws: `SystemError` of socket(2), setsockopt(2) or bind(2).
    func openSocket() throws(SystemError) -> PacketSocket {
        try PacketSocket(on: index, filter: .fromLAN(to: link.macAddress.rawValue))
    }

    private static func find(
        _ network: AttachedNetwork, in container: AttachedNetwork?, _ session: inout NetlinkSession
    ) throws(Failure) -> HostSide {
        let name = (container ?? network).interface
        let interface: NetworkInterface
        do { interface = try session.interface(name) } catch {
            throw .kernel("look at the host's interfaces", error)
        }
        guard let macAddress = interface.macAddress else {
            throw .unavailable("\(name) is not an Ethernet interface; choose another")
        }
        let link = Link(macAddress: macAddress, mtu: interface.mtu, network: network, container: container)
        return HostSide(link, on: interface, holding: try holdPort(on: name))
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
