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
        try bindSocket(number, to: address, "bind UDP port \(port) on \(interface)")
        descriptor = opened
    }

    /// Which process has a UDP port in the calling thread's namespace: `dnsmasq (process 42)`.
    ///
    /// Without SYS_PTRACE the open files of other users' processes cannot be seen; then it is the first process in the
    /// namespace with the name of a program that usually takes DHCP's port, and said to be likely only.
    public static func owner(ofPort port: UInt16) -> String? {
        let inodes = holders(of: port, seenBy: "thread-self")
        return ProcessTable.processes().first { process in
            inodes.contains { ProcessTable.hasOpen("socket:[\($0)]", process: process) }
        }.map(description) ?? likelyOwner(of: inodes, port).map { "likely \(description(of: $0))" }
    }

    /// The same for people: if the process cannot be seen, as from a container, how to find it.
    public static func ownerInWords(ofPort port: UInt16) -> String {
        owner(ofPort: port)
            ?? "a process that cannot be seen from here (on the host, ss -ulpn \"sport = :\(port)\" names it)"
    }

    /// The names are cut at 15 bytes, as the kernel does it (`TASK_COMM_LEN`).
    private static func likelyOwner(of inodes: [UInt64], _ port: UInt16) -> Int32? {
        let names: Set = ["dhcpd", "dnsmasq", "kea-dhcp4", "udhcpd", "systemd-network", "dhcrelay", "dhcp-helper"]
        return ProcessTable.processes().first { process in
            names.contains(ProcessTable.name(of: process)) && holders(of: port, seenBy: "\(process)") == inodes
        }
    }

    /// The sockets on the port in the namespace that a process is in.
    private static func holders(of port: UInt16, seenBy process: String) -> [UInt64] {
        guard let table = try? Descriptor.contents(of: "/proc/\(process)/net/udp") else { return [] }
        return UDPSocketTable.parse(table).filter { $0.port == port }.map(\.inode)
    }

    private static func description(of process: Int32) -> String {
        "\(ProcessTable.name(of: process)) (process \(process))"
    }
}
