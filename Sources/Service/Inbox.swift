public import Diagnostics
internal import Glibc
public import Kernel
internal import Logging
public import Messages
internal import Pacing

/// The socket on which a component receives messages.
///
/// It passes on messages of users who may send them, and counts the rest.
public struct Inbox: ~Copyable {
    private let socket: MessageSocket
    private let users: Set<UInt32>
    private let path: String
    private let log: Logger
    private var notices = NoticePace()

    /// How many datagrams were refused: those that are not messages, are cut off, or come from a stranger.
    public private(set) var refused: UInt64 = 0

    /// A message, who sent it and what came with it.
    public struct Letter: Sendable {
        /// The message.
        public let message: Message
        /// The process that sent it.
        public let sender: MessageSocket.Sender
        /// The descriptors that came with it, closed unless they are taken.
        public let descriptors: [PassedDescriptor]
    }

    /// The system calls for receiving, for answering, and for removing the socket at the end.
    public static let systemCalls =
        MessageSocket.receivingCalls + MessageSocket.sendingCalls + PassedDescriptor.systemCalls + ["unlink"]

    /// The socket of `component` in `directory`.
    ///
    /// - Parameter users: whose messages are taken, by number. Root's always are, because root can become any of them.
    /// - Throws: `Failure` naming the socket and what to do about it.
    public init(
        of component: ComponentName, in directory: RuntimeDirectory, from users: Set<UInt32>
    ) throws(Failure) {
        let path = directory.socket(of: component)
        if let objection = ListeningPath.objection(toDirectory: directory.path) {
            throw .unavailable(
                "cannot receive in \(directory.path): \(objection); it must be a directory of root's or of user "
                    + "\(User.current), and nobody but these and its group may write there")
        }
        do {
            socket = try MessageSocket(listeningAt: path, patience: OtherProcess.timeToEnd)
        } catch {
            throw .unavailable("cannot receive at \(path): \(Self.reason(for: error, at: path))")
        }
        self.users = users.union([0])
        self.path = path
        log = StandardErrorLog.logger(of: component)
    }

    private static func reason(for error: SystemError, at path: String) -> String {
        if error.isAddressInUse, let occupant = ListeningPath.occupant(of: path) { return occupant }
        return "\(error); the directory must be there and writable for user \(User.current)"
    }

    deinit {
        // No other program can have taken the path: this one was still receiving there.
        _ = unsafe unlink(path)
    }

    /// Has the poller watch for messages.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func watch(with poller: borrowing Poller, token: UInt64) throws(SystemError) {
        try poller.watch(socket.descriptor, for: .reading, token: token)
    }

    /// Has the poller forget the socket, which stays open.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    func forget(with poller: borrowing Poller) throws(SystemError) {
        try poller.forget(socket.descriptor)
    }

    /// How many datagrams one call refuses at most: a flood of them must not keep the caller from its work.
    private static let patience = 64

    /// The next waiting message that may be taken, if there is one.
    ///
    /// After many refused datagrams more may wait: the descriptor stays readable then.
    ///
    /// - Throws: `SystemError` of recvmsg(2).
    public mutating func next() throws(SystemError) -> Letter? {
        for _ in 0..<Self.patience {
            guard let received = try socket.receive(capacity: Message.maximumLength) else { return nil }
            guard let sender = received.sender, users.contains(sender.user) else {
                let welcome = users.sorted().map { "\($0)" }.joined(separator: ", ")
                refuse(received.sender, "only these users may send there: \(welcome)")
                continue
            }
            guard !received.isTruncated, let message = try? Message(decoding: received.bytes) else {
                refuse(sender, "it is none of docs/protocol.md, or was cut off")
                continue
            }
            return Letter(message: message, sender: sender, descriptors: received.descriptors)
        }
        return nil
    }

    /// Counts a well-formed message that is not for this component, not for its sender to send, or came with wrong
    /// descriptors.
    public mutating func refuse(_ letter: borrowing Letter) {
        refuse(letter.sender, "it is not for its sender to send, or not with these descriptors")
    }

    private mutating func refuse(_ sender: MessageSocket.Sender?, _ reason: String) {
        refused += 1
        guard let count = notices.news(of: refused, at: Clock.monotonic) else { return }
        let who = sender.map { "user \($0.user) (process \($0.process))" } ?? "nobody known"
        let more = count > 1 ? "; \(count) were refused since the last such line" : ""
        log.warning("refused a message at \(path) from \(who): \(reason)\(more)")
    }
}

extension Inbox.Letter {
    /// Writes a status to the descriptor that came with the request; returns false if there is no such descriptor.
    public func answer(_ status: Status) throws(SystemError) -> Bool {
        guard descriptors.count == 1, descriptors[0].socketKind == .channel else { return false }
        return try MessageSocket(adopting: descriptors[0].take()).send(Message.status(status).encoded())
    }
}
