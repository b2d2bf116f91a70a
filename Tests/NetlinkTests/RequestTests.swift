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

    // struct ifaddrmsg: family, length of the prefix, flags, scope, index. Then IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST.
    @Test func `an address comes with its network's broadcast address`() throws {
        let name = try #require(InterfaceName("ens34"))
        let network = try #require(
            AttachedNetwork(
                interface: name, address: IPv4Address(192, 168, 50, 2), prefixLength: 24, gateway: gateway))
        expect(
            .address(network, on: 2), "add the address 192.168.50.2",
            """
            30000000 1400 0106 00000000 00000000
            02 18 00 00 02000000
            0800 0200 c0a83202
            0800 0100 c0a83202
            0800 0400 c0a832ff
            """)
    }

    // struct rtmsg: family, lengths of destination and source, TOS, table (254 is main), protocol (4 is static), scope,
    // type (1 is unicast), flags. Then RTA_GATEWAY, RTA_OIF, RTA_PRIORITY.
    @Test func `a default route has no destination`() {
        expect(
            .defaultRoute(via: gateway, on: 2, metric: 100), "add the route through 192.168.50.1",
            """
            34000000 1800 0106 00000000 00000000
            02 00 00 00 fe 04 00 01 00000000
            0800 0500 c0a83201
            0800 0400 02000000
            0800 0600 64000000
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
