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

    /// Room for the longest request here, a pair of links.
    private static let capacity = 512

    private init<Header: BitwiseCopyable>(
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

    /// Gives an address to the interface with this number.
    public static func address(_ network: AttachedNetwork, on index: Int32) -> NetlinkRequest {
        var header = ifaddrmsg()
        header.ifa_family = UInt8(AF_INET)
        header.ifa_prefixlen = network.network.prefixLength
        header.ifa_index = UInt32(index)
        let purpose = "add the address \(network.address)"
        return NetlinkRequest(purpose, RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, header) { attributes in
            attributes.add(IFA_LOCAL, address: network.address)
            attributes.add(IFA_ADDRESS, address: network.address)
            attributes.add(IFA_BROADCAST, address: network.network.broadcastAddress)
        }
    }

    /// Sends everything that has no other route through `gateway`, which the interface with this number reaches.
    ///
    /// - Parameter metric: of several such routes the one with the lowest is used.
    public static func defaultRoute(via gateway: IPv4Address, on index: Int32, metric: UInt32) -> NetlinkRequest {
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        header.rtm_table = UInt8(RT_TABLE_MAIN.rawValue)
        header.rtm_protocol = UInt8(RTPROT_STATIC)
        header.rtm_scope = UInt8(RT_SCOPE_UNIVERSE.rawValue)
        header.rtm_type = UInt8(RTN_UNICAST)
        let purpose = "add the route through \(gateway)"
        return NetlinkRequest(purpose, RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL, header) { attributes in
            attributes.add(Int(RTA_GATEWAY.rawValue), address: gateway)
            attributes.add(Int(RTA_OIF.rawValue), number: UInt32(index))
            attributes.add(Int(RTA_PRIORITY.rawValue), number: metric)
        }
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

/// The attributes of a request that is being made, with room enough for each of ours.
@safe
private struct Attributes {
    private let message: UnsafeMutablePointer<nlmsghdr>
    private let capacity: Int

    /// Begins a request in this room, which must stay where it is.
    init(of type: Int32, flags: Int32, in room: UnsafeMutableRawBufferPointer) {
        guard room.count >= MemoryLayout<nlmsghdr>.size, let message = unsafe mnl_nlmsg_put_header(room.baseAddress)
        else { Self.refuse() }
        unsafe message.pointee.nlmsg_type = UInt16(type)
        unsafe message.pointee.nlmsg_flags = UInt16(flags)
        unsafe self.message = message
        capacity = room.count
    }

    /// Of the request so far, in bytes.
    var length: Int { unsafe Int(message.pointee.nlmsg_len) }

    func add(_ type: Int, text: String) {
        require(unsafe mnl_attr_put_strz_check(message, capacity, UInt16(type), text))
    }

    func add(_ type: Int, number: UInt32) {
        require(unsafe mnl_attr_put_u32_check(message, capacity, UInt16(type), number))
    }

    func add(_ type: Int, address: IPv4Address) {
        add(type, number: address.rawValue.bigEndian)
    }

    func add(_ type: Int, bytes: [UInt8]) {
        require(unsafe mnl_attr_put_check(message, capacity, UInt16(type), bytes.count, bytes))
    }

    /// The structure that a request, or a nest as `VETH_INFO_PEER` (drivers/net/veth.c), begins with.
    ///
    /// Of all that libmnl puts into a message only this has no variant that looks whether there is room.
    func begin<Header: BitwiseCopyable>(with header: Header) {
        let size = MemoryLayout<Header>.size
        require(capacity - length >= (size + Int(NLMSG_ALIGNTO) - 1) & ~(Int(NLMSG_ALIGNTO) - 1))
        unsafe mnl_nlmsg_put_extra_header(message, size)?.storeBytes(of: header, as: Header.self)
    }

    func nest(_ type: Int, _ body: (Attributes) -> Void) {
        guard let start = unsafe mnl_attr_nest_start_check(message, capacity, UInt16(type)) else { Self.refuse() }
        body(self)
        unsafe mnl_attr_nest_end(message, start)
    }

    private func require(_ hadRoom: Bool) {
        guard hadRoom else { Self.refuse() }
    }

    private static func refuse() -> Never { fatalError("a request is too long") }
}
