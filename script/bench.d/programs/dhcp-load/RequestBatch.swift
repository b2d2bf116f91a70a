internal import Addresses
internal import CLinux
internal import Kernel

/// Requests that leave with one system call (sendmmsg(2)).
@safe
struct RequestBatch: ~Copyable {
    /// How many frames it holds at most.
    let capacity: Int
    /// How many frames wait to be sent.
    private(set) var count = 0
    // More than any template has.
    private let frameCapacity = 768
    private let frames: UnsafeMutableRawBufferPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let messages: UnsafeMutablePointer<mmsghdr>
    private let interface: UnsafeMutablePointer<sockaddr_ll>

    /// Room for `capacity` requests.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe frames = .allocate(byteCount: capacity * frameCapacity, alignment: 16)
        unsafe vectors = .allocate(capacity: capacity)
        unsafe messages = .allocate(capacity: capacity)
        unsafe interface = .allocate(capacity: 1)
        unsafe interface.initialize(to: sockaddr_ll())
        unsafe interface.pointee.sll_family = UInt16(AF_PACKET)
        for index in 0..<capacity {
            let start = unsafe frames.baseAddress.map { unsafe $0 + index * frameCapacity }
            unsafe (vectors + index).initialize(to: iovec(iov_base: start, iov_len: 0))
            unsafe (messages + index).initialize(to: mmsghdr())
            unsafe messages[index].msg_hdr.msg_iov = vectors + index
            unsafe messages[index].msg_hdr.msg_iovlen = 1
            unsafe messages[index].msg_hdr.msg_name = UnsafeMutableRawPointer(interface)
            unsafe messages[index].msg_hdr.msg_namelen = socklen_t(MemoryLayout<sockaddr_ll>.size)
        }
    }

    deinit {
        unsafe frames.deallocate()
        unsafe vectors.deallocate()
        unsafe messages.deallocate()
        unsafe interface.deallocate()
    }

    /// Adds a request of `client`; there must be room.
    mutating func append(
        _ template: RequestTemplate, _ request: RequestNumber, from client: MACAddress,
        for address: IPv4Address = .unspecified
    ) {
        precondition(count < capacity && template.bytes.count <= frameCapacity)
        let range = count * frameCapacity..<count * frameCapacity + template.bytes.count
        let frame = unsafe UnsafeMutableRawBufferPointer(rebasing: frames[range])
        unsafe frame.copyBytes(from: template.bytes)
        unsafe template.fill(frame, request, from: client, for: address)
        unsafe vectors[count].iov_len = template.bytes.count
        count += 1
    }

    /// Adds a frame as it is but for the MAC address of its sender and client; there must be room.
    mutating func append(_ frame: [UInt8], from client: MACAddress) {
        precondition(count < capacity && (76...frameCapacity).contains(frame.count))
        let start = count * frameCapacity
        unsafe frames[start..<start + frame.count].copyBytes(from: frame)
        for (index, byte) in client.bytes.enumerated() {
            unsafe frames[start + 6 + index] = byte
            unsafe frames[start + 70 + index] = byte
        }
        unsafe vectors[count].iov_len = frame.count
        count += 1
    }

    /// Sends what waits on the interface with this number, and waits for room where there is none.
    ///
    /// - Throws: `SystemError` of sendmmsg(2).
    mutating func send(by socket: borrowing Descriptor, on index: Int32) throws(SystemError) {
        unsafe interface.pointee.sll_ifindex = index
        var sent = 0
        while sent < count {
            let result = unsafe sendmmsg(socket.rawValue, messages + sent, UInt32(count - sent), 0)
            guard result >= 0 || lastError == EINTR else { throw SystemError("sendmmsg") }
            sent += max(0, Int(result))
        }
        count = 0
    }
}
