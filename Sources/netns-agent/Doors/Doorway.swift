import Addresses
import Glibc
import Messages
import Netlink

/// How what a server sends beside DHCP comes to the other end of one of its links, where it ends in sockets of ours, or is
/// refused by the kernel at once; and how what these sockets send comes back.
///
/// Rules and a table of their own send it there, so that addresses and routes stay as those of the host, and ARP asks nobody.
struct Doorway {
    private let macAddressOfServer: MACAddress
    private let interface: Int32
    private let nearName: InterfaceName
    /// The number of the other end in the relay's namespace.
    let nearInterface: Int32

    /// That of the link with this interface in the server's namespace, and this one at its other end.
    init(_ link: Link, interface: Int32, nearName: InterfaceName, nearInterface: Int32) {
        macAddressOfServer = link.macAddress
        self.interface = interface
        self.nearName = nearName
        self.nearInterface = nearInterface
    }

    /// Which of the links it is at: the first that has an address.
    static func position(among links: [Link]) -> Int {
        links.firstIndex { !$0.addresses.isEmpty } ?? 0
    }

    /// The address of the frames that go through, which no station has: it is assigned by nobody (IEEE 802).
    static let macAddress = MACAddress(0x02, 0x4D, 0x53, 0x00, 0x00, 0x01)

    // Of the link-local network, and never in a packet.
    private static let nearRouter = IPv4Address(169, 254, 77, 1)
    private static let farRouter = IPv4Address(169, 254, 77, 2)
    private static let table: UInt32 = 77
    private static let firstRule: UInt32 = 7_700

    /// In the server's namespace: what is DHCP goes as ever, all other TCP and UDP to the other end.
    static let rules: [NetlinkRequest] = [
        .rule(.port(UInt8(IPPROTO_UDP), 67), .goTo(NetlinkRequest.mainRule), priority: firstRule),
        .rule(.protocol(UInt8(IPPROTO_TCP)), .table(table), priority: firstRule + 1),
        .rule(.protocol(UInt8(IPPROTO_UDP)), .table(table), priority: firstRule + 2),
    ]

    /// In the server's namespace, whenever its interfaces have come up or have other addresses.
    func ways(for links: [Link]) -> [NetlinkRequest] {
        let source = links.lazy.flatMap(\.addresses).first?.address
        return [
            .neighbour(Self.nearRouter, Self.macAddress, on: interface),
            .everything(to: Self.nearRouter, on: interface, from: source, table: Self.table),
        ]
    }

    /// In the namespace of the other ends, before the first: which addresses are its own is asked of what comes in only.
    static let firstAtFarEnd: [NetlinkRequest] = [.up(loopback), .withoutLocalRule]

    /// In the namespace of the other ends: each address is its own, and what it sends goes to the server.
    var farEnd: [NetlinkRequest] {
        [
            .withoutARPAndForwarding(nearInterface),
            .rule(.from(nearName), .table(NetlinkRequest.localTable), priority: Self.firstRule + UInt32(nearInterface)),
            // No router may have an own address.
            .notOwn(Self.farRouter, on: nearInterface),
            .neighbour(Self.farRouter, macAddressOfServer, on: nearInterface),
            .everything(to: Self.farRouter, on: nearInterface, metric: UInt32(nearInterface)),
            .everythingHere(on: nearInterface),
        ]
    }

    private static let loopback: Int32 = 1
}
