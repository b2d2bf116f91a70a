import Addresses
import Diagnostics
import HostNetwork
import Kernel
import Messages
import Netlink

/// The interfaces that make the calling process's own namespace look like the host.
///
/// Each is a TAP interface: it needs no second namespace for its other end, and so nobody the privilege to enter one.
struct HeldInterfaces: ~Copyable {
    /// What they show.
    private(set) var links: [Link] = []
    private var interfaces: [Interface] = []
    private var session: NetlinkSession

    private final class Interface {
        let index: Int32
        let tap: TapInterface

        init(index: Int32, tap: consuming TapInterface) {
            self.index = index
            self.tap = tap
        }
    }

    /// None yet.
    ///
    /// - Throws: `Failure` when somebody's network is here already.
    init() throws(Failure) {
        guard try Self.isEmpty() else {
            throw .unavailable(
                "this network namespace has routes of its own; run 'netns-agent hold' in an empty one, as a container "
                    + "has it with 'network_mode: none'")
        }
        do { session = try NetlinkSession() } catch { throw .kernel("look at the interfaces", error) }
    }

    /// The descriptors of the interfaces, in the order of `links`.
    var descriptors: [Int32] {
        interfaces.map { $0.tap.descriptor.rawValue }
    }

    /// Makes the namespace show these links: where only addresses or routes are others, on the same interfaces.
    ///
    /// - Throws: `Failure` of the kernel; where there have to be other interfaces, it then shows none.
    mutating func show(_ wanted: [Link]) throws(Failure) {
        guard wanted != links else { return }
        do {
            if wanted.map(\.interfaceAlone) != links.map(\.interfaceAlone) {
                try removeAll()
                try session.perform([.up(1)])
                for link in wanted { interfaces.append(try make(link)) }
            }
            try Furnishing(links: zip(interfaces, wanted).map { ($0.index, $1) }).perform(by: &session)
            links = wanted
        } catch {
            throw .kernel("make the namespace look like the host", error)
        }
    }

    private mutating func make(_ link: Link) throws(SystemError) -> Interface {
        let name = link.network.interface
        let tap = try TapInterface(named: name.description, filter: .fromServer)
        let index = try session.interface(name).index
        if !link.hasUplink { try session.perform([.withoutARP(index)]) }
        try session.perform([.up(index, as: link.macAddress, mtu: link.mtu)])
        return Interface(index: index, tap: tap)
    }

    /// Others may have their descriptors still, so that closing them would not be enough.
    private mutating func removeAll() throws(SystemError) {
        links = []
        if !interfaces.isEmpty { try session.perform(interfaces.map { .remove($0.index) }) }
        interfaces = []
    }

    private static func isEmpty() throws(Failure) -> Bool {
        do {
            return try RouteTable.parse(Descriptor.contents(of: "/proc/self/net/route")).isEmpty
        } catch {
            throw .unavailable("cannot look at the routes of this network namespace: \(error)")
        }
    }
}

extension Link {
    /// What makes the interface the one it is: its name, MAC address and MTU.
    fileprivate var interfaceAlone: [String] { ["\(network.interface)", "\(macAddress)", "\(mtu)"] }
}
