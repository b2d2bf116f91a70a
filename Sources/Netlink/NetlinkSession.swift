public import Addresses
internal import CLinux
internal import CMnl
public import Kernel

/// A conversation with the routing subsystem of one network namespace.
@safe
public struct NetlinkSession: ~Copyable {
    private let socket: OpaquePointer
    private var sequence: UInt32 = 0

    /// Opens a conversation with the namespace that the calling thread is in; it stays with that namespace.
    ///
    /// - Throws: `SystemError` of socket(2) or bind(2).
    public init() throws(SystemError) {
        unsafe socket = try Self.open()
    }

    private static func open() throws(SystemError) -> OpaquePointer {
        guard let socket = unsafe mnl_socket_open2(NETLINK_ROUTE, Int32(SOCK_CLOEXEC.rawValue)) else {
            throw SystemError("open a netlink socket")
        }
        guard unsafe mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0 else {
            let error = SystemError("open a netlink socket")
            unsafe mnl_socket_close(socket)
            throw error
        }
        return unsafe socket
    }

    deinit {
        unsafe mnl_socket_close(socket)
    }

    /// Makes several requests, which the kernel carries out in their order.
    ///
    /// - Throws: `SystemError` naming what the first request that failed was for; those behind it were carried out too.
    public mutating func perform(_ requests: [NetlinkRequest]) throws(SystemError) {
        var failure: SystemError?
        for start in stride(from: 0, to: requests.count, by: Self.requestsPerDatagram) {
            let group = requests[start..<min(start + Self.requestsPerDatagram, requests.count)]
            let first = sequence + 1
            try send(group)
            for (number, request) in group.enumerated() {
                let code = try receive(first + UInt32(number)) { _ in }
                if code != 0, failure == nil { failure = SystemError(request.purpose, code: code) }
            }
        }
        if let failure { throw failure }
    }

    /// All are answered before one answer can be read, and the receive buffer holds 256 answers where Linux's default
    /// (net.core.rmem_default, 212,992 bytes) was left as it is.
    private static let requestsPerDatagram = 32

    /// Makes requests, one's bytes behind the other's, but asks for no answer: whether they were carried out stays unknown.
    ///
    /// - Throws: `SystemError` of sendmsg(2).
    public func post(_ requests: [UInt8]) throws(SystemError) {
        guard unsafe mnl_socket_sendto(socket, requests, requests.count) == requests.count else {
            throw SystemError("send on a netlink socket")
        }
    }

    /// Asks for an interface of the namespace.
    ///
    /// - Throws: `SystemError`, `ENODEV` when there is none of that name.
    public mutating func interface(_ name: InterfaceName) throws(SystemError) -> NetworkInterface {
        let request = NetlinkRequest.interface(name)
        try send([request])
        var found: NetworkInterface?
        let code = try receive(sequence) { found = NetworkInterface($0) }
        guard code == 0, let found else { throw SystemError(request.purpose, code: code == 0 ? ENODEV : code) }
        return found
    }

    /// All IPv4 addresses of the namespace, in the kernel's order, each with the number of its interface.
    ///
    /// - Throws: `SystemError` of sendmsg(2) or recvmsg(2), or `EINTR` when they keep changing.
    public mutating func addresses() throws(SystemError) -> [(interface: Int32, address: InterfaceAddress)] {
        try dump(.addresses) { InterfaceAddress.read($0) }
    }

    /// All IPv4 routes of the tables `main` and `local` that have a meaning here, in the kernel's order.
    ///
    /// - Throws: `SystemError` of sendmsg(2) or recvmsg(2), or `EINTR` when they keep changing.
    public mutating func routes() throws(SystemError) -> [RouteEntry] {
        try dump(.routes) { RouteEntry.all(in: $0) }.flatMap(\.self)
    }

    /// All interfaces of the namespace.
    ///
    /// - Throws: `SystemError` of sendmsg(2) or recvmsg(2), or `EINTR` when they keep changing.
    public mutating func interfaces() throws(SystemError) -> [NetworkInterface] {
        try dump(.interfaces) { NetworkInterface($0) }
    }

    /// What the kernel has of a kind, as it was at one moment.
    private mutating func dump<Element>(
        _ request: NetlinkRequest, _ read: (NetlinkMessage) -> Element?
    ) throws(SystemError) -> [Element] {
        for _ in 0..<Self.dumps {
            try send([request])
            var isInterrupted = false
            var found: [Element] = []
            var isEnd = false
            while !isEnd {
                for message in NetlinkMessage.all(in: try nextDatagram()) where message.sequence == sequence {
                    if let code = message.errorNumber { throw SystemError(request.purpose, code: code) }
                    isEnd = isEnd || message.isEnd
                    isInterrupted = isInterrupted || message.isInterrupted
                    if let element = read(message) { found.append(element) }
                }
            }
            if !isInterrupted { return found }
        }
        throw SystemError(request.purpose, code: EINTR)
    }

    /// How often is asked before what keeps changing is given up.
    private static let dumps = 50

    private mutating func send(_ requests: some Sequence<NetlinkRequest>) throws(SystemError) {
        var datagram: [UInt8] = []
        for var request in requests {
            sequence += 1
            request.prepare(sequence: sequence)
            datagram += request.bytes
        }
        try post(datagram)
    }

    /// Receives up to the answer that ends the request with this number, and gives its error number.
    ///
    /// Messages before that are passed to `body`.
    private func receive(_ sequence: UInt32, _ body: (NetlinkMessage) -> Void) throws(SystemError) -> Int32 {
        while true {
            guard let answer = NetlinkMessage(try nextDatagram()), answer.sequence == sequence else { continue }
            guard let code = answer.errorNumber else {
                body(answer)
                continue
            }
            return code
        }
    }

    /// Room for what the kernel answers at once, in bytes, of which an interface takes some 1,500; more is `ENOSPC`.
    private static let longestDatagram = 32_768

    private func nextDatagram() throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let datagram = unsafe [UInt8](unsafeUninitializedCapacity: Self.longestDatagram) { buffer, count in
            var length: Int
            repeat {
                length = unsafe mnl_socket_recvfrom(socket, buffer.baseAddress, buffer.count)
            } while length < 0 && lastError == EINTR
            if length < 0 { failure = SystemError("receive from a netlink socket") }
            count = max(0, length)
        }
        if let failure { throw failure }
        return datagram
    }
}
