internal import CLinux

/// A Unix socket that keeps the boundaries of messages and can pass descriptors (unix(7)).
///
/// It never waits.
public struct MessageSocket: ~Copyable, Sendable {
    /// What epoll watches.
    public let descriptor: Descriptor

    /// A message that has arrived.
    public struct Received: Sendable {
        /// Its bytes; none at the end of a channel.
        public let bytes: [UInt8]
        /// Who sent it, as the kernel says; only a socket bound to a path tells.
        public let sender: Sender?
        /// What was passed along; each is closed unless it is taken.
        public let descriptors: [PassedDescriptor]
        /// Whether bytes or descriptors were cut off: then the message is to be refused.
        public let isTruncated: Bool
    }

    /// The process that sent a message (`SCM_CREDENTIALS`).
    public struct Sender: Hashable, Sendable {
        /// Its effective or real user, whichever it chose to show.
        public let user: UInt32
        /// Its process, 0 when it is not in our PID namespace.
        public let process: Int32
    }

    /// Takes over a socket that was passed to this process.
    public init(adopting descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// A datagram socket with no name, for sending.
    ///
    /// - Throws: `SystemError` of socket(2).
    public init() throws(SystemError) {
        descriptor = try Self.openDatagramSocket()
    }

    /// A datagram socket at `path` that tells who sends.
    ///
    /// Everybody who can reach the path may send; the permissions of the directory decide who can.
    ///
    /// A socket left there by a process that is gone is replaced.
    ///
    /// - Parameter patience: how long somebody who receives there may take to be gone, in microseconds.
    /// - Throws: `SystemError` of bind(2); `EADDRINUSE` when somebody receives there or what is there is no socket.
    public init(listeningAt path: String, patience: UInt64 = 0) throws(SystemError) {
        try ListeningPath.removeAbandonedSocket(at: path, patience: patience)
        let socket = try Self.openDatagramSocket()
        // Before anybody can send: a message from earlier would come without its sender.
        try setSocketOption(socket.rawValue, SOL_SOCKET, SO_PASSCRED, to: 1)
        try retrying("bind \(path)") { unsafe clinux_bind(socket.rawValue, path) }
        descriptor = socket
    }

    /// A datagram socket that sends to one other: at a path, or behind an `@` under an abstract name (unix(7)).
    ///
    /// - Parameter patience: how long writing to its descriptor waits for room, in microseconds (`SO_SNDTIMEO`); `send`
    ///   never does.
    /// - Throws: `SystemError` of connect(2), `EAFNOSUPPORT` for a name of another kind.
    public init(connectedTo name: String, patience: UInt64) throws(SystemError) {
        let socket = try Self.openDatagramSocket()
        let limit = timeval(tv_sec: Int(patience / 1_000_000), tv_usec: Int(patience % 1_000_000))
        try setSocketOption(socket.rawValue, SOL_SOCKET, SO_SNDTIMEO, toStructure: limit)
        let isAbstract = name.hasPrefix("@")
        guard isAbstract || name.hasPrefix("/") else { throw SystemError("connect to \(name)", code: EAFNOSUPPORT) }
        try retrying("connect to \(name)") {
            isAbstract
                ? unsafe clinux_connect_abstract(socket.rawValue, String(name.dropFirst()))
                : unsafe clinux_connect(socket.rawValue, name)
        }
        descriptor = socket
    }

    private static func openDatagramSocket() throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        return Descriptor(owning: try retrying("socket") { socket(AF_UNIX, type, 0) })
    }

    /// Two sequenced-packet sockets that are connected to each other: when one is closed the other reads the end.
    ///
    /// - Parameter capacity: how many bytes may wait in each direction; more than `net.core.wmem_max` needs NET_ADMIN.
    /// - Throws: `SystemError` of socketpair(2).
    public static func channel(capacity: Int32 = 1 << 20) throws(SystemError) -> Channel {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        try retrying("socketpair") { unsafe socketpair(AF_UNIX, type, 0, &ends) }
        let channel = Channel(
            near: MessageSocket(adopting: Descriptor(owning: ends[0])), far: Descriptor(owning: ends[1]))
        for end in ends { try setBuffer(of: end, SO_SNDBUFFORCE, otherwise: SO_SNDBUF, to: capacity) }
        return channel
    }

    /// Sends one message with up to 253 descriptors, to `path` or on the connection.
    ///
    /// False when there is no room now. The caller keeps the descriptors: the receiver gets copies.
    ///
    /// - Throws: `SystemError` of sendmsg(2), such as `ECONNREFUSED` or `ENOENT` when nobody receives at `path`.
    public func send(
        _ bytes: [UInt8], to path: String? = nil, passing descriptors: [Int32] = []
    ) throws(SystemError) -> Bool {
        try send(unsafe bytes.span.bytes, to: path, passing: descriptors)
    }

    /// Sends bytes as `send` sends an array.
    ///
    /// - Throws: `SystemError` of sendmsg(2).
    public func send(
        _ bytes: RawSpan, to path: String? = nil, passing descriptors: [Int32] = []
    ) throws(SystemError) -> Bool {
        let count = try retryingUnlessBlocked("send" + (path.map { " to \($0)" } ?? "")) {
            unsafe bytes.withUnsafeBytes {
                unsafe clinux_send(
                    descriptor.rawValue, path, $0.baseAddress, $0.count, descriptors, Int32(descriptors.count))
            }
        }
        return count != nil
    }

    /// Sends as `send` does, and returns false also if memory is short or nobody receives: the caller tells a later receiver
    /// again.
    ///
    /// - Throws: `SystemError` of sendmsg(2) for any other reason.
    public func offer(
        _ bytes: [UInt8], to path: String? = nil, passing descriptors: [Int32] = []
    ) throws(SystemError) -> Bool {
        do {
            return try send(bytes, to: path, passing: descriptors)
        } catch {
            guard error.mayPass else { throw error }
            return false
        }
    }

    /// What receiving needs.
    public static let receivingCalls: [SystemCall] = ["recvmsg"]
    /// What sending on the connection needs, with no descriptors.
    public static let sendingCalls: [SystemCall] = [SystemCall("sendto").whenNull(4)]
    /// What sending to a path needs, or with descriptors: the kernel reads the address from memory that a filter does
    /// not see.
    public static let sendingAnywhereCalls: [SystemCall] = ["sendmsg"]

    /// The next message that waits, if there is one.
    ///
    /// - Parameter capacity: how many bytes a message may have; a longer one comes truncated.
    /// - Throws: `SystemError` of recvmsg(2).
    public func receive(capacity: Int) throws(SystemError) -> Received? {
        var received = clinux_received()
        var result: Result<Int?, SystemError> = .success(nil)
        // Messages are received again and again: to write zeros before each would take longer than the rest.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, length in
            result = Result { () throws(SystemError) in
                try retryingUnlessBlocked("receive") {
                    unsafe clinux_receive(descriptor.rawValue, buffer.baseAddress, capacity, &received)
                }
            }
            if case .success(let count?) = result { length = count }
        }
        guard try result.get() != nil else { return nil }
        let sender = Sender(user: received.sender.uid, process: received.sender.pid)
        return Received(
            bytes: bytes, sender: received.has_sender ? sender : nil,
            descriptors: PassedDescriptor.all(in: received), isTruncated: received.truncated)
    }
}

/// Two connected sockets, one to keep and one to pass on.
@frozen
public struct Channel: ~Copyable {
    /// The end to keep.
    public let near: MessageSocket
    /// The end to pass to another process.
    public let far: Descriptor

    init(near: consuming MessageSocket, far: consuming Descriptor) {
        self.near = near
        self.far = far
    }
}
