internal import CLinux

/// Hears that something has changed about the interfaces, IPv4 addresses or routes of a network namespace (rtnetlink(7)).
///
/// What has changed it does not tell: in a burst the kernel throws notifications away (`ENOBUFS`), and only another look
/// tells how things are then.
public struct NetworkChanges: ~Copyable {
    /// What epoll watches: it is readable, or an error waits, when there was a change.
    public let descriptor: Descriptor

    /// Hears of the namespace of the calling thread from now on; that needs no privilege.
    ///
    /// - Throws: `SystemError` of socket(2), setsockopt(2) or bind(2).
    public init() throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let opened = Descriptor(owning: try retrying("socket AF_NETLINK") { socket(AF_NETLINK, type, NETLINK_ROUTE) })
        // The least there is: one notification is as good as many.
        try setSocketOption(opened.rawValue, SOL_SOCKET, SO_RCVBUF, to: 1)
        var address = sockaddr_nl()
        address.nl_family = UInt16(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE)
        try bindSocket(opened.rawValue, to: address, "bind AF_NETLINK")
        descriptor = opened
    }

    /// Forgets what was heard so far.
    ///
    /// Whoever changes things without end does not keep it: what is left then makes the descriptor readable again.
    ///
    /// - Throws: `SystemError` of read(2).
    public func forget() throws(SystemError) {
        for _ in 0..<Self.patience {
            do {
                guard try descriptor.read(capacity: 1) != nil else { return }
            } catch {
                guard error.code == ENOBUFS else { throw error }
            }
        }
    }

    /// How many notifications are read at once; what fits into the receive buffer is less.
    private static let patience = 64

    /// What hearing needs.
    public static let systemCalls: [SystemCall] = ["read"]
}
