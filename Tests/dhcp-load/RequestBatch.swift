internal import Addresses
internal import CLinux
internal import Kernel

/// Requests that leave with one system call (sendmmsg(2)).
@safe
struct DiscoverBatch: ~Copyable {
    /// How many frames it holds at most.
    let capacity: Int
    private let template = DiscoverTemplate()
    private let frames: UnsafeMutableRawBufferPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let messages: UnsafeMutablePointer<mmsghdr>

    /// Room for `capacity` requests.
    init(capacity: Int) {
        self.capacity = capacity
        let length = template.bytes.count
        unsafe frames = .allocate(byteCount: capacity * length, alignment: 16)
        unsafe vectors = .allocate(capacity: capacity)
        unsafe messages = .allocate(capacity: capacity)
        for index in 0..<capacity {
            let frame = unsafe UnsafeMutableRawBufferPointer(rebasing: frames[index * length..<(index + 1) * length])
            unsafe frame.copyBytes(from: template.bytes)
            unsafe (vectors + index).initialize(to: iovec(iov_base: frame.baseAddress, iov_len: length))
            unsafe (messages + index).initialize(to: mmsghdr())
            unsafe messages[index].msg_hdr.msg_iov = vectors + index
            unsafe messages[index].msg_hdr.msg_iovlen = 1
        }
    }

    deinit {
        unsafe frames.deallocate()
        unsafe vectors.deallocate()
        unsafe messages.deallocate()
    }

    /// Writes a request of `client` into one of the frames.
    mutating func write(_ request: RequestNumber, from client: MACAddress, at index: Int) {
        let length = template.bytes.count
        let frame = unsafe UnsafeMutableRawBufferPointer(rebasing: frames[index * length..<(index + 1) * length])
        unsafe template.fill(frame, request, from: client)
    }

    /// Sends the first `count` frames and waits for room where there is none.
    ///
    /// - Throws: `SystemError` of sendmmsg(2).
    func send(_ count: Int, to socket: borrowing Descriptor) throws(SystemError) {
        var sent = 0
        while sent < count {
            let result = unsafe sendmmsg(socket.rawValue, messages + sent, UInt32(count - sent), 0)
            guard result >= 0 || lastError == EINTR else { throw SystemError("sendmmsg") }
            sent += max(0, Int(result))
        }
    }
}
