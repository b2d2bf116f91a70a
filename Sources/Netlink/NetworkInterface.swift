public import Addresses
internal import CLinux

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
    init?(_ message: NetlinkMessage) {
        guard message.type == RTM_NEWLINK, let header = message.content(as: ifinfomsg.self) else { return nil }
        func attribute(_ type: Int, size: Int) -> [UInt8]? {
            let found = message.attribute(type, behind: MemoryLayout<ifinfomsg>.size)
            return found?.count == size ? found : nil
        }
        let address = header.ifi_type == ARPHRD_ETHER ? attribute(IFLA_ADDRESS, size: 6) : nil
        index = header.ifi_index
        macAddress = address.flatMap { MACAddress(rawValue: $0.reduce(0) { $0 << 8 | UInt64($1) }) }
        let number = attribute(IFLA_MTU, size: 4) ?? [0, 0, 0, 0]
        mtu = unsafe number.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt32.self) }
        isUp = header.ifi_flags & UInt32(IFF_UP) != 0
        isRunning = header.ifi_flags & UInt32(IFF_RUNNING) != 0
    }
}
