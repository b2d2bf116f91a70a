import CLinux
import Glibc
import Kernel
import RootTesting
import Testing

@testable import netns_agent

@Suite("Hastening what the server waits for in the kernel")
struct GracePeriodsTests {
    @Test(.asRoot) func `as root, an interface that nobody uses goes up and down, and is down in the end`() throws {
        let namespace = try NetworkNamespace.make()
        let listener = try namespace.run { () throws(SystemError) in try LinkListener() }
        let gracePeriods = try GracePeriods(changing: namespace)
        var looks = 0
        #expect(
            try gracePeriods.hasten(getpid()) {
                looks += 1
                return looks == 2
            })
        #expect(looks == 2)
        let states = listener.states()
        #expect(states.count > 10 && states.contains(true) && states.last == false)
    }
}

/// Hears how the interfaces of a namespace change (`RTNLGRP_LINK`, rtnetlink(7)).
private struct LinkListener: ~Copyable {
    private let socket: Int32

    /// Listens in the namespace that the calling thread is in.
    init() throws(SystemError) {
        socket = Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_NONBLOCK.rawValue), NETLINK_ROUTE)
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = 1
        let code = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe bind(
                socket, bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        guard code == 0 else { throw SystemError("listen to rtnetlink") }
    }

    deinit { close(socket) }

    /// Whether an interface was up, after each change until now.
    func states() -> [Bool] {
        var states: [Bool] = []
        var message = [UInt8](repeating: 0, count: 8_192)
        while unsafe recv(socket, &message, message.count, 0) > 0 {
            // `ifi_flags` behind `struct nlmsghdr` (linux/rtnetlink.h).
            states.append(message[24] & UInt8(IFF_UP) != 0)
        }
        return states
    }
}
