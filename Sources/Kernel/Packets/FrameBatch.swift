internal import CLinux

/// Room for several frames: a packet socket fills it with one system call (recvmmsg(2)), and takes each frame with one.
///
/// sendmmsg(2) would send all with one call, but it could also send to another interface than the one to which the socket is
/// bound: the kernel reads the address from memory that a filter of system calls does not see. write(2) has no address.
///
/// All memory is allocated once; receiving and sending allocate nothing.
@safe
public struct FrameBatch: ~Copyable {
    /// How many frames it holds at most.
    public let capacity: Int
    private let frameCapacity: Int
    private let frames: UnsafeMutableRawPointer
    private let control: UnsafeMutableRawPointer
    private let vectors: UnsafeMutablePointer<iovec>
    private let incoming: UnsafeMutablePointer<mmsghdr>
    /// How many places have been used since they were prepared for receiving.
    private var used: Int

    /// What the kernel tells about a frame beside its bytes (`struct tpacket_auxdata`).
    public struct Auxiliary: Sendable {
        /// The length of the frame on the wire, in bytes; more than was received when it did not fit.
        public let originalLength: Int
        /// The number of the VLAN whose tag was taken off the frame, if it had one.
        public let vlanIdentifier: UInt16?
        /// Whether the sender left the UDP checksum to its network card (`TP_STATUS_CSUMNOTREADY`).
        public let checksumNotReady: Bool
    }

    /// Room for `capacity` frames of up to `frameCapacity` bytes.
    public init(capacity: Int = 32, frameCapacity: Int = 9_216) {
        self.capacity = capacity
        self.frameCapacity = frameCapacity
        used = capacity
        unsafe frames = .allocate(byteCount: capacity * frameCapacity, alignment: 16)
        unsafe control = .allocate(byteCount: capacity * Int(CLINUX_AUXILIARY_SPACE), alignment: 16)
        unsafe vectors = .allocate(capacity: capacity)
        unsafe incoming = .allocate(capacity: capacity)
        for index in 0..<capacity {
            unsafe (vectors + index).initialize(
                to: iovec(iov_base: frames + index * frameCapacity, iov_len: frameCapacity))
            unsafe (incoming + index).initialize(to: mmsghdr())
        }
    }

    deinit {
        unsafe frames.deallocate()
        unsafe control.deallocate()
        unsafe vectors.deallocate()
        unsafe incoming.deallocate()
    }

    /// What receiving and sending needs.
    public static let systemCalls: [SystemCall] = ["recvmmsg", "read", "write"]

    /// Takes up to `capacity` frames that wait at the port, in place of the frames from before; returns how many.
    ///
    /// - Throws: `SystemError` of recvmmsg(2) or read(2), `ENETDOWN` once when the interface went down.
    public mutating func receive(from port: borrowing FramePort) throws(SystemError) -> Int {
        guard !port.isTap else { return try read(from: port.descriptor) }
        for index in 0..<used { prepareToReceive(index) }
        let number = port.descriptor.rawValue
        let count = try retryingUnlessBlocked("recvmmsg") {
            unsafe recvmmsg(number, incoming, UInt32(capacity), Int32(MSG_DONTWAIT), nil)
        }
        used = Int(count ?? 0)
        return used
    }

    /// A TAP interface gives one frame at a time, and says nothing beside it: its checksums are complete.
    private mutating func read(from tap: borrowing Descriptor) throws(SystemError) -> Int {
        used = capacity
        for index in 0..<capacity {
            let length = try retryingUnlessBlocked("read a frame") {
                unsafe CLinux.read(tap.rawValue, frames + index * frameCapacity, frameCapacity)
            }
            guard let length else { return index }
            unsafe incoming[index].msg_len = UInt32(length)
            unsafe incoming[index].msg_hdr.msg_controllen = 0
        }
        return capacity
    }

    private func prepareToReceive(_ index: Int) {
        unsafe vectors[index].iov_len = frameCapacity
        unsafe incoming[index].msg_hdr.msg_iov = vectors + index
        unsafe incoming[index].msg_hdr.msg_iovlen = 1
        unsafe incoming[index].msg_hdr.msg_control = control + index * Int(CLINUX_AUXILIARY_SPACE)
        unsafe incoming[index].msg_hdr.msg_controllen = Int(CLINUX_AUXILIARY_SPACE)
    }

    /// The bytes of a received frame.
    public subscript(index: Int) -> RawSpan {
        @_lifetime(borrow self)
        get {
            let start = unsafe UnsafeRawPointer(frames + index * frameCapacity)
            let span = unsafe RawSpan(_unsafeStart: start, byteCount: length(of: index))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes of a received frame, to complete its checksums in place.
    @_lifetime(&self)
    public mutating func mutableFrame(_ index: Int) -> MutableRawSpan {
        let span = unsafe MutableRawSpan(
            _unsafeStart: frames + index * frameCapacity, byteCount: length(of: index))
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    private func length(of index: Int) -> Int {
        precondition((0..<capacity).contains(index))
        return unsafe min(Int(incoming[index].msg_len), frameCapacity)
    }

    /// What the kernel tells about a received frame.
    public func auxiliary(of index: Int) -> Auxiliary {
        precondition((0..<capacity).contains(index))
        guard let data = unsafe clinux_auxiliary_data(&incoming[index].msg_hdr)?.pointee else {
            return Auxiliary(originalLength: length(of: index), vlanIdentifier: nil, checksumNotReady: false)
        }
        let isTagged = data.tp_status & UInt32(TP_STATUS_VLAN_VALID) != 0
        return Auxiliary(
            originalLength: Int(data.tp_len), vlanIdentifier: isTagged ? data.tp_vlan_tci & 0x0FFF : nil,
            checksumNotReady: data.tp_status & UInt32(TP_STATUS_CSUMNOTREADY) != 0)
    }

    /// Sends some of the received frames in their order, and says which the kernel did not take.
    ///
    /// - Parameter selection: a bit for each frame to send.
    /// - Returns: a bit for each frame that was not sent.
    public func send(_ selection: UInt64, to port: borrowing FramePort) -> UInt64 {
        var rest = selection
        var failed: UInt64 = 0
        while rest != 0 {
            let index = rest.trailingZeroBitCount
            if !port.send(self[index]) { failed |= 1 << UInt64(index) }
            rest &= rest - 1
        }
        return failed
    }
}
