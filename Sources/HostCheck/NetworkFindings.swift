public import Addresses
public import HostNetwork

/// Which networks would be served, why, and what of their interfaces is in the way.
public enum NetworkFindings {
    /// What is known about an interface.
    public struct Interface: Hashable, Sendable {
        /// Its name.
        public let name: InterfaceName
        /// Its MAC address; nothing when it is not an Ethernet interface.
        public let macAddress: MACAddress?
        /// Whether it was taken up.
        public let isUp: Bool
        /// Whether it has a carrier.
        public let isRunning: Bool

        /// An interface.
        public init(name: InterfaceName, macAddress: MACAddress?, isUp: Bool, isRunning: Bool) {
            self.name = name
            self.macAddress = macAddress
            self.isUp = isUp
            self.isRunning = isRunning
        }
    }

    /// The networks, each with the routes that made it, or why there is none.
    ///
    /// - Parameter named: the interfaces that are meant; those with a gateway when there is none.
    public static func networks(
        routes: [Route], localAddresses: Set<IPv4Address>, interfaces named: [InterfaceName]
    ) -> (networks: [AttachedNetwork], findings: [Finding]) {
        do throws(AttachmentError) {
            let networks = try HostNetworks.attached(routes: routes, localAddresses: localAddresses, interfaces: named)
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
        return [
            Finding("network", .ok, "not served: \(list); '--interface NAME', for each that is to be, changes that")
        ]
    }

    /// Whether the interface of a network can carry frames to and from clients.
    ///
    /// - Parameter interface: what is known about it; nothing when there is none of that name here.
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

    /// Whether UDP port 67 is free on an interface.
    ///
    /// - Parameter holder: who has it, as `dnsmasq (process 42)`; nothing when it is free.
    public static func port(on interface: InterfaceName, holder: String?) -> Finding {
        guard let holder else { return Finding("UDP port 67", .ok, "free on \(interface)") }
        let isOurs = holder.hasPrefix("netns-agent ")
        return Finding(
            "UDP port 67", .problem, "on \(interface) it is taken by \(holder)",
            advice: isOurs
                ? "middle-sock runs here already: 'middle-sock status' tells how it is"
                : "stop that DHCP server or relay agent ('systemctl disable --now' if it is a service), or keep it from "
                    + "\(interface)")
    }

    /// That it cannot be told whether UDP port 67 is free.
    public static func portUnknown(_ reason: String) -> Finding {
        Finding("UDP port 67", .unchecked, reason)
    }

    /// Whether the reverse path filter that the server's namespace takes over from the host can drop requests there.
    ///
    /// Packet sockets hear what it drops, so it does not matter on the host's side, and not to dhcpd. Kea and dnsmasq
    /// hear by a UDP socket (net/ipv4/fib_frontend.c, `fib_validate_source`).
    ///
    /// - Parameter mode: the larger of `all` and `default` under `/proc/sys/net/ipv4/conf`: 0 is off, 1 strict, 2 loose
    ///   (Documentation/networking/ip-sysctl.rst); nothing when it cannot be read.
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
