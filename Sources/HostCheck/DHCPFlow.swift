public import Addresses

/// DHCP frames in one direction, as the rules of a firewall see them.
public struct DHCPFlow: Hashable, Sendable {
    /// The source port: 68 for clients, 67 for servers.
    let sourcePort: Int
    /// The destination port.
    let destinationPort: Int
    /// The source address; nil if it can be any.
    let source: IPv4Address?
    /// The destination address; nil if it can be any.
    let destination: IPv4Address?
    /// The interface that receives the frames; nil if it can be any.
    let input: String?
    /// The interface that sends the frames; nil if it can be any.
    let output: String?

    /// The broadcasts of clients that have no address yet.
    ///
    /// - Parameter interface: the interface that receives them; nil if the rules cannot see it.
    public static func requests(on interface: InterfaceName?) -> DHCPFlow {
        DHCPFlow(
            sourcePort: 68, destinationPort: 67, source: .unspecified, destination: .broadcast,
            input: interface?.description, output: nil)
    }

    /// The replies of the server on a network, to any client.
    ///
    /// - Parameter interface: the interface that sends them; nil if the rules cannot see it.
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

    /// What is known about a part of the frames that a rule names.
    enum Part {
        /// The frames have no such part, so that a rule that names it does not match.
        case absent
        /// The part can have any value.
        case unknown
        /// The part has this value.
        case known(Value)
    }

    /// Looks up what the left side of an expression names.
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

/// Whether a statement is true.
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
