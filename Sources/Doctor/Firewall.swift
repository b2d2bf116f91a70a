internal import Addresses
internal import HostCheck
internal import Kernel

/// What the host's own tools say about its rules.
enum Firewall {
    /// What of them is in the way of these networks.
    ///
    /// - Parameter isPermitted: whether the caller may see rules (NET_ADMIN).
    /// - Throws: `SystemError` when a tool cannot be started.
    static func findings(_ networks: [AttachedNetwork], isPermitted: Bool) throws(SystemError) -> [Finding] {
        guard !networks.isEmpty else { return [] }
        guard isPermitted else {
            return FirewallFindings.rules(
                nil, otherwise: "rules cannot be seen without NET_ADMIN", on: [], bridgesCallIP: false)
        }
        var interfaces: [FirewallFindings.Interface] = []
        for network in networks { interfaces.append(try interface(of: network)) }
        let (ruleset, reason) = try ruleset()
        return FirewallFindings.rules(ruleset, otherwise: reason, on: interfaces, bridgesCallIP: bridgesCallIP)
            + FirewallFindings.devices(interfaces)
    }

    /// The larger of the two that a new interface in a new namespace takes over; nothing when they cannot be read.
    static var reversePathMode: Int? {
        let modes = ["all", "default"].map { number(in: "/proc/sys/net/ipv4/conf/\($0)/rp_filter") }
        return modes.contains(nil) ? nil : modes.compactMap(\.self).max()
    }

    private static var bridgesCallIP: Bool {
        number(in: "/proc/sys/net/bridge/bridge-nf-call-iptables") == 1
    }

    private static func number(in path: String) -> Int? {
        guard let text = try? Descriptor.contents(of: path) else { return nil }
        return Int(String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace })
    }

    private static func interface(of network: AttachedNetwork) throws(SystemError) -> FirewallFindings.Interface {
        let name = network.interface.description
        return FirewallFindings.Interface(
            of: network, link: try json("ip", ["-json", "-details", "link", "show", "dev", name]),
            egressFilters: try json("tc", ["-json", "filter", "show", "dev", name, "egress"]))
    }

    /// What a tool prints that knows JSON; nil where it fails or is not there.
    ///
    /// - Throws: `SystemError` when it cannot be started.
    static func json(_ tool: String, _ arguments: [String]) throws(SystemError) -> JSONValue? {
        guard case .success(let text) = try ToolOutput.of(tool, arguments) else { return nil }
        return JSONValue(text)
    }

    private static func ruleset() throws(SystemError) -> (Ruleset?, reason: String) {
        switch try ToolOutput.of("nft", ["--json", "list", "ruleset"]) {
        case .success(let text):
            // Version 1.0.6 says only here for which devices chains are.
            var devices = ""
            if case .success(let chains) = try ToolOutput.of("nft", ["list", "chains", "netdev"]) {
                devices = String(decoding: chains, as: UTF8.self)
            }
            guard let json = JSONValue(text), let ruleset = Ruleset(json, devices: devices) else {
                return (nil, "what 'nft --json list ruleset' prints is not known here")
            }
            return (ruleset, "")
        case .failure(let text):
            return (nil, "'nft --json list ruleset': \(text.split(whereSeparator: \.isNewline).first ?? "failed")")
        case .missing: return (nil, "there is no nft to ask for rules; the kernel may have some")
        case .endless: return (nil, "'nft --json list ruleset' does not end")
        }
    }
}
