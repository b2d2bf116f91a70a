import Addresses
import HostNetwork
import PacketTesting
import Testing

@testable import HostCheck

@Suite("What is found on a host")
struct FindingsTests {
    private func route(
        _ interface: String, _ destination: String, _ length: UInt8, via gateway: String? = nil, metric: UInt32 = 0
    ) throws -> Route {
        let name = InterfaceName(interface)
        let address = try #require(IPv4Address(destination))
        let router = gateway.flatMap { IPv4Address($0) }
        return Route(
            interface: name,
            destination: try #require(IPv4Network(containing: address, prefixLength: length)), gateway: router,
            flags: gateway == nil ? .RTF_UP : [.RTF_UP, .RTF_GATEWAY], metric: metric)
    }

    @Test func `the network comes with the routes that made it, and with those that are left out`() throws {
        let routes = [
            try route("ens34", "0.0.0.0", 0, via: "192.168.50.254", metric: 200),
            try route("ens34", "0.0.0.0", 0, via: "192.168.50.1", metric: 100),
            try route("ens35", "192.168.51.0", 24), try route("ens34", "192.168.50.0", 24, metric: 100),
        ]
        let (networks, findings) = NetworkFindings.networks(
            routes: routes, localAddresses: [IPv4Address(192, 168, 50, 2), IPv4Address(192, 168, 51, 2)], interfaces: []
        )
        #expect(networks.map(\.description) == ["ens34 192.168.50.2/24 via 192.168.50.1"])
        #expect(
            findings.map(\.line) == [
                "ok: ens34 192.168.50.2/24 via 192.168.50.1: by the default route through 192.168.50.1 (metric 100), and "
                    + "the route to 192.168.50.0/24 on ens34",
                "warning: not served: ens35",
            ])
    }

    @Test func `no network is a problem that says why`() {
        let (networks, findings) = NetworkFindings.networks(routes: [], localAddresses: [], interfaces: [])
        #expect(networks.isEmpty)
        #expect(findings.count == 1)
        #expect(findings[0].line.hasPrefix("problem: no network found: the routing table is empty"))
    }

    @Test func `an interface has to be Ethernet, up and connected`() throws {
        let network = try network(on: "ens34")
        func state(_ macAddress: MACAddress?, isUp: Bool, isRunning: Bool) -> Finding.State {
            NetworkFindings.interface(
                of: network,
                .init(name: network.interface, macAddress: macAddress, isUp: isUp, isRunning: isRunning)
            ).state
        }
        #expect(state(Station.host, isUp: true, isRunning: true) == .ok)
        #expect(state(Station.host, isUp: true, isRunning: false) == .warning)
        #expect(state(Station.host, isUp: false, isRunning: false) == .warning)
        #expect(state(nil, isUp: true, isRunning: true) == .problem)
        #expect(NetworkFindings.interface(of: network, nil).state == .problem)
    }

    @Test func `who holds the port is named, and middle-sock itself is known`() throws {
        let interface = try network(on: "ens34").interface
        #expect(NetworkFindings.port(on: interface, holder: nil).state == .ok)
        let other = NetworkFindings.port(on: interface, holder: "dnsmasq (process 42)")
        #expect(other.line == "problem: on ens34 it is taken by dnsmasq (process 42)")
        #expect(other.advice?.contains("stop that DHCP server") == true)
        let ours = NetworkFindings.port(on: interface, holder: "netns-agent (process 42)")
        #expect(ours.advice?.contains("middle-sock status") == true)
    }

    @Test func `the reverse path filter matters to a server's namespace whose routes do not lead back`() throws {
        let (one, other) = (try network(on: "ens34"), try network(on: "ens35"))
        let lone = try network(on: "ens34", gateway: nil)
        func state(_ mode: Int?, _ networks: AttachedNetwork...) -> Finding.State {
            NetworkFindings.reversePath(mode: mode, networks: networks).state
        }
        #expect(state(0, one, other) == .ok)
        #expect(state(0, lone) == .ok)
        #expect(state(1, one) == .ok)
        #expect(state(1, one, other) == .warning)
        #expect(state(1, lone) == .warning)
        #expect(state(2, one, other) == .ok)
        #expect(state(2, lone) == .warning)
        #expect(state(nil, one) == .unchecked)
    }

    @Test func `privileges that are missing are named`() {
        #expect(KernelFindings.privileges(missing: []).state == .ok)
        #expect(
            KernelFindings.privileges(missing: ["NET_RAW", "SYS_ADMIN"]).line
                == "problem: NET_RAW, SYS_ADMIN are missing")
    }

    @Test func `what was tried and failed is a problem, what could not be tried is not`() {
        #expect(KernelFindings.namespaces(.succeeded).state == .ok)
        #expect(KernelFindings.namespaces(.failed("no")).line == "problem: no")
        #expect(KernelFindings.namespaces(.impossible("why")).line == "unchecked: why")
        #expect(KernelFindings.tun(.failed("no")).state == .problem)
        #expect(KernelFindings.server("dhcpd", path: nil).state == .problem)
        #expect(KernelFindings.server("dhcpd", path: "/usr/sbin/dhcpd").line == "ok: /usr/sbin/dhcpd")
        #expect(KernelFindings.sandbox(landlock: nil, seccomp: false).map(\.state) == [.warning, .warning])
        #expect(KernelFindings.sandbox(landlock: 7, seccomp: true).map(\.state) == [.ok, .ok])
    }

    @Test func `a report says at its end what it comes to`() {
        var report = CheckReport()
        report.findings = [
            Finding("network", .ok, "ens34"), Finding("UDP port 67", .warning, "a\u{1B}b", advice: "do"),
        ]
        #expect(report.isReady)
        #expect(
            report.text == """
                ok         network      ens34
                warning    UDP port 67  a\\u{1b}b
                                        -> do

                nothing is in the way; look at the warning
                """)
        report.findings.append(Finding("server", .problem, "none"))
        #expect(!report.isReady)
        #expect(report.text.hasSuffix("\none thing is in the way; look at the warning"))
    }
}
