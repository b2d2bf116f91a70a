internal import CLinux

/// Hears in a network namespace that the kernel has refused what was sent there: a connection by RST, a datagram by an ICMP
/// message that the port is unreachable.
///
/// A filter lets through such packets only, with headers of the least length, so that what was refused stands in a fixed
/// place; nothing else of them is kept.
public struct RefusalSocket: ~Copyable, Sendable {
    /// What epoll watches.
    public let descriptor: Descriptor

    /// What was refused.
    public struct Refusal: Hashable, Sendable {
        /// Whether it was a connection, and not a datagram.
        public let isConnection: Bool
        /// Where it was to go.
        public let place: InternetPlace
    }

    /// Hears of the namespace of the calling thread from now on.
    ///
    /// - Throws: `SystemError` of socket(2), setsockopt(2) or bind(2), `EPERM` without NET_RAW.
    public init() throws(SystemError) {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let opened = Descriptor(owning: try retrying("socket AF_PACKET") { socket(AF_PACKET, type, 0) })
        try PacketFilter.refusals.lock(on: opened.rawValue)
        try setSocketOption(opened.rawValue, SOL_SOCKET, SO_RCVBUF, to: 32_768)
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        // Of one protocol what leaves is not heard, only what arrives (packet_rcv, dev_queue_xmit_nit).
        address.sll_protocol = UInt16(ETH_P_IP).bigEndian
        try bindSocket(opened.rawValue, to: address, "bind AF_PACKET")
        descriptor = opened
    }

    /// The next that waits, if there is one.
    ///
    /// - Throws: `SystemError` of read(2).
    public func next() throws(SystemError) -> Refusal? {
        do {
            while let packet = try descriptor.read(capacity: Self.length) {
                if let refusal = Refusal(packet) { return refusal }
            }
            return nil
        } catch {
            // An interface went down.
            guard error.code == ENETDOWN else { throw error }
            return nil
        }
    }

    /// An IPv4 header, one of ICMP, and of the datagram that it tells of the IPv4 header and the ports.
    fileprivate static let length = 52
}

extension RefusalSocket.Refusal {
    /// Reads a packet that has passed the filter.
    init?(_ packet: [UInt8]) {
        guard packet.count >= 28 else { return nil }
        isConnection = packet[9] == UInt8(IPPROTO_TCP)
        // Who refuses a connection is where it was to go; of a datagram it is told with it.
        let address = isConnection ? 12 : 44
        let port = isConnection ? 20 : 50
        guard packet.count >= port + 2 else { return nil }
        let number = packet[address..<address + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        place = InternetPlace(number, UInt16(packet[port]) << 8 | UInt16(packet[port + 1]))
    }
}
