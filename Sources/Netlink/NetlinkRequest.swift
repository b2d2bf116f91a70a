public import Addresses
internal import CLinux
internal import CNetlink

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
        guard let message = unsafe nlmsg_alloc_size(Self.capacity) else { fatalError("no memory for a request") }
        defer { unsafe nlmsg_free(message) }
        unsafe nlmsg_put(message, 0, 0, Int32(type), 0, NLM_F_REQUEST | flags)
        let content = unsafe Attributes(message)
        content.begin(with: header)
        attributes(content)
        let start = unsafe UnsafeRawPointer(nlmsg_hdr(message))
        bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: Int(nlmsg_hdr(message).pointee.nlmsg_len)))
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
    private let message: OpaquePointer

    init(_ message: OpaquePointer) {
        unsafe self.message = message
    }

    func add(_ type: Int, text: String) {
        require(unsafe nla_put_string(message, Int32(type), text))
    }

    func add(_ type: Int, number: UInt32) {
        require(unsafe nla_put_u32(message, Int32(type), number))
    }

    func add(_ type: Int, address: IPv4Address) {
        add(type, number: address.rawValue.bigEndian)
    }

    func add(_ type: Int, bytes: [UInt8]) {
        require(unsafe nla_put(message, Int32(type), Int32(bytes.count), bytes))
    }

    /// The structure that a request, or a nest as `VETH_INFO_PEER` (drivers/net/veth.c), begins with.
    func begin<Header: BitwiseCopyable>(with header: Header) {
        var header = header
        require(unsafe nlmsg_append(message, &header, MemoryLayout<Header>.size, Int32(NLMSG_ALIGNTO)))
    }

    func nest(_ type: Int, _ body: (Attributes) -> Void) {
        guard let start = unsafe nla_nest_start(message, Int32(type)) else { fatalError("a request is too long") }
        body(self)
        require(unsafe nla_nest_end(message, start))
    }

    private func require(_ result: Int32) {
        precondition(result >= 0, "a request is too long")
    }
}
