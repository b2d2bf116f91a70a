import Testing

@testable import HostCheck

@Suite("What rules do with DHCP")
struct FirewallTests {
    private func interface(_ name: String, link: String) throws -> FirewallFindings.Interface {
        FirewallFindings.Interface(
            of: try network(on: name), link: try Fixture.json("link-\(link)"), egressFilters: .array([]))
    }

    private func lines(
        _ rules: String, on interface: FirewallFindings.Interface, bridgesCallIP: Bool = false, devices: Bool = true
    ) throws -> [String] {
        let text = devices ? String(decoding: try Fixture.text("chains.txt"), as: UTF8.self) : ""
        let ruleset = try #require(Ruleset(Fixture.json(rules), devices: text))
        return FirewallFindings.rules(ruleset, otherwise: "", on: [interface], bridgesCallIP: bridgesCallIP)
            .map(\.line).sorted()
    }

    @Test func `at the egress, what drops replies from port 67 is a problem, and what may a warning`() throws {
        let lines = try lines("nftables", on: interface("ens34", link: "veth"))
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix("chain netdev guard exact drops DHCP replies on ens34") == true)
        #expect(lines.last?.hasSuffix("chain netdev guard limited may drop DHCP replies on ens34") == true)
        #expect(lines.map { $0.prefix { $0 != ":" } } == ["problem", "warning"])
    }

    @Test func `where nft does not say for which device a chain is, it may be this one`() throws {
        let lines = try lines("nftables", on: interface("ens34", link: "veth"), devices: false)
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.hasPrefix("warning: ") })
        #expect(lines.contains { $0.contains("the policy of chain netdev guard elsewhere may drop") })
    }

    @Test func `chains are known by their devices in JSON too, as later versions of nft have it`() throws {
        let rules = """
            {"nftables": [{"chain": {"family": "netdev", "table": "t", "name": "a", "handle": 1, "type": "filter", \
            "hook": "egress", "dev": ["ens3*", "lo"], "prio": 0, "policy": "drop"}}, {"chain": {"family": "netdev", \
            "table": "t", "name": "b", "hook": "egress", "dev": "ens35", "policy": "drop"}}]}
            """
        let ruleset = try #require(JSONValue(Array(rules.utf8)).flatMap { Ruleset($0) })
        let findings = FirewallFindings.rules(
            ruleset, otherwise: "", on: [try interface("ens34", link: "veth")], bridgesCallIP: false)
        #expect(findings.map(\.line) == ["problem: the policy of chain netdev t a drops DHCP replies on ens34"])
    }

    @Test func `a bridge is behind the hooks of its family, in both directions`() throws {
        let lines = try lines("nftables", on: interface("br0", link: "bridge"))
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix("of chain bridge guard dhcp drops DHCP requests on br0") == true)
        #expect(lines.last?.hasSuffix("of chain bridge guard dhcp may drop DHCP requests on br0") == true)
    }

    @Test func `rules for IP are in the way of a bridge only while it calls them`() throws {
        let bridge = try interface("br0", link: "bridge")
        #expect(try lines("iptables", on: bridge) == [Self.nothing])
        #expect(try lines("iptables", on: interface("ens34", link: "veth"), bridgesCallIP: true) == [Self.nothing])
        let lines = try lines("iptables", on: bridge, bridgesCallIP: true)
        #expect(lines.count == 2)
        #expect(lines.first?.contains("chain ip raw PREROUTING drops DHCP requests on br0 (net.bridge.") == true)
        #expect(lines.last?.contains("chain ip mangle PREROUTING may drop DHCP requests on br0") == true)
        // A set with a name of its own is not looked into.
        let named = try self.lines("nftables", on: bridge, bridgesCallIP: true)
        #expect(named.contains { $0.contains("chain inet usual before may drop DHCP requests") })
    }

    private static let nothing = "ok: no rule of nftables is where packet sockets can be kept from DHCP"

    @Test func `rules that cannot be had are said to be unchecked`() {
        let findings = FirewallFindings.rules(nil, otherwise: "there is no nft", on: [], bridgesCallIP: true)
        #expect(findings.map(\.line) == ["unchecked: there is no nft"])
        #expect(Ruleset(.object(["other": .null])) == nil)
    }

    @Test func `filters of tc and programs at XDP are worth a look`() throws {
        let link = """
            [{"ifindex":2,"ifname":"ens34","xdp":{"mode":1,"prog":{"id":7,"tag":"3b185187f1855c4c","jited":1}}}]
            """
        let filters = """
            [{"protocol":"ip","pref":49152,"kind":"u32","chain":0},{"protocol":"ip","pref":49152,"kind":"u32","chain":0,\
            "options":{"fh":"800::800","order":2048}}]
            """
        let interface = FirewallFindings.Interface(
            of: try network(on: "ens34"), link: JSONValue(Array(link.utf8)),
            egressFilters: JSONValue(Array(filters.utf8)))
        #expect(
            FirewallFindings.devices([interface]).map(\.line) == [
                "warning: a program at XDP on ens34 sees frames before middle-sock does",
                "warning: a filter of tc at the egress of ens34 can drop replies",
            ])
        #expect(try FirewallFindings.devices([self.interface("br0", link: "bridge")]) == [])
    }
}
