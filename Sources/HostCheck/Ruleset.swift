/// The rules of nftables, as `nft -j list ruleset` prints them (libnftables-json(5)).
///
/// They include the rules of iptables-nft and ebtables-nft.
public struct Ruleset: Sendable {
    /// A chain of a table.
    struct Chain: Sendable {
        /// `netdev guard out`, as in `nft list chain netdev guard out`.
        let title: String
        let family: String
        let table: String
        /// The hook at which the kernel calls it; nil for a chain that other chains jump to.
        let hook: String?
        /// The devices that it belongs to, as nft prints them; nil if nft does not, such as version 1.0.6.
        let devices: [String]?
        /// Whether it drops frames that no rule decides about.
        let dropsRest: Bool
        var rules: [Rule] = []
    }

    /// A rule, with its statements in their order.
    struct Rule: Sendable {
        let handle: Int
        let statements: [JSONValue]
    }

    private(set) var chains: [Chain] = []

    /// Reads the rules that nft printed; nil if the text is something else.
    ///
    /// - Parameter devices: the output of `nft list chains netdev`, which names the devices where JSON does not.
    public init?(_ json: JSONValue, devices text: String = "") {
        guard let objects = json["nftables"]?.elements else { return nil }
        let devices = Self.devices(in: text)
        for object in objects {
            if let description = object["chain"], let chain = Chain(description, devices: devices) {
                chains.append(chain)
            } else if let rule = object["rule"] {
                add(rule)
            }
        }
    }

    private mutating func add(_ rule: JSONValue) {
        guard let title = Chain.title(rule, name: rule["chain"]), let expressions = rule["expr"]?.elements,
            let index = chains.firstIndex(where: { $0.title == title })
        else { return }
        chains[index].rules.append(Rule(handle: rule["handle"]?.number ?? 0, statements: expressions))
    }

    /// Finds the chain with this name in the same table as another chain.
    func chain(_ name: String, besides chain: Chain) -> Chain? {
        chains.first { $0.title == "\(chain.family) \(chain.table) \(name)" }
    }

    /// Reads the devices of chains, by the title of each chain.
    ///
    /// The text has the form that nft prints for people:
    ///
    ///     table netdev guard {
    ///         chain out {
    ///             type filter hook egress device "ens34" priority 0; policy accept;
    static func devices(in text: String) -> [String: [String]] {
        var devices: [String: [String]] = [:]
        var (table, chain) = ("", "")
        for line in text.split(separator: "\n") {
            let words = line.split { " \t".contains($0) }
            if words.count > 2, words[0] == "table" { table = "\(words[1]) \(words[2])" }
            if words.count > 1, words[0] == "chain" { chain = String(words[1]) }
            guard let start = words.firstIndex(where: { $0 == "device" || $0 == "devices" }) else { continue }
            let names = words[(start + 1)...].prefix { $0 != "priority" }.map { $0.filter { !"\",".contains($0) } }
            devices["\(table) \(chain)"] = names.filter { !["=", "{", "}", ""].contains($0) }
        }
        return devices
    }
}

extension Ruleset.Chain {
    fileprivate init?(_ json: JSONValue, devices: [String: [String]]) {
        guard let title = Self.title(json, name: json["name"]), let family = json["family"]?.text,
            let table = json["table"]?.text
        else { return nil }
        self.title = title
        self.family = family
        self.table = table
        hook = json["hook"]?.text
        // nft prints one device as text, and several as an array.
        self.devices = json["dev"].map { $0.text.map { [$0] } ?? $0.elements.compactMap(\.text) } ?? devices[title]
        dropsRest = json["policy"]?.text == "drop"
    }

    fileprivate static func title(_ json: JSONValue, name: JSONValue?) -> String? {
        guard let family = json["family"]?.text, let table = json["table"]?.text, let name = name?.text else {
            return nil
        }
        return "\(family) \(table) \(name)"
    }
}
