public import Addresses

/// Checks what on the host can drop DHCP before a packet socket receives it, or after a packet socket has sent it.
///
/// A packet socket receives frames before the ingress hooks of netfilter and tc see them, and before the IP layer with
/// its chains prerouting, input, output and postrouting (`__netif_receive_skb_core`, net/core/dev.c). The frames that
/// it sends pass the egress hook of netfilter and tc (`__dev_queue_xmit`). On a bridge, and only there, frames also
/// pass the hooks of the family bridge, and with `net.bridge.bridge-nf-call-iptables` those of the family ip
/// (net/bridge/br_input.c, br_netfilter_hooks.c). XDP programs see frames first of all.
public enum FirewallFindings {
    /// An interface whose network would be served.
    public struct Interface: Hashable, Sendable {
        /// The network.
        public let network: AttachedNetwork
        /// Whether it is a bridge.
        public let isBridge: Bool
        /// Whether an XDP program sees the frames that the interface receives.
        public let hasXDP: Bool
        /// The number of tc filters at its egress; nil if it is not known.
        public let egressFilters: Int?

        /// Makes the interface of a network from the JSON that iproute2 prints.
        ///
        /// - Parameters:
        ///   - link: the output of `ip -json -details link show dev NAME`; nil if that failed.
        ///   - filters: the output of `tc -json filter show dev NAME egress`.
        public init(of network: AttachedNetwork, link: JSONValue?, egressFilters filters: JSONValue?) {
            let description = link?.elements.first
            self.network = network
            isBridge = description?["linkinfo"]?["info_kind"]?.text == "bridge"
            hasXDP = description?["xdp"] != nil
            egressFilters = filters.map { $0.elements.filter { $0["options"] != nil }.count }
        }
    }

    /// Checks what the rules of nftables do with DHCP on these interfaces.
    ///
    /// - Parameters:
    ///   - ruleset: all rules; nil if they cannot be read, for the reason `otherwise`.
    ///   - bridgesCallIP: whether `net.bridge.bridge-nf-call-iptables` is 1.
    public static func rules(
        _ ruleset: Ruleset?, otherwise: String, on interfaces: [Interface], bridgesCallIP: Bool
    ) -> [Finding] {
        guard let ruleset else { return [Finding("firewall", .unchecked, otherwise)] }
        let findings = interfaces.flatMap { interface in
            paths(of: interface, bridgesCallIP).flatMap { path in
                ruleset.chains.filter { path.leads(through: $0) }.compactMap { chain in
                    finding(RuleWalk(ruleset: ruleset, flow: path.flow).outcome(of: chain), chain, path, interface)
                }
            }
        }
        guard findings.isEmpty else { return findings }
        return [Finding("firewall", .ok, "no rule of nftables is where packet sockets can be kept from DHCP")]
    }

    /// Checks what else can drop frames between an interface and a packet socket on it.
    public static func devices(_ interfaces: [Interface]) -> [Finding] {
        interfaces.flatMap { interface -> [Finding] in
            let name = interface.network.interface
            var findings: [Finding] = []
            if interface.hasXDP {
                findings.append(
                    Finding(
                        "firewall", .warning, "a program at XDP on \(name) sees frames before middle-sock does",
                        advice: "see that it passes UDP to port 67, ARP and ICMP ('ip link show dev \(name)')"))
            }
            if let count = interface.egressFilters, count > 0 {
                let filters = count == 1 ? "a filter of tc" : "\(count) filters of tc"
                findings.append(
                    Finding(
                        "firewall", .warning, "\(filters) at the egress of \(name) can drop replies",
                        advice: "see that UDP from port 67 passes ('tc filter show dev \(name) egress')"))
            }
            return findings
        }
    }

    /// The hooks of netfilter that DHCP frames pass in one direction.
    private struct Path {
        let flow: DHCPFlow
        let families: Set<String>
        let hooks: Set<String>
        /// The device whose chains count, in families whose chains belong to devices.
        var device: InterfaceName?

        func leads(through chain: Ruleset.Chain) -> Bool {
            guard let hook = chain.hook, families.contains(chain.family), hooks.contains(hook) else { return false }
            guard let device, let devices = chain.devices else { return true }
            return devices.contains { DHCPFlow.Value.interface(device.description).isIn(.text($0)) > .never }
        }
    }

    private static func paths(of interface: Interface, _ bridgesCallIP: Bool) -> [Path] {
        let (name, address) = (interface.network.interface, interface.network.address)
        var paths = [
            Path(flow: .replies(from: address, on: name), families: ["netdev"], hooks: ["egress"], device: name)
        ]
        guard interface.isBridge else { return paths }
        paths += [
            Path(flow: .requests(on: nil), families: ["bridge"], hooks: ["prerouting", "input"]),
            Path(flow: .replies(from: address, on: nil), families: ["bridge"], hooks: ["output", "postrouting"]),
        ]
        if bridgesCallIP {
            paths.append(Path(flow: .requests(on: name), families: ["ip", "inet"], hooks: ["prerouting"]))
        }
        return paths
    }

    private static func finding(
        _ outcome: RuleWalk.Outcome, _ chain: Ruleset.Chain, _ path: Path, _ interface: Interface
    ) -> Finding? {
        guard let first = outcome.drops.first else { return nil }
        // If nft does not name the device, the rule may belong to another one.
        let isCertain = outcome.isCertainDrop && (path.device == nil || chain.devices != nil)
        let what = path.hooks.isDisjoint(with: ["egress", "output"]) ? "requests" : "replies"
        let name = interface.network.interface
        let throughIP =
            chain.family == "bridge" || chain.family == "netdev" ? "" : " (net.bridge.bridge-nf-call-iptables)"
        return Finding(
            "firewall", isCertain ? .problem : .warning,
            "\(first) \(isCertain ? "drops" : "may drop") DHCP \(what) on \(name)\(throughIP)",
            advice:
                "see 'nft -a list chain \(chain.title)'; let UDP \(what == "requests" ? "to" : "from") port 67 pass "
                + "there")
    }
}
