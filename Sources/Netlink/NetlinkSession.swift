public import Addresses
internal import CLinux
internal import CNetlink
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
        guard let socket = unsafe nl_socket_alloc() else {
            throw SystemError("open a netlink socket", code: ENOMEM)
        }
        guard unsafe nl_connect(socket, NETLINK_ROUTE) == 0 else {
            let error = SystemError("open a netlink socket")
            unsafe nl_socket_free(socket)
            throw error
        }
        return unsafe socket
    }

    deinit {
        unsafe nl_socket_free(socket)
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

    /// All are answered before one answer can be read: of more than some 70 the buffer would not hold the answers.
    private static let requestsPerDatagram = 32

    /// Makes requests, one's bytes behind the other's, but asks for no answer: whether they were carried out stays unknown.
    ///
    /// - Throws: `SystemError` of sendmsg(2).
    public func post(_ requests: [UInt8]) throws(SystemError) {
        var datagram = requests
        let length = datagram.count
        guard unsafe nl_sendto(socket, &datagram, length) == length else {
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
        let code = try receive(sequence) { found = NetworkInterface(message: $0) }
        guard code == 0, let found else { throw SystemError(request.purpose, code: code == 0 ? ENODEV : code) }
        return found
    }

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
    private func receive(_ sequence: UInt32, _ body: ([UInt8]) -> Void) throws(SystemError) -> Int32 {
        while true {
            let bytes = try nextDatagram()
            guard let answer = NetlinkAnswer(bytes), answer.sequence == sequence else { continue }
            guard let code = answer.errorNumber else {
                body(bytes)
                continue
            }
            return code
        }
    }

    private func nextDatagram() throws(SystemError) -> [UInt8] {
        var sender = sockaddr_nl()
        var datagram: UnsafeMutablePointer<UInt8>?
        let length = unsafe nl_recv(socket, &sender, &datagram, nil)
        guard length > 0, let start = unsafe datagram else { throw SystemError("receive from a netlink socket") }
        defer { unsafe free(start) }
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: Int(length)))
    }
}

/// The beginning of a message from the kernel.
struct NetlinkAnswer {
    /// The request that it answers.
    let sequence: UInt32
    /// 0 when the request was carried out, an error number when not; nothing when it is no such answer.
    let errorNumber: Int32?

    /// Reads `struct nlmsghdr`, and `struct nlmsgerr` behind it in an answer (linux/netlink.h).
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= MemoryLayout<nlmsghdr>.size else { return nil }
        let header = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: nlmsghdr.self) }
        sequence = header.nlmsg_seq
        guard header.nlmsg_type == UInt16(NLMSG_ERROR) else {
            errorNumber = nil
            return
        }
        let position = MemoryLayout<nlmsghdr>.size
        guard bytes.count >= position + MemoryLayout<Int32>.size else { return nil }
        errorNumber = unsafe bytes.withUnsafeBytes {
            -(unsafe $0.loadUnaligned(fromByteOffset: position, as: Int32.self))
        }
    }
}
