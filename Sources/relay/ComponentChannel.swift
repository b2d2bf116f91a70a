internal import Kernel
internal import Messages

/// One end of a channel to another component, which tells when the other end is closed.
final class ComponentChannel {
    /// The end itself.
    let socket: MessageSocket
    private let source: Source

    /// What comes over a channel.
    enum Arrival {
        /// A message, and the descriptors that came with it.
        case message(Message, [PassedDescriptor])
        /// Something that is no message.
        case refused
        /// The other end was closed.
        case end
    }

    /// More than any message has that is sent to the relay over a channel.
    private static let capacity = 256

    /// Takes over the end that was passed to this process; the poller will know it as `source`.
    init(adopting descriptor: consuming Descriptor, as source: Source) {
        socket = MessageSocket(adopting: descriptor)
        self.source = source
    }

    /// Has the poller watch for messages.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    func watch(with poller: borrowing Poller) throws(SystemError) {
        try poller.watch(socket.descriptor, for: [.reading, .hangUp], token: source.token)
    }

    /// Has the poller watch for messages, and for room to send when there is none now.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    func watchForRoom(_ isFull: Bool, with poller: borrowing Poller) throws(SystemError) {
        try poller.change(
            socket.descriptor, to: isFull ? [.reading, .hangUp, .writing] : [.reading, .hangUp], token: source.token)
    }

    /// Has the poller forget the channel: others may hold this end too, and closing it here would not be enough.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    func forget(with poller: borrowing Poller) throws(SystemError) {
        try poller.forget(socket.descriptor)
    }

    /// What came next, or nothing when nothing waits.
    ///
    /// - Parameter hasEnded: whether the poller said that the other end is closed. Only then are no bytes the end:
    ///   a datagram can be empty.
    func next(hasEnded: Bool) -> Arrival? {
        do {
            guard let received = try socket.receive(capacity: Self.capacity) else { return nil }
            guard !received.bytes.isEmpty else { return hasEnded ? .end : nil }
            guard !received.isTruncated, let message = try? Message(decoding: received.bytes) else { return .refused }
            return .message(message, received.descriptors)
        } catch {
            // ECONNRESET: the other end was closed with messages of ours unread.
            return .end
        }
    }
}
