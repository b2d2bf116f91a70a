import Addresses
import HostNetwork
import Testing

@testable import HostCheck

@Suite("What a server's configuration serves")
struct ConfigurationTests {
    @Test(
        arguments: [
            ("dhcpd -f -q -4 -cf /etc/a.conf", "dhcpd -t -f -4 -cf /etc/a.conf"),
            ("/usr/sbin/kea-dhcp4 -d -c /etc/a.json", "/usr/sbin/kea-dhcp4 -d -t /etc/a.json"),
            ("kea-dhcp4 -c/etc/a.json", "kea-dhcp4 -t/etc/a.json"), ("dnsmasq -k -C /a", "dnsmasq -k -C /a --test"),
            ("kea-dhcp4", nil), ("udhcpd -f", nil), ("", nil),
        ] as [(String, String?)])
    func `the check has what the server is told`(command: String, check: String?) {
        let words = command.split(separator: " ").map(String.init)
        #expect(ConfigurationCheck(of: words)?.command.joined(separator: " ") == check)
    }

    private func declared(_ command: String, _ files: [String: String]) throws -> DeclaredNetworks {
        let check = try #require(ConfigurationCheck(of: command.split(separator: " ").map(String.init)))
        return DeclaredNetworks(
            of: check,
            in: .init(
                text: { files[$0] },
                names: { directory in
                    let names = files.keys.filter { $0.hasPrefix("\(directory)/") }.map {
                        String($0.dropFirst(directory.count + 1))
                    }
                    return names.isEmpty ? nil : names
                }))
    }

    private func words(_ declared: DeclaredNetworks) -> [String] { declared.declarations.map(\.description) }

    @Test func `subnets of dhcpd are found in networks that are shared and in files that are included`() throws {
        let networks = try declared(
            "dhcpd -f -cf /a",
            [
                "/a": """
                # subnet 10.9.0.0 netmask 255.255.0.0 { }
                option domain-name "subnet 10.8.0.0 netmask 255.255.0.0 # \\" {";
                option subnet-mask 255.255.255.0;
                shared-network "one" { subnet 192.168.50.0 netmask 255.255.255.0 { range 192.168.50.3; } # yes
                  subnet 10.1.0.0
                netmask 255.255.240.0{}
                } include "/b";
                """, "/b": "SUBNET 10.2.0.0 NETMASK 255.0.0.0 {}\ninclude \"/c\";",
            ])
        #expect(words(networks) == ["192.168.50.0/24", "10.1.0.0/20", "10.0.0.0/8"])
        #expect(networks.gaps == ["/c cannot be read"])
    }

    @Test func `what dhcpd's configuration leaves open is said, and a circle ends`() throws {
        let text = "ldap-server \"x\"; subnet $HERE netmask 1; include \"/etc/dhcp/dhcpd.conf\";"
        let networks = try declared("dhcpd", ["/etc/dhcp/dhcpd.conf": text])
        #expect(networks.declarations.isEmpty)
        #expect(networks.gaps.count == 3, "\(networks.gaps)")
        #expect(try declared("dhcpd", [:]).gaps == ["/etc/dhcp/dhcpd.conf cannot be read"])
        let holes = try declared("dhcpd -cf /a", ["/a": "subnet 10.0.0.0 netmask 255.0.255.0 {}"])
        #expect(holes.gaps.count == 1)
    }

    @Test func `subnets of Kea are found in its JSON with comments, commas and files`() throws {
        let networks = try declared(
            "kea-dhcp4 -c /k",
            [
                "/k": """
                // { "Dhcp4": 1
                { "Dhcp4": { /* "subnet4": [ { "subnet": "10.9.0.0/16" } ], */ # no
                    "comment": "https://a/ # no \\" { ,]",
                    "subnet4": [ <?include "/s"?>, ],
                    "shared-networks": [ { "interface": "ens9", "subnet4": [ { "subnet": "10.3.0.0/16" }, ] } ],
                } }
                """, "/s": "{ \"subnet\": \"192.168.50.0/24\" } # it",
            ])
        #expect(words(networks) == ["192.168.50.0/24", "10.3.0.0/16"])
        #expect(networks.declarations.last == .subnet(try block("10.3.0.0", 16), interface: "ens9"))
        #expect(networks.gaps.isEmpty)
        #expect(try declared("kea-dhcp4 -c /k", ["/k": "{ nonsense"]).gaps == ["/k is not the JSON that is known here"])
        let more = try declared("kea-dhcp4 -c /k", ["/k": "{\"Dhcp4\": {\"config-control\": {}}}"])
        #expect(more.gaps == ["a database (config-control) may hold more"])
    }

    @Test func `ranges of dnsmasq are found on its command line and in all its files`() throws {
        let networks = try declared(
            "dnsmasq -k -F 10.1.0.3,10.1.0.9 --dhcp-range=set:a,10.2.0.3,static -C /d --conf-dir=/e,.old",
            [
                "/d": "# dhcp-range=10.9.0.1\n dhcp-range = tag:x , 192.168.50.30,192.168.50.39 # yes\nconf-file=/f\n",
                "/e/one": "dhcp-range=fd00::2,fd00::9", "/e/two.old": "dhcp-range=10.9.0.2",
                "/f": "dhcp-range=10.4.0.4,1h",
            ])
        #expect(words(networks) == ["from 10.1.0.3", "from 10.2.0.3", "from 192.168.50.30", "from 10.4.0.4"])
        #expect(networks.gaps.isEmpty)
        let strange = try declared("dnsmasq -k", ["/etc/dnsmasq.conf": "dhcp-range=eth0\nconf-dir=/none"])
        #expect(strange.gaps == ["'dhcp-range=eth0'", "/none cannot be read"])
    }

    private func block(_ address: String, _ length: UInt8) throws -> IPv4Network {
        let address = try #require(IPv4Address(address))
        return try #require(IPv4Network(containing: address, prefixLength: length))
    }

    @Test func `a network is served by an address of the host in it, also a second one, or by its interface`() throws {
        let second = Route(
            interface: InterfaceName("ens34"), destination: try block("10.1.0.0", 16), gateway: nil, flags: .RTF_UP,
            metric: 0)
        let place = ConfigurationFindings.Place(
            try network(on: "ens34"), routes: [second],
            localAddresses: [IPv4Address(10, 1, 0, 2), IPv4Address(172, 16, 0, 1)])
        func isServed(_ declaration: DeclaredNetworks.Declaration) -> Bool { place.isServed(by: declaration) }
        #expect(isServed(.subnet(try block("192.168.50.0", 24), interface: nil)))
        #expect(isServed(.subnet(try block("10.1.0.0", 24), interface: nil)))
        #expect(!isServed(.subnet(try block("10.1.1.0", 24), interface: nil)))
        #expect(!isServed(.subnet(try block("172.16.0.0", 12), interface: nil)))
        #expect(isServed(.subnet(try block("172.16.0.0", 12), interface: "ens34")))
        #expect(isServed(.range(from: IPv4Address(192, 168, 50, 200))))
        #expect(isServed(.range(from: IPv4Address(10, 1, 9, 9))))
        #expect(!isServed(.range(from: IPv4Address(10, 2, 0, 1))))
    }

    @Test func `a server that serves no network is a problem where it ends, and unknown where not all was read`() throws
    {
        let places = [
            ConfigurationFindings.Place(try network(on: "ens34"), routes: [], localAddresses: [])
        ]
        func finding(_ command: String, _ text: String) throws -> Finding {
            let check = try #require(ConfigurationCheck(of: command.split(separator: " ").map(String.init)))
            return ConfigurationFindings.coverage(try declared(command, ["/a": text]), on: places, by: check.server)
        }
        let elsewhere = try finding("dhcpd -cf /a", "subnet 10.0.0.0 netmask 255.0.0.0 {}")
        #expect(
            elsewhere.line == "problem: no client on ens34 192.168.50.2/24 via 192.168.50.1 gets an address: "
                + "what it serves, 10.0.0.0/8, is not there")
        #expect(try finding("dnsmasq -C /a", "dhcp-range=10.0.0.4").state == .warning)
        #expect(try finding("dnsmasq -C /a", "").text.hasSuffix("it serves no network at all"))
        #expect(try finding("dhcpd -cf /a", "include \"/b\";").state == .unchecked)
        #expect(
            try finding("dhcpd -cf /a", "subnet 192.168.50.0 netmask 255.255.255.0 {} include \"/b\";").line
                == "ok: it serves 192.168.50.0/24 on ens34")
    }
}
