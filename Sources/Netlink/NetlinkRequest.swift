public import Addresses
internal import CLinux
internal import CMnl

/// A request to the kernel's routing subsystem (rtnetlink(7)).
///
/// What a request asks is fixed when it is made; its bytes can be looked at without a kernel.
public struct NetlinkRequest: Sendable {
    /// What is asked, in words, for errors.
    public let purpose: String
    /// The message: `struct nlmsghdr` and what follows it, with the sequence number still 0.
    public private(set) var bytes: [UInt8]

    /// Room for the longest request here, a route with several next hops.
    private static let capacity = 512

    init<Header: BitwiseCopyable>(
        _ purpose: String, _ type: Int, flags: Int32, _ header: Header, _ attributes: (Attributes) -> Void
    ) {
        self.purpose = purpose
        // Of zeros: what fills an attribute up to a multiple of four bytes libmnl leaves as it is.
        var message = [UInt8](repeating: 0, count: Self.capacity)
        let length = unsafe message.withUnsafeMutableBytes { room in
            let content = unsafe Attributes(of: Int32(type), flags: NLM_F_REQUEST | flags, in: room)
            content.begin(with: header)
            attributes(content)
            return content.length
        }
        bytes = [UInt8](message.prefix(length))
    }

    /// What the kernel says of the interface called `name`.
    public static func interface(_ name: InterfaceName) -> NetlinkRequest {
        NetlinkRequest("look at \(name)", RTM_GETLINK, flags: 0, ifinfomsg()) { attributes in
            attributes.add(IFLA_IFNAME, text: name.description)
        }
    }

    /// All interfaces of the namespace.
    static var interfaces: NetlinkRequest {
        NetlinkRequest("look at the interfaces", RTM_GETLINK, flags: NLM_F_DUMP, ifinfomsg()) { _ in }
    }

    /// One end of a pair of links.
    public struct End: Sendable {
        /// Its name.
        public let name: InterfaceName
        /// Its number in its namespace; it must be free there.
        public let index: Int32
        /// Its MAC address, given at once, so that nobody assigns another; a random one where nothing is given.
        public let macAddress: MACAddress?

        /// The end called `name` with this number.
        public init(name: InterfaceName, index: Int32, macAddress: MACAddress?) {
            self.name = name
            self.index = index
            self.macAddress = macAddress
        }

        fileprivate func describe(in attributes: Attributes, mtu: UInt32) {
            attributes.add(IFLA_IFNAME, text: name.description)
            attributes.add(IFLA_MTU, number: mtu)
            // The kernel would make those of every processor the machine may have, and remove all but the first again
            // (`veth_init_queues`, drivers/net/veth.c).
            for queues in [IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES] { attributes.add(queues, number: 1) }
            if let macAddress { attributes.add(IFLA_ADDRESS, bytes: macAddress.bytes) }
        }
    }

    /// Makes a pair of virtual Ethernet links (veth(4)): `near` here and up, `far` in another namespace and down.
    ///
    /// The kernel refuses to take `far` up before it has both (`veth_open`, drivers/net/veth.c).
    ///
    /// - Parameters:
    ///   - mtu: how many bytes the payload of a frame may have.
    ///   - namespace: a descriptor of the namespace in which `far` is made, without ever having been here.
    public static func pair(near: End, far: End, mtu: UInt32, in namespace: Int32) -> NetlinkRequest {
        let flags = NLM_F_CREATE | NLM_F_EXCL
        let header = interfaceHeader(near.index, flags: IFF_UP)
        return NetlinkRequest("make the link \(far.name)", RTM_NEWLINK, flags: flags, header) { attributes in
            near.describe(in: attributes, mtu: mtu)
            attributes.nest(IFLA_LINKINFO) { information in
                information.add(IFLA_INFO_KIND, text: "veth")
                information.nest(IFLA_INFO_DATA) { data in
                    data.nest(VETH_INFO_PEER) { peer in
                        peer.begin(with: interfaceHeader(far.index, flags: 0))
                        far.describe(in: peer, mtu: mtu)
                        peer.add(IFLA_NET_NS_FD, number: UInt32(bitPattern: namespace))
                    }
                }
            }
        }
    }

    /// Takes the interface with this number up.
    public static func up(_ index: Int32) -> NetlinkRequest {
        let header = interfaceHeader(index, flags: IFF_UP)
        return NetlinkRequest("take interface \(index) up", RTM_NEWLINK, flags: 0, header) { _ in }
    }

    /// Has the kernel ask nobody on the interface with this number where a frame is to go: it sends it at once.
    public static func withoutARP(_ index: Int32) -> NetlinkRequest {
        let header = interfaceHeader(index, flags: IFF_NOARP)
        return NetlinkRequest("take ARP from interface \(index)", RTM_NEWLINK, flags: 0, header) { _ in }
    }

    /// Takes the interface with this number down: nothing leaves it any more, and routes through it are gone.
    public static func down(_ index: Int32) -> NetlinkRequest {
        var header = interfaceHeader(index, flags: 0)
        header.ifi_change = UInt32(IFF_UP)
        return NetlinkRequest("take interface \(index) down", RTM_NEWLINK, flags: 0, header) { _ in }
    }

    /// Gives the interface with this number a MAC address and an MTU and takes it up.
    ///
    /// - Parameter mtu: how many bytes the payload of a frame may have.
    public static func up(_ index: Int32, as macAddress: MACAddress, mtu: UInt32) -> NetlinkRequest {
        let header = interfaceHeader(index, flags: IFF_UP)
        return NetlinkRequest("take interface \(index) up", RTM_NEWLINK, flags: 0, header) { attributes in
            attributes.add(IFLA_ADDRESS, bytes: macAddress.bytes)
            attributes.add(IFLA_MTU, number: mtu)
        }
    }

    /// Removes the interface with this number.
    public static func remove(_ index: Int32) -> NetlinkRequest {
        NetlinkRequest("remove interface \(index)", RTM_DELLINK, flags: 0, interfaceHeader(index, flags: 0)) { _ in }
    }

    private static func interfaceHeader(_ index: Int32, flags: Int) -> ifinfomsg {
        var header = ifinfomsg()
        header.ifi_index = index
        header.ifi_flags = UInt32(flags)
        header.ifi_change = UInt32(flags)
        return header
    }

    /// Numbers the request and asks for an answer.
    mutating func prepare(sequence: UInt32) {
        unsafe bytes.withUnsafeMutableBytes { buffer in
            let message = unsafe buffer.assumingMemoryBound(to: nlmsghdr.self)
            unsafe message[0].nlmsg_seq = sequence
            unsafe message[0].nlmsg_flags |= UInt16(NLM_F_ACK)
        }
    }
}
