internal import CLinux

/// A socket of a flow, connected or about to be, on which a process that can do nothing else receives and sends.
public struct FlowSocket: ~Copyable, Sendable {
    /// What epoll watches.
    public let descriptor: Descriptor

    /// What came of receiving.
    public enum Receipt: Hashable, Sendable {
        /// So many bytes.
        case bytes(Int)
        /// Nothing waits.
        case nothing
        /// The other side sends nothing more.
        case end
        /// The other side, or the way there, is gone, with this error number.
        case failure(Int32)
    }

    /// Takes over a socket that was passed to this process.
    public init(adopting descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// The system calls that it needs, first those that each byte needs.
    public static let systemCalls: [SystemCall] = [
        SystemCall("recvfrom").whenNull(4), SystemCall("sendto").whenNull(4), "shutdown",
        SystemCall("getsockopt").when(1, is: UInt32(SOL_SOCKET)).when(2, is: UInt32(SO_ERROR)),
        SystemCall("setsockopt").when(1, is: UInt32(SOL_SOCKET)).when(2, is: UInt32(SO_LINGER)),
    ]

    /// Receives into the room; a datagram that is longer is cut off.
    ///
    /// - Parameter isStream: whether an empty receipt is the end, and not an empty datagram.
    public func receive(into room: FlowRoom, isStream: Bool) -> Receipt {
        while true {
            let count = unsafe recv(
                descriptor.rawValue, room.bytes.baseAddress, room.bytes.count, Int32(MSG_DONTWAIT))
            if count > 0 || count == 0 && !isStream { return .bytes(count) }
            if count == 0 { return .end }
            switch lastError {
            case EINTR: continue
            case EAGAIN: return .nothing
            case let code: return .failure(code)
            }
        }
    }

    /// Sends the first `count` bytes of the room, or as many as there is room for.
    public func send(_ room: FlowRoom, count: Int) -> Receipt {
        unsafe send(UnsafeRawBufferPointer(rebasing: room.bytes[..<count]))
    }

    /// Sends as many of the bytes as there is room for.
    public func send(_ bytes: ArraySlice<UInt8>) -> Receipt {
        unsafe bytes.withUnsafeBytes { unsafe send($0) }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) -> Receipt {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        while true {
            let count = unsafe CLinux.send(descriptor.rawValue, bytes.baseAddress, bytes.count, flags)
            if count >= 0 { return .bytes(count) }
            switch lastError {
            case EINTR: continue
            case EAGAIN: return .nothing
            case let code: return .failure(code)
            }
        }
    }

    /// Tells the other side that nothing more comes.
    public func finish() {
        shutdown(descriptor.rawValue, Int32(SHUT_WR))
    }

    /// The error that waits, such as why it could not be connected; 0 for none.
    public func error() -> Int32 {
        (try? socketOption(descriptor.rawValue, SOL_SOCKET, SO_ERROR)) ?? 0
    }

    /// Has the other side told that the connection is broken off when this is closed.
    public func breakOff() {
        let linger = CLinux.linger(l_onoff: 1, l_linger: 0)
        try? setSocketOption(descriptor.rawValue, SOL_SOCKET, SO_LINGER, toStructure: linger)
    }
}

/// Room for what is received from one socket and sent on by another.
@safe
public final class FlowRoom {
    fileprivate let bytes: UnsafeMutableRawBufferPointer

    /// Room for as much as a datagram can hold.
    public init(capacity: Int = 65_536) {
        unsafe bytes = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        unsafe bytes.deallocate()
    }

    /// A copy of some of the bytes.
    public func copy(_ range: Range<Int>) -> [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
}
