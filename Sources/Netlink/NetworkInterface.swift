public import Addresses
internal import CLinux

/// A network interface as the kernel describes it.
public struct NetworkInterface: Hashable, Sendable {
    /// Its number in its namespace.
    public let index: Int32
    /// Its name; nothing where it is none.
    public let name: InterfaceName?
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
        let size = MemoryLayout<ifinfomsg>.size
        let address = header.ifi_type == ARPHRD_ETHER ? message.attribute(IFLA_ADDRESS, behind: size) : nil
        index = header.ifi_index
        name = message.text(IFLA_IFNAME, behind: size).flatMap { InterfaceName($0) }
        macAddress = address.flatMap { bytes in
            bytes.count == 6 ? MACAddress(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }) : nil
        }
        mtu = message.number(IFLA_MTU, behind: size) ?? 0
        isUp = header.ifi_flags & UInt32(IFF_UP) != 0
        isRunning = header.ifi_flags & UInt32(IFF_RUNNING) != 0
    }
}
