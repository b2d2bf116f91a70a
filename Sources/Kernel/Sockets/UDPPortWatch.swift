/// Tells whether a UDP port is bound in a network namespace, for a caller that asks again and again.
///
/// To list the sockets of a namespace the kernel looks through those of all namespaces (20 µs), but it keeps their number
/// (5 µs): so the list is read only if there are any.
public struct UDPPortWatch: ~Copyable {
    private let port: UInt16
    private let counts: Descriptor
    private let table: Descriptor

    /// Watches the namespace of a process, also after the process has ended.
    ///
    /// - Parameter process: its name under `/proc`: a number, or `self`.
    /// - Throws: `SystemError` of open(2).
    public init(port: UInt16, seenBy process: String) throws(SystemError) {
        let counts = try Descriptor(reading: "/proc/\(process)/net/sockstat")
        let table = try Descriptor(reading: "/proc/\(process)/net/udp")
        self.port = port
        self.counts = counts
        self.table = table
    }

    /// Whether a socket is bound to the port now.
    ///
    /// - Throws: `SystemError` of pread(2).
    public var isBound: Bool {
        get throws(SystemError) {
            guard UDPSocketTable.hasSockets(in: try counts.readFromStart(capacity: 1_024)) else { return false }
            return UDPSocketTable.hasPort(port, in: try table.readFromStart(capacity: 65_536))
        }
    }
}
