internal import CLinux

/// Where whole frames come in and go out: a packet socket, or the descriptor of a TAP interface.
public struct FramePort: ~Copyable, Sendable {
    /// What epoll watches.
    public let descriptor: Descriptor
    let isTap: Bool

    /// The frames of the interface that the socket is bound to.
    public init(_ socket: consuming PacketSocket) {
        descriptor = socket.descriptor
        isTap = false
    }

    /// The frames of the interface.
    public init(_ interface: consuming TapInterface) {
        descriptor = interface.descriptor
        isTap = true
    }

    /// The system calls for asking how many frames were lost.
    public static let systemCalls: [SystemCall] = [
        SystemCall("getsockopt").when(1, is: UInt32(SOL_PACKET)).when(2, is: UInt32(PACKET_STATISTICS))
    ]

    /// Sends one frame, and says whether the kernel took it.
    public func send(_ frame: RawSpan) -> Bool {
        unsafe frame.withUnsafeBytes { bytes in
            while true {
                let sent = unsafe write(descriptor.rawValue, bytes.baseAddress, bytes.count)
                if sent >= 0 || lastError != EINTR { return sent == bytes.count }
            }
        }
    }

    /// How many frames the kernel threw away since the last call because the queue was full (`PACKET_STATISTICS`).
    ///
    /// For a TAP interface it says nothing; the counters of the interface do (`ip -s link`).
    ///
    /// - Throws: `SystemError` of getsockopt(2).
    public func takeDropCount() throws(SystemError) -> UInt32 {
        guard !isTap else { return 0 }
        var statistics = tpacket_stats()
        var size = socklen_t(MemoryLayout<tpacket_stats>.size)
        try retrying("getsockopt PACKET_STATISTICS") {
            unsafe getsockopt(descriptor.rawValue, SOL_PACKET, PACKET_STATISTICS, &statistics, &size)
        }
        return statistics.tp_drops
    }
}
