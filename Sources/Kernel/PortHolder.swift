internal import CLinux

/// A UDP socket that keeps a port and receives nothing.
///
/// While it is there, the kernel does not answer datagrams to the port with "ICMP port unreachable", and no other
/// program can take the port on that interface.
public struct PortHolder: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Takes the port on one interface of the calling thread's namespace.
    ///
    /// - Throws: `SystemError`, `EADDRINUSE` when another program has the port there.
    public init(port: UInt16, on interface: String) throws(SystemError) {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let opened = Descriptor(owning: try retrying("socket") { socket(AF_INET, type, 0) })
        let number = opened.rawValue
        try PacketFilter.nothing.lock(on: number)
        let name = Array(interface.utf8)
        try retrying("setsockopt SO_BINDTODEVICE") {
            unsafe setsockopt(number, SOL_SOCKET, SO_BINDTODEVICE, name, socklen_t(name.count))
        }
        var address = sockaddr_in()
        address.sin_family = UInt16(AF_INET)
        address.sin_port = port.bigEndian
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(
                    number, __CONST_SOCKADDR_ARG(__sockaddr__: address), socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw SystemError("bind UDP port \(port) on \(interface)") }
        descriptor = opened
    }

    /// Which process of ours to see has a UDP port in the calling thread's namespace: `dnsmasq (process 42)`.
    public static func owner(ofPort port: UInt16) -> String? {
        guard let table = try? Descriptor.contents(of: "/proc/thread-self/net/udp") else { return nil }
        let inodes = UDPSocketTable.parse(table).filter { $0.port == port }.map(\.inode)
        return ProcessTable.processes().first { process in
            inodes.contains { ProcessTable.hasOpen("socket:[\($0)]", process: process) }
        }.map { "\(ProcessTable.name(of: $0)) (process \($0))" }
    }
}
