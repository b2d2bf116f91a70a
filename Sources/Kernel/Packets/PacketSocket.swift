internal import CLinux

/// A socket that sees and sends whole frames on one interface (packet(7)).
public struct PacketSocket: ~Copyable, Sendable {
    /// What epoll watches, and what is passed to the relay.
    public let descriptor: Descriptor

    /// Takes over a socket that was passed to this process.
    public init(adopting descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Opens a socket on an interface of the calling thread's namespace.
    ///
    /// Its filter is locked before it hears the first frame, it does not hear what the host itself sends, and it tells
    /// about checksums and VLAN tags. It is opened for no protocol and bound when it is ready: so no frame from before the filter is in its queue, and
    /// binding need not wait for a grace period of the kernel (26 ms for two sockets).
    ///
    /// - Parameters:
    ///   - interface: the number of the interface.
    ///   - filter: which frames it hears.
    ///   - receiveBuffer: how many bytes wait at most; 4 MiB are 6,554 DHCP frames.
    /// - Throws: `SystemError` of socket(2), setsockopt(2) or bind(2), `EPERM` without NET_RAW.
    public init(
        on interface: Int32, filter: PacketFilter, receiveBuffer: Int32 = 4 << 20
    ) throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let opened = Descriptor(owning: try retrying("socket AF_PACKET") { socket(AF_PACKET, type, 0) })
        let number = opened.rawValue
        try filter.lock(on: number)
        try setSocketOption(number, SOL_PACKET, PACKET_AUXDATA, to: 1)
        try setSocketOption(number, SOL_PACKET, PACKET_IGNORE_OUTGOING, to: 1)
        try setBuffer(of: number, SO_RCVBUFFORCE, otherwise: SO_RCVBUF, to: receiveBuffer)
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_ALL).bigEndian
        address.sll_ifindex = interface
        try bindSocket(number, to: address, "bind AF_PACKET")
        descriptor = opened
    }

    /// The number of the interface that the socket is bound to; -1 for ever once that interface was removed or moved to
    /// another namespace (`packet_notifier`, net/packet/af_packet.c).
    ///
    /// - Throws: `SystemError` of getsockname(2).
    public func boundInterface() throws(SystemError) -> Int32 {
        var address = sockaddr_ll()
        var size = socklen_t(MemoryLayout<sockaddr_ll>.size)
        try retrying("getsockname") {
            unsafe withUnsafeMutablePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(descriptor.rawValue, __SOCKADDR_ARG(__sockaddr__: $0), &size)
                }
            }
        }
        return address.sll_ifindex
    }
}
