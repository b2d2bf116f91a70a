internal import CLinux
internal import Glibc
internal import Kernel

/// The socket of a DHCP server that counts: UDP port 67 on all interfaces.
struct ServerSocket: ~Copyable {
    let descriptor: Descriptor

    /// Binds it, with room for as much as the system lets it have, up to 16 MiB.
    ///
    /// - Throws: `SystemError`, `EADDRINUSE` when another server is there.
    init() throws(SystemError) {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(AF_INET, type, 0)
        guard number >= 0 else { throw SystemError("socket") }
        let opened = Descriptor(owning: number)
        try Self.set(SO_BROADCAST, of: number, to: 1)
        do { try Self.set(SO_RCVBUFFORCE, of: number, to: 8 << 20) } catch {
            try Self.set(SO_RCVBUF, of: number, to: 8 << 20)
        }
        var address = sockaddr_in()
        address.sin_family = UInt16(AF_INET)
        address.sin_port = UInt16(67).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(
                    number, __CONST_SOCKADDR_ARG(__sockaddr__: address), socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw SystemError("bind UDP port 67") }
        descriptor = opened
    }

    private static func set(_ option: Int32, of socket: Int32, to value: Int32) throws(SystemError) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe setsockopt(socket, SOL_SOCKET, option, &value, size)
        guard result == 0 else { throw SystemError("setsockopt \(option)") }
    }
}
