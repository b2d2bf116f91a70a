import Addresses
import Kernel
import Messages
import Netlink
import Testing

@testable import netns_agent

/// Addresses and routes of a namespace become those of a host, whatever they were.
@Suite("Furnishing", .timeLimit(.minutes(1))) struct FurnishingTests {
    private static let first = "192.168.50.2/24"

    @Test(arguments: Scenery.all, Scenery.all)
    func `as root, whatever is there becomes what is wanted, and stays so`(before: Scenery, after: Scenery) throws {
        let host = try Place()
        let server = try Place()
        for scenery in [before, after, after] {
            try host.ip(scenery.commands)
            let view = try host.view()
            let links = [try host.link(view)]
            try server.furnish(links)
            let seen = try server.view()
            #expect(seen.addresses.map(\.address) == view.addresses.map(\.address), "\(scenery)")
            #expect(seen.routes.map(\.route) == view.routes.map(\.route), "\(scenery)")
        }
    }

    @Test func `of what is the same nothing is touched`() throws {
        let addresses = try [Self.first, "192.168.60.2/24", "192.168.50.3/24"].map { try Self.address($0) }
        let routes = try [
            Self.route("10.9.0.0/24", via: "192.168.50.254"), Self.route("0.0.0.0/0", via: "192.168.50.1"),
        ]
        #expect(AddressStep.steps(from: addresses, to: addresses).isEmpty)
        #expect(RouteStep.steps(from: routes, to: routes.reversed()).isEmpty)
        #expect(AddressStep.steps(from: addresses, to: Array(addresses.dropLast())) == [.remove(addresses[2])])
        #expect(RouteStep.steps(from: routes, to: [routes[0]]) == [.remove(routes[1])])
    }

    @Test func `a router is there before the one that it replaces goes`() throws {
        let (old, new) = (
            try Self.route("0.0.0.0/0", via: "192.168.50.1"), try Self.route("0.0.0.0/0", via: "192.168.50.9")
        )
        #expect(RouteStep.steps(from: [old], to: [new]) == [.add(new), .remove(old)])
        #expect(
            RouteStep.steps(from: [old, new], to: [new, old]) == [.clear(old), .clear(new), .add(new), .add(old)])
        #expect(RouteStep.Turn.allCases.firstIndex(of: RouteStep.add(new).turn) == 2)
        #expect(RouteStep.Turn.allCases.firstIndex(of: RouteStep.remove(old).turn) == 3)
    }

    static func address(_ text: String) throws -> InterfaceAddress {
        let parts = text.split(separator: "/")
        let address = try #require(IPv4Address(String(parts[0])))
        let length = try #require(UInt8(parts[1]))
        return try #require(InterfaceAddress(address, prefixLength: length, label: "ens34"))
    }

    static func route(_ destination: String, via gateway: String) throws -> InterfaceRoute {
        let network = try #require(try address(destination).network)
        return try #require(
            InterfaceRoute(to: network, origin: 4, scope: 0, nextHops: [.init(gateway: IPv4Address(gateway))]))
    }
}

/// What ens34 of a host has, as ip(8) is told.
struct Scenery: CustomTestStringConvertible {
    let testDescription: String
    let commands: [String]

    private init(_ description: String, _ commands: String...) {
        testDescription = description
        self.commands =
            ["address flush dev ens34", "route flush table main", "route flush table local proto static"]
            + commands
    }

    static let all = [
        Scenery(
            "one address and a router", "address add 192.168.50.2/24 dev ens34", "route add default via 192.168.50.1"),
        Scenery(
            "secondary addresses and labels", "address add 192.168.50.2/24 brd + dev ens34",
            "address add 192.168.60.2/24 dev ens34 label ens34:1", "address add 192.168.50.3/24 dev ens34",
            "address add 10.1.1.1 peer 10.1.1.2/32 dev ens34", "address add 169.254.7.7/16 scope link dev ens34"),
        Scenery(
            "the same in another order, and a route of its own for the network",
            "address add 192.168.50.3/24 dev ens34", "address add 192.168.50.2/24 dev ens34",
            "address add 192.168.60.2/24 dev ens34 noprefixroute",
            "route add 192.168.60.0/24 dev ens34 proto kernel scope link src 192.168.60.2 metric 100"),
        Scenery(
            "routes of all kinds", "address add 192.168.50.2/24 dev ens34", "address add 192.168.50.3/32 dev ens34",
            "route add 10.9.0.0/24 via 192.168.50.254", "route add 10.9.1.0/24 via 192.168.50.253 src 192.168.50.3",
            "route add default via 192.168.50.1", "route append default via 192.168.50.9",
            "route add default via 192.168.50.8 metric 200", "route add 10.8.0.0/16 dev ens34",
            "route add 10.7.0.0/16 via 10.6.0.1 dev ens34 onlink mtu 1400",
            "route add 10.5.0.0/16 nexthop via 192.168.50.5 weight 2 nexthop via 192.168.50.6",
            "route add 10.4.0.0/16 tos 0x10 via 192.168.50.4"),
        Scenery(
            "others first", "address add 192.168.50.2/24 dev ens34", "route add default via 192.168.50.9",
            "route append default via 192.168.50.1", "route add unreachable 10.0.0.0/8",
            "route add blackhole 10.1.0.0/16",
            "route add local 10.255.0.1 dev lo proto static", "route add 10.9.0.0/24 via 192.168.50.1 src 10.255.0.1"),
    ]
}

/// A namespace with an interface ens34.
private final class Place {
    private let namespace: NetworkNamespace
    private let far: NetworkNamespace
    private let name: InterfaceName

    init() throws {
        name = try #require(InterfaceName("ens34"))
        namespace = try NetworkNamespace.make()
        far = try NetworkNamespace.make()
        var session = try session()
        try session.perform([
            .up(1),
            .pair(
                near: .init(name: name, index: 2, macAddress: nil), far: .init(name: name, index: 3, macAddress: nil),
                mtu: 1_500, in: far.descriptor.rawValue),
        ])
    }

    private func session() throws -> NetlinkSession {
        try namespace.run { () throws(SystemError) in try NetlinkSession() }
    }

    func ip(_ commands: [String]) throws {
        for command in commands {
            var program = Program(
                path: "/bin/ip", arguments: command.split(separator: " ").map(String.init), environment: [])
            program.network = .existing(namespace.descriptor.rawValue)
            #expect(try ChildProcess(program).wait() == .status(0), "ip \(command)")
        }
    }

    /// All but what belongs to the loopback.
    func view() throws -> HostView {
        var session = try session()
        return HostView(
            interfaces: try session.interfaces(), addresses: try session.addresses().filter { $0.interface == 2 },
            routes: try session.routes())
    }

    func link(_ view: HostView) throws -> Link {
        let interface = try #require(view.interface(name))
        let network = try #require(
            AttachedNetwork(interface: name, address: IPv4Address(192, 168, 50, 2), prefixLength: 24, gateway: nil))
        return Link(
            macAddress: try #require(interface.macAddress), network: network, addresses: view.addresses(of: name),
            routes: view.routes(of: name) + view.routesElsewhere(than: [name]))
    }

    func furnish(_ links: [Link]) throws {
        var session = try session()
        try Furnishing(links: links.map { (2, $0) }).perform(by: &session)
    }
}
