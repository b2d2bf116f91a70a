public import Kernel
public import Messages

/// One end of a channel to another component.
///
/// It also tells when the other end is closed.
public final class ComponentChannel {
    /// The end itself.
    public let socket: MessageSocket
    private let token: UInt64

    /// What comes over a channel.
    public enum Arrival {
        /// A message, and the descriptors that came with it.
        case message(Message, [PassedDescriptor])
        /// Something that is not a message.
        case refused
        /// The other end was closed.
        case end
    }

    /// Takes over the end that was passed to this process; the poller will know it as `token`.
    public init(adopting descriptor: consuming Descriptor, token: UInt64) {
        socket = MessageSocket(adopting: descriptor)
        self.token = token
    }

    /// Takes over the end that was kept here.
    public init(_ socket: consuming MessageSocket, token: UInt64) {
        self.socket = socket
        self.token = token
    }

    /// Has the poller watch for messages.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func watch(with poller: borrowing Poller) throws(SystemError) {
        try poller.watch(socket.descriptor, for: [.reading, .hangUp], token: token)
    }

    /// Has the poller watch for messages, and, if the channel is full, for room to send.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func watchForRoom(_ isFull: Bool, with poller: borrowing Poller) throws(SystemError) {
        try poller.change(
            socket.descriptor, to: isFull ? [.reading, .hangUp, .writing] : [.reading, .hangUp], token: token)
    }

    /// Has the poller forget the channel.
    ///
    /// Closing it is not enough, because another process may hold this end too.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func forget(with poller: borrowing Poller) throws(SystemError) {
        try poller.forget(socket.descriptor)
    }

    /// The next arrival, or nothing if none waits.
    ///
    /// - Parameters:
    ///   - capacity: how many bytes a message may have.
    ///   - hasEnded: whether the poller said that the other end is closed. Only then does an empty datagram mean the
    ///     end.
    public func next(capacity: Int = 256, hasEnded: Bool) -> Arrival? {
        do {
            guard let received = try socket.receive(capacity: capacity) else { return nil }
            guard !received.bytes.isEmpty else { return hasEnded ? .end : nil }
            guard !received.isTruncated, let message = try? Message(decoding: received.bytes) else { return .refused }
            return .message(message, received.descriptors)
        } catch {
            // ECONNRESET: the other end was closed with messages of ours unread.
            return .end
        }
    }
}
