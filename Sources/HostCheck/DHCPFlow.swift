public import Addresses

/// DHCP in one direction, as rules of a firewall see it.
public struct DHCPFlow: Hashable, Sendable {
    /// Where the frames come from: 68 for clients, 67 for servers.
    let sourcePort: Int
    /// Where they go to.
    let destinationPort: Int
    /// Who sends; nothing when it can be anybody.
    let source: IPv4Address?
    /// To whom; nothing when it can be anybody.
    let destination: IPv4Address?
    /// The interface they come in by; nothing when it can be any.
    let input: String?
    /// The interface they go out by; nothing when it can be any.
    let output: String?

    /// The broadcasts of clients that have no address yet.
    ///
    /// - Parameter interface: by which they come in, where rules see that.
    public static func requests(on interface: InterfaceName?) -> DHCPFlow {
        DHCPFlow(
            sourcePort: 68, destinationPort: 67, source: .unspecified, destination: .broadcast,
            input: interface?.description, output: nil)
    }

    /// The replies of the server on a network, to clients anywhere.
    ///
    /// - Parameter interface: by which they go out, where rules see that.
    public static func replies(from address: IPv4Address, on interface: InterfaceName?) -> DHCPFlow {
        DHCPFlow(
            sourcePort: 67, destinationPort: 68, source: address, destination: nil, input: nil,
            output: interface?.description)
    }

    /// Whether the frames match an expression of nftables (`match` in libnftables-json(5)).
    func matches(_ match: JSONValue) -> Likelihood {
        guard let left = match["left"], let right = match["right"], let operation = match["op"]?.text else {
            return .possible
        }
        switch value(of: left) {
        case .absent: return .never
        case .unknown: return .possible
        case .known(let value):
            let equal = value.isIn(right)
            switch operation {
            case "==", "in": return equal
            case "!=": return equal.negated
            case "<", "<=", ">", ">=": return value.compares(operation, right)
            default: return .possible
            }
        }
    }

    /// What stands for a part of the frames in a rule.
    enum Part {
        /// They have no such part: a rule that names it does not match.
        case absent
        /// It can be anything.
        case unknown
        /// It is this.
        case known(Value)
    }

    /// What an expression on the left side stands for.
    func value(of expression: JSONValue) -> Part {
        if let payload = expression["payload"] {
            return part(payload["protocol"]?.text, payload["field"]?.text)
        }
        guard let key = expression["meta"]?["key"]?.text else { return .unknown }
        return switch key {
        case "l4proto": .known(.name("udp", number: 17))
        case "protocol": .known(.name("ip", number: 0x0800))
        case "nfproto": .known(.name("ipv4", number: 2))
        case "iif", "iifname": interface(input)
        case "oif", "oifname": interface(output)
        default: .unknown
        }
    }

    private func part(_ protocolName: String?, _ field: String?) -> Part {
        switch (protocolName, field) {
        case ("udp", "sport"), ("th", "sport"): .known(.number(sourcePort))
        case ("udp", "dport"), ("th", "dport"): .known(.number(destinationPort))
        case ("ip", "protocol"): .known(.name("udp", number: 17))
        case ("ip", "version"): .known(.number(4))
        case ("ip", "saddr"): source.map { .known(.address($0)) } ?? .unknown
        case ("ip", "daddr"): destination.map { .known(.address($0)) } ?? .unknown
        case ("ether", "type"): .known(.name("ip", number: 0x0800))
        case ("ether", _), ("udp", _), ("th", _), ("ip", _), (nil, _): .unknown
        // nft lists no `meta l4proto tcp` before `tcp dport`: the field implies it.
        default: .absent
        }
    }

    private func interface(_ name: String?) -> Part {
        name.map { .known(.interface($0)) } ?? .unknown
    }
}

/// Whether something is so.
enum Likelihood: Int, Comparable {
    case never, possible, certain

    var negated: Likelihood {
        switch self {
        case .never: .certain
        case .possible: .possible
        case .certain: .never
        }
    }

    static func < (left: Likelihood, right: Likelihood) -> Bool { left.rawValue < right.rawValue }

    init(_ isSo: Bool) { self = isSo ? .certain : .never }
}
