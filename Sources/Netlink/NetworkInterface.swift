public import Addresses
internal import CLinux
internal import CNetlink

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
        let headerSize = MemoryLayout<ifinfomsg>.size
        guard let message = unsafe buffer.baseAddress?.assumingMemoryBound(to: nlmsghdr.self),
            unsafe nlmsg_ok(message, Int32(buffer.count)) != 0,
            unsafe message.pointee.nlmsg_type == UInt16(RTM_NEWLINK),
            unsafe nlmsg_valid_hdr(message, Int32(headerSize)) != 0,
            let header = unsafe nlmsg_data(message)?.load(as: ifinfomsg.self)
        else { return nil }
        func attribute(_ type: Int, size: Int32) -> UnsafeMutableRawPointer? {
            guard let found = unsafe nlmsg_find_attr(message, Int32(headerSize), Int32(type)),
                unsafe nla_len(found) == size
            else { return nil }
            return unsafe nla_data(found)
        }
        let address = header.ifi_type == ARPHRD_ETHER ? unsafe attribute(IFLA_ADDRESS, size: 6) : nil
        return NetworkInterface(
            index: header.ifi_index, macAddress: unsafe address.flatMap { unsafe macAddress($0) },
            mtu: unsafe attribute(IFLA_MTU, size: 4)?.load(as: UInt32.self) ?? 0, flags: header.ifi_flags)
    }

    private static func macAddress(_ bytes: UnsafeMutableRawPointer) -> MACAddress? {
        let number = unsafe UnsafeRawBufferPointer(start: bytes, count: 6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return MACAddress(rawValue: number)
    }
}
