import Addresses
import HostNetwork
import Testing

@testable import HostCheck

@Suite("What of a host a server does not see")
struct FidelityTests {
    private let rules = #"[{"table":"local"},{"table":"main"},{"priority":32767,"table":"default"}]"#

    private func findings(
        addresses: String = "[]", rules: String? = nil, routes: [(String, String, RouteFlags)] = []
    ) throws -> [Finding] {
        let routes = try routes.map { interface, destination, flags in
            let address = try #require(IPv4Address(destination))
            return Route(
                interface: InterfaceName(interface),
                destination: try #require(IPv4Network(containing: address, prefixLength: 16)),
                gateway: interface == "ens35" ? IPv4Address(10, 0, 0, 1) : nil, flags: flags, metric: 0)
        }
        let host = FidelityFindings.Host(
            routes: routes, addresses: try #require(JSONValue(Array(addresses.utf8))),
            rules: try #require(JSONValue(Array((rules ?? self.rules).utf8))))
        return FidelityFindings.differences(of: host, serving: [try network(on: "ens34")])
    }

    @Test func `a plain host is the same, and one that cannot be looked at is not known`() throws {
        #expect(try findings().map(\.state) == [.ok])
        #expect(FidelityFindings.differences(of: nil, serving: []).map(\.state) == [.unchecked])
        let link = #"{"family":"inet6","local":"fe80::1","prefixlen":64,"scope":"link"}"#
        #expect(try findings(addresses: #"[{"ifname":"ens34","addr_info":[\#(link)]}]"#).map(\.state) == [.ok])
    }

    @Test(
        arguments: [
            (#"{"family":"inet6","local":"fd00::2","prefixlen":64,"scope":"global"}"#, "", "fd00::2/64"),
            (
                #"{"family":"inet","local":"192.168.50.2","prefixlen":24,"scope":"global","dynamic":true}"#, "",
                "ens34 has 192.168.50.2/24 for a time only"
            ), ("", #","linkinfo":{"info_slave_kind":"vrf"}"#, "ens34 is in a VRF"),
        ])
    func `what is special about an interface is named, with what to do`(
        address: String, rest: String, words: String
    ) throws {
        let found = try findings(addresses: #"[{"ifname":"ens34","addr_info":[\#(address)]\#(rest)}]"#)
        #expect(found.map(\.state) == [.warning])
        #expect(found[0].text.contains(words), "\(found)")
        #expect(found[0].advice != nil)
        let elsewhere = #"[{"ifname":"ens35","addr_info":[\#(address)]\#(rest)}]"#
        #expect(try findings(addresses: elsewhere).map(\.state) == [.ok])
    }

    @Test func `rules, routes through IPv6 routers, by other interfaces, and too many are named`() throws {
        let chosen = try findings(rules: #"[{"table":"main"},{"table":"100"},{"table":"vpn"}]"#)
        #expect(chosen.map(\.state) == [.warning])
        #expect(chosen[0].text == "rules choose other tables (100, vpn), and a server sees table main alone")
        let behind = try findings(routes: [("ens34", "10.7.0.0", [.RTF_UP, .RTF_GATEWAY])])
        #expect(behind[0].text.hasPrefix("10.7.0.0/16 is behind an IPv6 router on ens34"), "\(behind)")
        let elsewhere = try findings(routes: [
            ("ens35", "10.7.0.0", [.RTF_UP, .RTF_GATEWAY]), ("ens36", "10.8.0.0", .RTF_UP),
        ])
        #expect(elsewhere.map(\.state) == [.warning])
        #expect(elsewhere[0].text == "routes lead out by ens35, where nothing that a server sends can leave")
        let many = try findings(routes: Array(repeating: ("ens34", "10.7.0.0", .RTF_UP), count: 2_701))
        #expect(many.map(\.state) == [.warning])
        #expect(many[0].text.hasPrefix("2701 routes are more than the 2700"))
    }
}
