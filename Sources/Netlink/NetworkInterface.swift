public import Addresses
internal import CLinux
internal import CMnl

/// A network interface as the kernel describes it.
public struct NetworkInterface: Hashable, Sendable {
    /// Its number in its namespace.
    public let index: Int32
    /// Its MAC address; nothing when it is not an Ethernet interface.
    public let macAddress: MACAddress?
    /// How many bytes the payload of a frame may have.
    public let mtu: UInt32
    /// Whether it is taken up (`IFF_UP`).
    public let isUp: Bool
    /// Whether it carries frames (`IFF_RUNNING`), which comes a moment after both ends are up.
    public let isRunning: Bool

    /// Reads a message `RTM_NEWLINK`; nothing when it is another or contradicts itself.
    init?(message bytes: [UInt8]) {
        var bytes = bytes
        let found = unsafe bytes.withUnsafeMutableBytes { unsafe Self.read($0) }
        guard let found else { return nil }
        self = found
    }

    private init(index: Int32, macAddress: MACAddress?, mtu: UInt32, flags: UInt32) {
        self.index = index
        self.macAddress = macAddress
        self.mtu = mtu
        isUp = flags & UInt32(IFF_UP) != 0
        isRunning = flags & UInt32(IFF_RUNNING) != 0
    }

    private static func read(_ buffer: UnsafeMutableRawBufferPointer) -> NetworkInterface? {
        guard let message = unsafe buffer.baseAddress?.assumingMemoryBound(to: nlmsghdr.self),
            unsafe mnl_nlmsg_ok(message, Int32(buffer.count)), unsafe message.pointee.nlmsg_type == UInt16(RTM_NEWLINK),
            unsafe mnl_nlmsg_get_payload_len(message) >= MemoryLayout<ifinfomsg>.size,
            let header = unsafe mnl_nlmsg_get_payload(message)?.load(as: ifinfomsg.self)
        else { return nil }
        var macAddress: MACAddress?
        var mtu: UInt32 = 0
        var attribute = unsafe mnl_nlmsg_get_payload_offset(message, MemoryLayout<ifinfomsg>.size)?
            .assumingMemoryBound(to: nlattr.self)
        let end = unsafe UnsafeMutableRawPointer(mnl_nlmsg_get_payload_tail(message))
        while let current = unsafe attribute, let end = unsafe end, unsafe UnsafeMutableRawPointer(current) < end,
            unsafe mnl_attr_ok(current, Int32(end - UnsafeMutableRawPointer(current)))
        {
            switch unsafe Int(mnl_attr_get_type(current)) {
            case IFLA_ADDRESS where header.ifi_type == ARPHRD_ETHER: macAddress = unsafe Self.macAddress(current)
            case IFLA_MTU: mtu = unsafe mnl_attr_get_u32(current)
            default: break
            }
            unsafe attribute = mnl_attr_next(current)
        }
        return NetworkInterface(index: header.ifi_index, macAddress: macAddress, mtu: mtu, flags: header.ifi_flags)
    }

    private static func macAddress(_ attribute: UnsafePointer<nlattr>) -> MACAddress? {
        guard unsafe mnl_attr_get_payload_len(attribute) == 6, let bytes = unsafe mnl_attr_get_payload(attribute) else {
            return nil
        }
        let number = unsafe UnsafeRawBufferPointer(start: bytes, count: 6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return MACAddress(rawValue: number)
    }
}
