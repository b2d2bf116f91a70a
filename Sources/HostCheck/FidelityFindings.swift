public import Addresses
public import HostNetwork

/// Checks what of the host a server in its namespace would not see, or see differently (docs/fidelity.md).
public enum FidelityFindings {
    /// The host, as iproute2 and the kernel's tables tell of it.
    public struct Host: Sendable {
        let routes: [Route]
        let addresses: JSONValue
        let rules: JSONValue

        /// The host with these routes of table main.
        ///
        /// - Parameters:
        ///   - addresses: the output of `ip -json -details address show`.
        ///   - rules: the output of `ip -json rule show`.
        public init(routes: [Route], addresses: JSONValue, rules: JSONValue) {
            self.routes = routes
            self.addresses = addresses
            self.rules = rules
        }
    }

    static let subject = "this host"

    /// Everything that differs on a host that serves these networks.
    ///
    /// - Parameter host: nil if it cannot be looked at.
    public static func differences(of host: Host?, serving networks: [AttachedNetwork]) -> [Finding] {
        guard let host else {
            return [Finding(subject, .unchecked, "what of it a server would not see is not known without ip(8)")]
        }
        let served = networks.map(\.interface)
        let findings =
            served.flatMap { host.differences(on: $0) }
            + [host.rulesDifference, host.foreignRoutes(besides: served), host.routesLeftOut(on: served)]
            .compactMap(\.self)
        guard findings.isEmpty else { return findings }
        return [Finding(subject, .ok, "a server sees the addresses and routes that it has")]
    }
}

extension FidelityFindings.Host {
    /// As many routes as can be told of (docs/fidelity.md).
    private static let capacity = 2_700
    private static let ownTables: Set = ["local", "main", "default"]

    fileprivate func differences(on interface: InterfaceName) -> [Finding] {
        let name = interface.description
        let description = addresses.elements.first { $0["ifname"]?.text == name }
        let global = (description?["addr_info"]?.elements ?? []).filter { $0["scope"]?.text == "global" }
        let dynamic = global.filter { $0["family"]?.text == "inet" && $0["dynamic"] == .bool(true) }
        let isInVRF = description?["linkinfo"]?["info_slave_kind"]?.text == "vrf"
        let unreachable = routes.filter { route in
            route.interface == interface && route.flags.contains(.RTF_GATEWAY) && route.gateway == nil
        }
        return [
            warning(
                "\(name) has \(list(global.filter { $0["family"]?.text == "inet6" })), and a server sees no IPv6",
                if: global.contains { $0["family"]?.text == "inet6" },
                advice: "let another program on the host serve DHCPv6 and router advertisements"),
            warning(
                "\(name) has \(list(dynamic)) for a time only, from another DHCP server or a router",
                if: !dynamic.isEmpty,
                advice: "give the host a fixed address: what its own DHCP client sends there its server does not hear"),
            warning(
                "\(name) is in a VRF, whose routes a server does not see", if: isInVRF,
                advice: "take it out ('ip link set \(name) nomaster')"),
            warning(
                "\(unreachable.map(\.destination.description).joined(separator: ", ")) is behind an IPv6 router on "
                    + "\(name), and a server does not see that route", if: !unreachable.isEmpty,
                advice: "let an IPv4 router lead to the relay agents there"),
        ].compactMap(\.self)
    }

    fileprivate var rulesDifference: Finding? {
        let tables = rules.elements.compactMap { $0["table"]?.text }.filter { !Self.ownTables.contains($0) }
        return warning(
            "rules choose other tables (\(Set(tables).sorted().joined(separator: ", "))), and a server sees table main alone",
            if: !tables.isEmpty, advice: "put the routes to relay agents that these have ('ip rule') into table main")
    }

    /// Routes by interfaces that are not there; a default route's is, with its routes, but nothing leaves by it.
    fileprivate func foreignRoutes(besides served: [InterfaceName]) -> Finding? {
        let foreign = routes.filter { route in
            route.flags.contains(.RTF_GATEWAY) && route.interface.map { !served.contains($0) } == true
        }
        let names = Set(foreign.compactMap { $0.interface?.description }).sorted()
        return warning(
            "routes lead out by \(names.joined(separator: ", ")), where nothing that a server sends can leave",
            if: !names.isEmpty,
            advice: "if relay agents are there, serve that interface too ('--interface')")
    }

    fileprivate func routesLeftOut(on served: [InterfaceName]) -> Finding? {
        let count = routes.count { $0.interface.map(served.contains) == true }
        return warning(
            "\(count) routes are more than the \(Self.capacity) that a server can see: those to the largest networks",
            if: count > Self.capacity,
            advice: "summarise them, or see that those to relay agents are among the large ones")
    }

    private func warning(_ text: @autoclosure () -> String, if isSo: Bool, advice: String) -> Finding? {
        isSo ? Finding(FidelityFindings.subject, .warning, text(), advice: advice) : nil
    }

    private func list(_ addresses: [JSONValue]) -> String {
        addresses.map { "\($0["local"]?.text ?? "?")/\($0["prefixlen"]?.number ?? 0)" }.joined(separator: ", ")
    }
}
