public import Addresses
public import HostNetwork

/// Checks which networks would be served, for which reason, and what about their interfaces prevents it.
public enum NetworkFindings {
    /// The state of an interface.
    public struct Interface: Hashable, Sendable {
        /// Its name.
        public let name: InterfaceName
        /// Its MAC address; nil if it is not an Ethernet interface.
        public let macAddress: MACAddress?
        /// Whether an administrator has set it up.
        public let isUp: Bool
        /// Whether it has a carrier.
        public let isRunning: Bool

        /// Makes the state of an interface.
        public init(name: InterfaceName, macAddress: MACAddress?, isUp: Bool, isRunning: Bool) {
            self.name = name
            self.macAddress = macAddress
            self.isUp = isUp
            self.isRunning = isRunning
        }
    }

    /// Lists the networks, each with the routes that it comes from, or says why there is none.
    ///
    /// - Parameters:
    ///   - named: the interfaces that were named; if none was, all with a gateway.
    ///   - present: interfaces that are there, whether or not a route uses them.
    public static func networks(
        routes: [Route], localAddresses: Set<IPv4Address>, interfaces named: [InterfaceName],
        present: Set<InterfaceName> = []
    ) -> (networks: [AttachedNetwork], findings: [Finding]) {
        do throws(AttachmentError) {
            let networks = try HostNetworks.attached(
                routes: routes, localAddresses: localAddresses, interfaces: named, present: present)
            let chosen = networks.map { Finding("network", .ok, reason(for: $0, routes)) }
            return (networks, chosen + leftOut(networks, routes))
        } catch {
            return ([], [Finding("network", .problem, "\(error)")])
        }
    }

    private static func reason(for network: AttachedNetwork, _ routes: [Route]) -> String {
        guard let origin = NetworkOrigin(of: network, in: routes) else { return "\(network)" }
        let link = "the route to \(origin.link.destination) on \(network.interface)"
        guard let route = origin.defaultRoute, let gateway = route.gateway else { return "\(network): by \(link)" }
        return "\(network): by the default route through \(gateway) (metric \(route.metric)), and \(link)"
    }

    private static func leftOut(_ networks: [AttachedNetwork], _ routes: [Route]) -> [Finding] {
        let served = Set(networks.map(\.interface))
        let others = HostNetworks.interfacesWithNetwork(in: routes).filter { !served.contains($0) }
        guard !others.isEmpty else { return [] }
        let list = others.map(\.description).joined(separator: ", ")
        let options = others.map { "'--interface \($0)'" }.joined(separator: ", ")
        return [
            Finding(
                "network", .warning, "not served: \(list)",
                advice: "where clients are to be served there, say so by \(options), or '--interface all'")
        ]
    }

    /// Checks that the interface of a network can carry frames to and from clients.
    ///
    /// - Parameter interface: the state of the interface; nil if there is none of that name.
    public static func interface(of network: AttachedNetwork, _ interface: Interface?) -> Finding {
        let name = network.interface
        guard let interface else {
            return Finding(
                "interface", .problem, "there is no interface \(name) here, only its routes",
                advice: "run this where the routes come from: on the host, or in a container with network_mode: host")
        }
        guard let macAddress = interface.macAddress else {
            return Finding(
                "interface", .problem, "\(name) is not an Ethernet interface", advice: "choose another by --interface")
        }
        guard interface.isUp, interface.isRunning else {
            return Finding(
                "interface", .warning, "\(name) is \(interface.isUp ? "up but has no carrier" : "down")",
                advice: "see to its cable or 'ip link set \(name) up'; the server is started, and waits for clients")
        }
        return Finding("interface", .ok, "\(name) \(macAddress) is up and running")
    }

    /// Checks that UDP port 67 is free on an interface.
    ///
    /// - Parameter holder: the process that holds the port, as in `dnsmasq (process 42)`; nil if the port is free.
    public static func port(on interface: InterfaceName, holder: String?) -> Finding {
        guard let holder else { return Finding("UDP port 67", .ok, "free on \(interface)") }
        let isOurs = holder.hasPrefix("netns-agent ")
        return Finding(
            "UDP port 67", .problem, "on \(interface) it is taken by \(holder)",
            advice: isOurs
                ? "middle-sock runs here already: 'middle-sock status' tells how it is"
                : "stop that DHCP server or relay agent ('systemctl stop' and 'systemctl disable' if it is a "
                    + "service), or keep it from \(interface)")
    }

    /// Says that it is not known whether UDP port 67 is free.
    public static func portUnknown(_ reason: String) -> Finding {
        Finding("UDP port 67", .unchecked, reason)
    }

    /// Checks whether the reverse path filter, which the server's namespace copies from the host, can drop requests.
    ///
    /// Packet sockets also receive what the filter drops, so it matters neither on the host's side nor to dhcpd. Kea
    /// and dnsmasq receive on a UDP socket (net/ipv4/fib_frontend.c, `fib_validate_source`).
    ///
    /// - Parameter mode: the larger of `all` and `default` under `/proc/sys/net/ipv4/conf`: 0 is off, 1 strict, 2 loose
    ///   (Documentation/networking/ip-sysctl.rst); nil if it cannot be read.
    public static func reversePath(mode: Int?, networks: [AttachedNetwork]) -> Finding {
        let subject = "reverse path"
        guard let mode else { return Finding(subject, .unchecked, "net.ipv4.conf.all.rp_filter cannot be read") }
        let words = [0: "off", 1: "strict", 2: "loose"][mode] ?? "\(mode)"
        guard mode != 0, networks.count > 1 || networks.contains(where: { $0.gateway == nil }),
            mode == 1 || networks.allSatisfy({ $0.gateway == nil })
        else { return Finding(subject, .ok, "the filter is \(words): it drops nothing that a server hears") }
        return Finding(
            subject, .warning,
            "the filter is \(words), and the server's namespace takes that over: Kea and dnsmasq do not hear relay agents "
                + "to whom no route leads by the interface that they come by",
            advice: "if there are such relay agents, 'sysctl -w net.ipv4.conf.all.rp_filter=0 "
                + "net.ipv4.conf.default.rp_filter=0' before the start")
    }
}
