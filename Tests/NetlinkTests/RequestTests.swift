import Addresses
import Netlink
import Testing

/// The bytes of each kind of request, laid out after linux/netlink.h, linux/rtnetlink.h, linux/if_link.h and linux/veth.h.
///
/// Each begins with `struct nlmsghdr`: length, type, flags, and sequence number and port, which are 0. Of the flags
/// `NLM_F_REQUEST` is 1, `NLM_F_EXCL` 0x200, `NLM_F_CREATE` 0x400. A structure of the type follows, and attributes:
/// length, type, content. Numbers are in the order of the computer, here that of x86 and ARM, addresses in the network's.
@Suite("What is asked of the kernel") struct RequestTests {
    private let macAddress = MACAddress(0x02, 0, 0x5E, 0, 0x53, 1)
    private let gateway = IPv4Address(192, 168, 50, 1)

    @Test func `a question for an interface has its name`() throws {
        let name = try #require(InterfaceName("ens34"))
        expect(
            .interface(name), "look at ens34",
            """
            2c000000 1200 0100 00000000 00000000
            00 00 0000 00000000 00000000 00000000
            0a00 0300 656e73333400 0000
            """)
    }

    // struct ifinfomsg: family, padding, type, index, flags, and which of the flags change.
    @Test func `a change of an interface has its number and what changes`() {
        expect(
            .up(2), "take interface 2 up",
            """
            20000000 1000 0100 00000000 00000000
            00 00 0000 02000000 01000000 01000000
            """)
        expect(
            .down(2), "take interface 2 down",
            """
            20000000 1000 0100 00000000 00000000
            00 00 0000 02000000 00000000 01000000
            """)
        expect(
            .up(2, as: macAddress, mtu: 1_400), "take interface 2 up",
            """
            34000000 1000 0100 00000000 00000000
            00 00 0000 02000000 01000000 01000000
            0a00 0100 02005e005301 0000
            0800 0400 78050000
            """)
        expect(
            .remove(2), "remove interface 2",
            """
            20000000 1100 0100 00000000 00000000
            00 00 0000 02000000 00000000 00000000
            """)
    }

    // struct ifaddrmsg: family, length of the prefix, flags, scope, index. Then IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST,
    // IFA_LABEL.
    @Test func `an address comes with its network's broadcast address`() throws {
        let name = try #require(InterfaceName("ens34"))
        let network = try #require(
            AttachedNetwork(
                interface: name, address: IPv4Address(192, 168, 50, 2), prefixLength: 24, gateway: gateway))
        expect(
            .add(InterfaceAddress(of: network), on: 2), "add the address 192.168.50.2",
            """
            3c000000 1400 0106 00000000 00000000
            02 18 00 00 02000000
            0800 0200 c0a83202
            0800 0100 c0a83202
            0800 0400 c0a832ff
            0a00 0300 656e73333400 0000
            """)
    }

    // Beside these IFA_FLAGS (IFA_F_NOPREFIXROUTE is 0x200) and IFA_RT_PRIORITY.
    @Test func `of an address all is said, but not whether it is a secondary one`() throws {
        let address = try #require(
            InterfaceAddress(
                IPv4Address(10, 0, 0, 1), prefixLength: 32, peer: IPv4Address(10, 0, 0, 2), scope: 253,
                flags: [.secondary, .noPrefixRoute], metric: 7, label: "ens34:1"))
        expect(
            .remove(address, on: 2), "remove the address 10.0.0.1",
            """
            44000000 1500 0100 00000000 00000000
            02 20 00 fd 02000000
            0800 0200 0a000001
            0800 0100 0a000002
            0c00 0300 656e7333343a3100
            0800 0800 00020000
            0800 0900 07000000
            """)
    }

    // struct rtmsg: family, lengths of destination and source, TOS, table (254 is main, 255 local), protocol (4 is static),
    // scope, type (1 is unicast, 2 local), flags. Then RTA_DST, RTA_PRIORITY, RTA_PREFSRC, RTA_METRICS with RTAX_MTU,
    // RTA_GATEWAY, RTA_OIF. Of the request's flags NLM_F_APPEND is 0x800.
    @Test func `a default route has no destination`() throws {
        let everything = try #require(IPv4Network(containing: .unspecified, prefixLength: 0))
        let route = try #require(
            InterfaceRoute(to: everything, origin: 4, scope: 0, metric: 100, nextHops: [.init(gateway: gateway)]))
        expect(
            .add(route, on: 2), "add the route 0.0.0.0/0 via 192.168.50.1 metric 100",
            """
            34000000 1800 010c 00000000 00000000
            02 00 00 00 fe 04 00 01 00000000
            0800 0600 64000000
            0800 0500 c0a83201
            0800 0400 02000000
            """)
    }

    @Test func `of a route all is said`() throws {
        let network = try #require(IPv4Network(containing: IPv4Address(10, 9, 0, 0), prefixLength: 24))
        let route = try #require(
            InterfaceRoute(
                to: network, typeOfService: 16, origin: 16, scope: 0, metric: 1, source: IPv4Address(192, 168, 50, 2),
                mtu: 1_400, nextHops: [.init(gateway: gateway, isOnLink: true)]))
        expect(
            .remove(route, on: 2), "remove the route 10.9.0.0/24 via 192.168.50.1 metric 1",
            """
            50000000 1900 0100 00000000 00000000
            02 18 00 10 fe 10 00 01 04000000
            0800 0100 0a090000
            0800 0600 01000000
            0800 0700 c0a83202
            0c00 0880 0800 0200 78050000
            0800 0500 c0a83201
            0800 0400 02000000
            """)
    }

    // RTA_MULTIPATH: for each hop struct rtnexthop (length, flags, share less 1, interface) and RTA_GATEWAY.
    @Test func `a route with several next hops has them in one attribute`() throws {
        let everything = try #require(IPv4Network(containing: .unspecified, prefixLength: 0))
        let route = try #require(
            InterfaceRoute(
                to: everything, origin: 4, scope: 0,
                nextHops: [.init(gateway: gateway), .init(gateway: IPv4Address(192, 168, 50, 3), weight: 2)]))
        expect(
            .add(route, on: 2), "add the route 0.0.0.0/0 via 192.168.50.1 via 192.168.50.3",
            """
            48000000 1800 010c 00000000 00000000
            02 00 00 00 fe 04 00 01 00000000
            0800 0600 00000000
            2400 0900
                1000 00 00 02000000 0800 0500 c0a83201
                1000 00 02 02000000 0800 0500 c0a83203
            """)
    }

    @Test func `an address of the host's own elsewhere is in the local table, on the loopback`() throws {
        let host = try #require(IPv4Network(containing: IPv4Address(10, 0, 0, 1), prefixLength: 32))
        let route = try #require(InterfaceRoute(to: host, .local, origin: 4, scope: 254, nextHops: []))
        expect(
            .add(route, on: 1), "add the route local 10.0.0.1/32",
            """
            34000000 1800 010c 00000000 00000000
            02 20 00 00 ff 04 fe 02 00000000
            0800 0100 0a000001
            0800 0600 00000000
            0800 0400 01000000
            """)
    }

    // Nests have NLA_F_NESTED (0x8000) in their type, and what is inside counts as theirs: IFLA_LINKINFO, IFLA_INFO_KIND,
    // IFLA_INFO_DATA, and VETH_INFO_PEER, which begins with a second struct ifinfomsg.
    @Test func `a pair of links says all of both ends`() throws {
        let name = try #require(InterfaceName("ens34"))
        expect(
            .pair(
                near: .init(name: name, index: 1_002, macAddress: nil),
                far: .init(name: name, index: 2, macAddress: macAddress), mtu: 1_400, in: 7), "make the link ens34",
            """
            a4000000 1000 0106 00000000 00000000
            00 00 0000 ea030000 01000000 01000000
            0a00 0300 656e73333400 0000
            0800 0400 78050000
            0800 1f00 01000000
            0800 2000 01000000
            6000 1280
                0900 0100 7665746800 000000
                5000 0280
                    4c00 0180
                        00 00 0000 02000000 00000000 00000000
                        0a00 0300 656e73333400 0000
                        0800 0400 78050000
                        0800 1f00 01000000
                        0800 2000 01000000
                        0a00 0100 02005e005301 0000
                        0800 1c00 07000000
            """)
    }

    @Test func `the longest names and numbers have room`() throws {
        let name = try #require(InterfaceName("abcdefghijklmno"))
        let end = NetlinkRequest.End(name: name, index: .max, macAddress: macAddress)
        let request = NetlinkRequest.pair(near: end, far: end, mtu: .max, in: .max)
        #expect(request.bytes.count == 192 && request.bytes.prefix(4) == [192, 0, 0, 0])
    }

    private func expect(
        _ request: NetlinkRequest, _ purpose: String, _ bytes: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let text = request.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(request.purpose == purpose, sourceLocation: sourceLocation)
        #expect(text == bytes.filter { !$0.isWhitespace }, sourceLocation: sourceLocation)
    }
}
