internal import CLinux

/// An IPv4 address and a port of TCP or UDP.
public struct InternetPlace: Hashable, Sendable {
    /// The address as a number: 192.0.2.1 is 0xC0000201.
    public let address: UInt32
    /// The port; 0 for any.
    public let port: UInt16

    /// The place with this address and port.
    public init(_ address: UInt32, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    init(_ address: sockaddr_in) {
        self.init(UInt32(bigEndian: address.sin_addr.s_addr), UInt16(bigEndian: address.sin_port))
    }

    var kernels: sockaddr_in {
        var kernels = sockaddr_in()
        kernels.sin_family = UInt16(AF_INET)
        kernels.sin_addr.s_addr = address.bigEndian
        kernels.sin_port = port.bigEndian
        return kernels
    }
}

/// A socket of TCP or UDP that never waits, in the network namespace in which it was opened.
public struct InternetSocket: ~Copyable, Sendable {
    /// What epoll watches, and what is passed to proxy.
    public let descriptor: Descriptor

    /// What a socket is for.
    public enum Kind: Sendable {
        /// A connection (TCP).
        case stream
        /// Datagrams (UDP).
        case datagrams

        fileprivate var type: Int32 {
            Int32(
                (self == .stream ? SOCK_STREAM : SOCK_DGRAM).rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        }
    }

    /// Opens a socket in the namespace of the calling thread.
    ///
    /// - Parameters:
    ///   - interface: the number of the only interface that it uses; all where nothing is given.
    ///   - foreign: whether its own address may be another's (`IP_TRANSPARENT`), which needs NET_ADMIN or NET_RAW.
    /// - Throws: `SystemError` of socket(2) or setsockopt(2).
    public init(_ kind: Kind, on interface: Int32? = nil, foreign: Bool = false) throws(SystemError) {
        let opened = Descriptor(owning: try retrying("socket AF_INET") { socket(AF_INET, kind.type, 0) })
        let number = opened.rawValue
        if foreign { try setSocketOption(number, Int32(IPPROTO_IP), IP_TRANSPARENT, to: 1) }
        if let interface { try setSocketOption(number, SOL_SOCKET, SO_BINDTOIFINDEX, to: interface) }
        switch kind {
        case .stream:
            try setSocketOption(number, SOL_SOCKET, SO_REUSEADDR, to: 1)
            try Self.keepAlive(number)
        // One of its peers has a socket of its own at the same place; of other users none can be there.
        case .datagrams: try setSocketOption(number, SOL_SOCKET, SO_REUSEPORT, to: 1)
        }
        descriptor = opened
    }

    private init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Gives it its own address and port.
    ///
    /// - Throws: `SystemError` of bind(2), `EADDRINUSE` when somebody has them.
    public func bind(_ place: InternetPlace) throws(SystemError) {
        try bindSocket(descriptor.rawValue, to: place.kernels, "bind port \(place.port)")
    }

    /// Lets connections come.
    ///
    /// - Throws: `SystemError` of listen(2).
    public func listen(queue: Int32 = 128) throws(SystemError) {
        try retrying("listen") { CLinux.listen(descriptor.rawValue, queue) }
    }

    /// Begins to connect it; what becomes of that is told by the socket, when it can be written to.
    ///
    /// - Throws: `SystemError` of connect(2) other than that it takes time.
    public func connect(_ place: InternetPlace) throws(SystemError) {
        var address = place.kernels
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe CLinux.connect(descriptor.rawValue, __CONST_SOCKADDR_ARG(__sockaddr__: address), size)
            }
        }
        guard result < 0, lastError != EINPROGRESS else { return }
        throw SystemError("connect port \(place.port)")
    }

    /// A connection that was accepted.
    @frozen
    public struct Accepted: ~Copyable {
        /// The connection.
        public let socket: InternetSocket
        /// Who has connected.
        public let peer: InternetPlace

        init(_ socket: consuming InternetSocket, _ peer: InternetPlace) {
            self.socket = socket
            self.peer = peer
        }
    }

    /// The next connection that waits, if there is one.
    ///
    /// - Throws: `SystemError` of accept4(2) or setsockopt(2).
    public func accept() throws(SystemError) -> Accepted? {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let number = try retryingUnlessBlocked("accept") {
            unsafe withUnsafeMutablePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe accept4(descriptor.rawValue, __SOCKADDR_ARG(__sockaddr__: $0), &size, flags)
                }
            }
        }
        guard let number else { return nil }
        let accepted = Descriptor(owning: number)
        try Self.keepAlive(number)
        return Accepted(InternetSocket(accepted), InternetPlace(address))
    }

    /// A datagram and who sent it.
    public struct Arrival: Sendable {
        /// What it holds, as it came.
        public let bytes: [UInt8]
        /// Who sent it.
        public let sender: InternetPlace
    }

    /// The next datagram that waits, if there is one; an error that waits in its place is dropped.
    ///
    /// - Parameters:
    ///   - capacity: how many bytes are taken; the rest is lost.
    ///   - leaving: whether it stays where it waits.
    /// - Throws: `SystemError` of recvfrom(2).
    public func receive(capacity: Int = 65_536, leaving: Bool = false) throws(SystemError) -> Arrival? {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let flags = Int32(MSG_DONTWAIT) | (leaving ? Int32(MSG_PEEK) : 0)
        var result: Result<Int?, SystemError> = .success(nil)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, length in
            result = Result { () throws(SystemError) in
                try retryingUnlessBlocked("recvfrom") {
                    unsafe withUnsafeMutablePointer(to: &address) { address in
                        unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                            unsafe recvfrom(
                                descriptor.rawValue, buffer.baseAddress, capacity, flags,
                                __SOCKADDR_ARG(__sockaddr__: $0), &size)
                        }
                    }
                }
            }
            if case .success(let count?) = result { length = count }
        }
        do {
            guard try result.get() != nil else { return nil }
        } catch {
            guard error.isOfPeer else { throw error }
            return Arrival(bytes: [], sender: InternetPlace(0, 0))
        }
        return Arrival(bytes: bytes, sender: InternetPlace(address))
    }

    /// Sends a datagram on the connection, or to a place; one that finds no room or nobody is lost, as datagrams are.
    public func send(_ bytes: [UInt8], to place: InternetPlace? = nil) {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        guard let place else {
            _ = unsafe CLinux.send(descriptor.rawValue, bytes, bytes.count, flags)
            return
        }
        var address = place.kernels
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe sendto(
                    descriptor.rawValue, bytes, bytes.count, flags, __CONST_SOCKADDR_ARG(__sockaddr__: address), size)
            }
        }
    }

    /// Has the connection broken off when it is closed, rather than ended.
    public consuming func reset() {
        let linger = CLinux.linger(l_onoff: 1, l_linger: 0)
        try? setSocketOption(descriptor.rawValue, SOL_SOCKET, SO_LINGER, toStructure: linger)
    }

    /// A peer that is gone without a word is found after two minutes; small messages do not wait for others.
    private static func keepAlive(_ socket: Int32) throws(SystemError) {
        try setSocketOption(socket, SOL_SOCKET, SO_KEEPALIVE, to: 1)
        let tcp = Int32(IPPROTO_TCP)
        for (option, value) in [(TCP_KEEPIDLE, 60), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 6), (TCP_NODELAY, 1)] {
            try setSocketOption(socket, tcp, option, to: Int32(value))
        }
        // Half a minute for who does not answer at all.
        try setSocketOption(socket, tcp, TCP_SYNCNT, to: 4)
    }
}

extension SystemError {
    /// What the other side, or somebody between, has said about what was sent before.
    public var isOfPeer: Bool { [ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(code) }
}
