internal import CLinux

/// A descriptor that came with a message.
///
/// It is closed unless somebody takes it over.
public final class PassedDescriptor: Sendable {
    /// The number by which the kernel knows it.
    public let rawValue: Int32
    private let descriptor: Descriptor

    /// The kind of a socket; other files have none.
    public struct SocketKind: Hashable, Sendable {
        /// The family: `AF_PACKET`, `AF_UNIX` (sys/socket.h).
        public let domain: Int32
        /// The type: `SOCK_RAW`, `SOCK_SEQPACKET` (bits/socket_type.h).
        public let type: Int32

        /// A socket that sees whole frames.
        public static let packet = SocketKind(domain: AF_PACKET, type: Int32(SOCK_RAW.rawValue))
        /// A connection by TCP.
        public static let stream = SocketKind(domain: AF_INET, type: Int32(SOCK_STREAM.rawValue))
        /// A socket for datagrams by UDP.
        public static let datagrams = SocketKind(domain: AF_INET, type: Int32(SOCK_DGRAM.rawValue))
        /// One end of a channel between components.
        public static let channel = SocketKind(domain: AF_UNIX, type: Int32(SOCK_SEQPACKET.rawValue))
    }

    /// The system calls for receiving descriptors, finding out what they are, and taking them over.
    public static let systemCalls: [SystemCall] = [
        SystemCall("getsockopt").when(1, is: UInt32(SOL_SOCKET)).when(2, is: UInt32(SO_DOMAIN)),
        SystemCall("getsockopt").when(1, is: UInt32(SOL_SOCKET)).when(2, is: UInt32(SO_TYPE)),
        SystemCall("ioctl").when(1, is: CLINUX_TUNGETIFF),
        SystemCall("fcntl").when(1, is: UInt32(F_GET_SEALS)), "lseek",
        SystemCall("fcntl").when(1, is: UInt32(F_DUPFD_CLOEXEC)),
        "close",
    ]

    private init(_ rawValue: Int32) {
        self.rawValue = rawValue
        descriptor = Descriptor(owning: rawValue)
    }

    /// What kind of socket it is, or nothing when it is no socket.
    public var socketKind: SocketKind? {
        guard let domain = try? socketOption(rawValue, SOL_SOCKET, SO_DOMAIN),
            let type = try? socketOption(rawValue, SOL_SOCKET, SO_TYPE)
        else { return nil }
        return SocketKind(domain: domain, type: type)
    }

    /// Whether it belongs to an interface whose frames can be read and written as they are (`TapInterface`).
    public var isTap: Bool { clinux_is_tap(rawValue) }

    /// Whether it is memory of so many bytes, none of which can be taken away (`SharedMemory`).
    public func isMemory(of length: Int) -> Bool { clinux_is_memory(rawValue, length) }

    /// Whether it is an end of a pipe or of a channel whose other end nobody holds any more.
    public var hasLostOtherEnd: Bool {
        var request = pollfd(fd: rawValue, events: 0, revents: 0)
        return unsafe poll(&request, 1, 0) > 0
    }

    /// Another descriptor for the same file.
    ///
    /// - Throws: `SystemError` when the process has no descriptor left.
    public func take() throws(SystemError) -> Descriptor {
        try descriptor.duplicate()
    }

    static func all(in received: clinux_received) -> [PassedDescriptor] {
        var numbers = received.descriptors
        let count = Int(received.descriptor_count)
        return unsafe withUnsafeBytes(of: &numbers) { bytes in
            unsafe bytes.bindMemory(to: Int32.self).prefix(count).map { PassedDescriptor($0) }
        }
    }
}
