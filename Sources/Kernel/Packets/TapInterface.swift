internal import CLinux

/// A network interface whose cable is a descriptor: what the kernel sends on the interface is read there, and what is
/// written there the interface receives (Documentation/networking/tuntap.rst).
///
/// It is there as long as somebody holds the descriptor.
public struct TapInterface: ~Copyable, Sendable {
    /// What epoll watches, and what is passed to the relay.
    public let descriptor: Descriptor

    /// Takes over a descriptor that was passed to this process.
    public init(adopting descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Makes an interface in the calling thread's network namespace.
    ///
    /// - Parameters:
    ///   - name: what it is called.
    ///   - filter: which of the frames that the kernel sends there can be read.
    /// - Throws: `SystemError` of open(2) or ioctl(2): `ENOENT` or `EPERM` without /dev/net/tun, `EPERM` without
    ///   NET_ADMIN, `EBUSY` when there is an interface of that name.
    public init(named name: String, filter: PacketFilter) throws(SystemError) {
        let number = try retrying("make the interface \(name) by /dev/net/tun") {
            unsafe filter.withProgram { unsafe clinux_open_tap(name, $0) }
        }
        descriptor = Descriptor(owning: number)
    }
}
