import Addresses
import HostNetwork
import Testing

private func link(
    _ interface: InterfaceName, _ network: IPv4Network, metric: UInt32 = 0, flags: RouteFlags = .RTF_UP
) -> Route {
    Route(interface: interface, destination: network, gateway: nil, flags: flags, metric: metric)
}

private func via(
    _ gateway: IPv4Address, _ interface: InterfaceName, metric: UInt32 = 0, to destination: IPv4Network = "0.0.0.0/0",
    flags: RouteFlags = [.RTF_UP, .RTF_GATEWAY]
) -> Route {
    Route(interface: interface, destination: destination, gateway: gateway, flags: flags, metric: metric)
}

/// The networks as people write them.
private func attached(
    _ routes: [Route], _ addresses: Set<IPv4Address>, _ interfaces: InterfaceName...
) throws -> [String] {
    try HostNetworks.attached(routes: routes, localAddresses: addresses, interfaces: interfaces).map(\.description)
}

@Suite("The rules by which a network is chosen")
struct AttachmentRuleTests {
    @Test func `the order of the routes does not matter`() throws {
        let routes = try RouteTable.parse(Fixture("paper-file-3").route)
        for shift in routes.indices {
            let turned = Array(routes[shift...] + routes[..<shift])
            #expect(try attached(turned, ["192.168.100.102"]) == ["ens34 192.168.100.102/24 via 192.168.100.1"])
            #expect(try attached(turned.reversed(), ["192.168.100.102"]).count == 1)
        }
    }

    @Test func `a gateway that leads to one network only is not the gateway`() throws {
        let routes = [link("eth0", "192.0.2.0/24"), via("192.0.2.9", "eth0", to: "10.0.0.0/8")]
        #expect(throws: AttachmentError.noNetworkFound(rejected: [], known: ["eth0"])) {
            try attached(routes, ["192.0.2.2"])
        }
        #expect(try attached(routes, ["192.0.2.2"], "eth0") == ["eth0 192.0.2.2/24"])
    }

    @Test func `of default routes with one metric the first is taken`() throws {
        let routes = [via("192.0.2.9", "eth0"), via("192.0.2.1", "eth0"), link("eth0", "192.0.2.0/24")]
        #expect(try attached(routes, ["192.0.2.2"]) == ["eth0 192.0.2.2/24 via 192.0.2.9"])
    }

    @Test func `all are those with a gateway, the best first, and then the others by name`() throws {
        let routes = [
            via("203.0.113.1", "wan0"), link("wan0", "203.0.113.0/24"), link("ens34", "192.0.2.0/24"),
            link("br1", "198.51.100.0/24"), via("192.0.2.9", "odd0", to: "10.0.0.0/8"),
        ]
        let addresses: Set<IPv4Address> = ["203.0.113.2", "192.0.2.2", "198.51.100.2"]
        #expect(try attached(routes, addresses) == ["wan0 203.0.113.2/24 via 203.0.113.1"])
        #expect(
            try attached(routes, addresses, .all) == [
                "wan0 203.0.113.2/24 via 203.0.113.1", "br1 198.51.100.2/24", "ens34 192.0.2.2/24",
            ])
        #expect(try attached(routes, addresses.subtracting(["198.51.100.2"]), .all).count == 2)
        #expect(throws: AttachmentError.self) { try attached([], [], .all) }
    }

    @Test func `interfaces with one metric come by name`() throws {
        let routes = [
            via("198.51.100.1", "eth1"), via("192.0.2.1", "eth0"), link("eth1", "198.51.100.0/24"),
            link("eth0", "192.0.2.0/24"),
        ]
        #expect(
            try attached(routes, ["192.0.2.2", "198.51.100.2"]) == [
                "eth0 192.0.2.2/24 via 192.0.2.1", "eth1 198.51.100.2/24 via 198.51.100.1",
            ])
    }

    @Test(arguments: [[], .RTF_REJECT, [.RTF_UP, .RTF_REJECT], [.RTF_UP, .RTF_HOST]] as [RouteFlags])
    func `a route that is down, rejects or leads to one host is no network`(flags: RouteFlags) {
        let routes = [via("192.0.2.1", "eth0"), link("eth0", "192.0.2.0/24", flags: flags)]
        #expect(throws: AttachmentError.noNetworkFound(rejected: [.noNetwork("eth0")], known: ["eth0"])) {
            try attached(routes, ["192.0.2.2"])
        }
    }

    @Test func `a prefix of 32 bits is no network, with or without RTF_HOST`() {
        #expect(throws: AttachmentError.noNetwork("eth0")) {
            try attached([link("eth0", "192.0.2.2/32")], ["192.0.2.2"], "eth0")
        }
    }

    @Test(arguments: [.RTF_GATEWAY, [.RTF_GATEWAY, .RTF_UP, .RTF_REJECT]] as [RouteFlags])
    func `a default route that is down or rejects gives no gateway`(flags: RouteFlags) throws {
        let routes = [
            via("192.0.2.1", "eth0", flags: flags), via("192.0.2.9", "eth0", metric: 5), link("eth0", "192.0.2.0/24"),
        ]
        #expect(try attached(routes, ["192.0.2.2"]) == ["eth0 192.0.2.2/24 via 192.0.2.9"])
    }

    @Test func `a link default is never the network`() {
        #expect(throws: AttachmentError.noNetwork("wg0")) {
            try attached([link("wg0", "0.0.0.0/0")], ["10.0.0.2"], "wg0")
        }
    }

    @Test func `the narrowest network around the gateway in which the host has an address is taken`() throws {
        let routes = [
            via("10.1.2.1", "eth0"), link("eth0", "10.0.0.0/8"), link("eth0", "10.1.0.0/16", metric: 9),
            link("eth0", "10.1.2.0/24"),
        ]
        #expect(try attached(routes, ["10.0.0.5", "10.1.0.5"]) == ["eth0 10.1.0.5/16 via 10.1.2.1"])
    }

    @Test func `a named interface without a gateway takes its cheapest, then narrowest network`() throws {
        let routes = [
            link("eth0", "169.254.0.0/16", metric: 1000), link("eth0", "10.0.0.0/8"), link("eth0", "10.1.0.0/16"),
        ]
        #expect(try attached(routes, ["169.254.7.7", "10.0.0.5", "10.1.0.5"], "eth0") == ["eth0 10.1.0.5/16"])
        #expect(try attached(routes, ["169.254.7.7", "10.0.0.5"], "eth0") == ["eth0 10.0.0.5/8"])
        #expect(try attached(routes, ["169.254.7.7"], "eth0") == ["eth0 169.254.7.7/16"])
    }

    @Test func `of several own addresses the lowest is taken that is in no narrower network`() throws {
        let wide = [via("10.9.0.1", "eth0"), link("eth0", "10.0.0.0/8"), link("eth0", "10.1.0.0/16")]
        #expect(try attached(wide, ["10.1.0.5", "10.9.0.7", "10.9.0.6"]) == ["eth0 10.9.0.6/8 via 10.9.0.1"])
        #expect(try attached(wide, ["10.1.0.5"]) == ["eth0 10.1.0.5/8 via 10.9.0.1"])
    }

    @Test func `the gateway's address is not taken for the host's`() throws {
        let routes = [via("192.0.2.1", "eth0"), link("eth0", "192.0.2.0/24")]
        #expect(try attached(routes, ["192.0.2.1", "192.0.2.2"]) == ["eth0 192.0.2.2/24 via 192.0.2.1"])
    }

    @Test func `an interface without an own address is passed over for one that has it`() throws {
        let routes = [
            via("192.0.2.1", "eth0"), link("eth0", "192.0.2.0/24"), via("198.51.100.1", "eth1", metric: 9),
            link("eth1", "198.51.100.0/24"),
        ]
        #expect(try attached(routes, ["198.51.100.2"]) == ["eth1 198.51.100.2/24 via 198.51.100.1"])
        #expect(throws: AttachmentError.noOwnAddress("eth0", networks: ["192.0.2.0/24"])) {
            try attached(routes, ["198.51.100.2"], "eth0")
        }
    }

    @Test func `a network of two interfaces with one address is no riddle`() throws {
        let routes = [via("192.0.2.1", "eth0"), link("eth0", "192.0.2.0/24"), link("eth1", "192.0.2.0/24")]
        #expect(try attached(routes, ["192.0.2.2"]) == ["eth0 192.0.2.2/24 via 192.0.2.1"])
    }

    @Test func `a gateway in none of several networks is an error that names it`() {
        let routes = [via("203.0.113.1", "eth0"), link("eth0", "192.0.2.0/24")]
        #expect(throws: AttachmentError.gatewayElsewhere("eth0", gateway: "203.0.113.1")) {
            try attached(routes, ["192.0.2.2"], "eth0")
        }
    }

    @Test(arguments: [
        (
            AttachmentError.noNetworkFound(rejected: [], known: []),
            "no network found: the routing table is empty: bring an interface up with an address and a gateway"
        ),
        (
            .noNetworkFound(rejected: [], known: ["docker0", "wg0"]),
            "no network found: no interface has a default route through a gateway: add one, "
                + "or name one of the interfaces that have routes: docker0, wg0"
        ),
        (
            .noNetworkFound(rejected: [.noNetwork("eth0"), .noNetwork("eth1")], known: ["eth0", "eth1"]),
            "no network found: interface eth0 has no network of its own: give it an address with a prefix of 1 to "
                + "31 bits; interface eth1 has no network of its own: give it an address with a prefix of 1 to 31 bits"
        ),
        (
            .interfaceNotFound("eth7", known: ["docker0", "ens34"]),
            "interface eth7 has no route: bring it up with an address, or name one that has: docker0, ens34"
        ),
        (
            .noSuchInterface("eth7", known: ["docker0", "ens34"]),
            "there is no interface eth7: name one that has a route, docker0, ens34"
        ),
        (
            .sharedNetwork("eth0", other: "wlan0", network: "192.0.2.0/24", addresses: ["192.0.2.2", "192.0.2.3"]),
            "interfaces eth0 and wlan0 are both in 192.0.2.0/24, and nothing tells whose 192.0.2.2, 192.0.2.3 are: "
                + "take wlan0 out of that network"
        ),
    ])
    func `errors say what failed, why, and what to do`(error: AttachmentError, text: String) {
        #expect(error.description == text)
    }
}
