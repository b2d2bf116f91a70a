internal import Addresses
internal import CLinux
internal import Glibc
internal import Kernel
internal import Packet

/// Requests that are received with one system call, and answered in place with another (recvmmsg(2), sendmmsg(2)).
@safe
struct DatagramBatch: ~Copyable {
    /// How many datagrams it holds at most.
    let capacity: Int
    // More than a DHCP message has on Ethernet.
    private let datagramCapacity = 2_048
    private let datagrams: UnsafeMutableRawPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let names: UnsafeMutablePointer<sockaddr_in>
    private let messages: UnsafeMutablePointer<mmsghdr>

    /// Room for `capacity` datagrams.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe datagrams = .allocate(byteCount: capacity * datagramCapacity, alignment: 16)
        unsafe vectors = .allocate(capacity: capacity)
        unsafe names = .allocate(capacity: capacity)
        unsafe messages = .allocate(capacity: capacity)
        unsafe names.initialize(repeating: sockaddr_in(), count: capacity)
        unsafe messages.initialize(repeating: mmsghdr(), count: capacity)
        for index in 0..<capacity {
            let start = unsafe datagrams + index * datagramCapacity
            unsafe (vectors + index).initialize(to: iovec(iov_base: start, iov_len: datagramCapacity))
            unsafe messages[index].msg_hdr.msg_iov = vectors + index
            unsafe messages[index].msg_hdr.msg_iovlen = 1
        }
    }

    deinit {
        unsafe datagrams.deallocate()
        unsafe vectors.deallocate()
        unsafe names.deallocate()
        unsafe messages.deallocate()
    }

    /// Takes what waits at the socket, and says how many datagrams that were.
    ///
    /// - Throws: `SystemError` of recvmmsg(2).
    mutating func receive(from socket: borrowing ServerSocket) throws(SystemError) -> Int {
        for index in 0..<capacity {
            unsafe vectors[index].iov_len = datagramCapacity
            unsafe messages[index].msg_hdr.msg_name = nil
            unsafe messages[index].msg_hdr.msg_namelen = 0
        }
        let count = unsafe recvmmsg(
            socket.descriptor.rawValue, messages, UInt32(capacity), Int32(MSG_DONTWAIT), nil)
        guard count >= 0 || lastError == EAGAIN || lastError == EINTR else { throw SystemError("recvmmsg") }
        return max(0, Int(count))
    }

    /// The bytes of a datagram that was received.
    subscript(index: Int) -> RawSpan {
        @_lifetime(borrow self)
        get {
            let length = unsafe Int(messages[index].msg_len)
            let span = unsafe RawSpan(
                _unsafeStart: UnsafeRawPointer(datagrams + index * datagramCapacity), byteCount: length)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Makes the answer of the request in a place, for the relay agent it came through or for everybody on the LAN.
    mutating func makeAnswer(_ answer: Answer, at index: Int) {
        let question = DHCPMessage(ByteView(self[index]))?.messageType
        let start = unsafe datagrams + index * datagramCapacity
        let bytes = unsafe UnsafeMutableRawBufferPointer(start: start, count: datagramCapacity)
        let destination = unsafe answer.write(to: question, into: bytes)
        unsafe vectors[index].iov_len = Answer.length
        unsafe names[index].sin_family = UInt16(AF_INET)
        unsafe names[index].sin_port = destination.port.bigEndian
        unsafe names[index].sin_addr.s_addr = destination.address.rawValue.bigEndian
        unsafe messages[index].msg_hdr.msg_name = UnsafeMutableRawPointer(names + index)
        unsafe messages[index].msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_in>.size)
    }

    /// Sends the first `count` datagrams, all of them answers by now.
    ///
    /// - Throws: `SystemError` of sendmmsg(2).
    func send(_ count: Int, to socket: borrowing ServerSocket) throws(SystemError) {
        var sent = 0
        while sent < count {
            let result = unsafe sendmmsg(socket.descriptor.rawValue, messages + sent, UInt32(count - sent), 0)
            guard result >= 0 || lastError == EINTR else { throw SystemError("sendmmsg") }
            sent += max(0, Int(result))
        }
    }
}
