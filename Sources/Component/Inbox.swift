internal import Glibc
public import Kernel
public import Messages

/// The socket on which a component receives messages: it lets pass what is a message of somebody it may come from, and
/// counts the rest.
public struct Inbox: ~Copyable {
    private let socket: MessageSocket
    private let users: Set<UInt32>
    private let path: String

    /// Datagrams that were refused: no message, cut off, or from a stranger.
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

    /// What receiving and answering needs, and removing the socket at the end.
    public static let systemCalls =
        MessageSocket.receivingCalls + MessageSocket.sendingCalls + PassedDescriptor.systemCalls + ["unlink"]

    /// What epoll watches.
    public var descriptor: Descriptor {
        _read { yield socket.descriptor }
    }

    /// The socket of `component` in `directory`.
    ///
    /// - Parameter users: whose messages are taken, by number; root's always are, for root could be any of them.
    /// - Throws: `Failure` naming the socket and what to do about it.
    public init(
        of component: ComponentName, in directory: RuntimeDirectory, from users: Set<UInt32>
    ) throws(Failure) {
        let path = directory.socket(of: component)
        do {
            socket = try MessageSocket(listeningAt: path)
        } catch {
            throw .unavailable(
                "cannot receive at \(path): \(error); the directory must be there and writable for user "
                    + "\(User.current), and no other \(component) may run in it")
        }
        self.users = users.union([0])
        self.path = path
    }

    deinit {
        // Another program of the same name cannot have taken the path: this one still received there.
        _ = unsafe unlink(path)
    }

    /// How many datagrams are refused in one call: a flood of them must not keep the caller from its work.
    private static let patience = 64

    /// The next message that waits and may be taken, if there is one.
    ///
    /// Behind many that are refused there may be more: the descriptor stays readable then.
    ///
    /// - Throws: `SystemError` of recvmsg(2).
    public mutating func next() throws(SystemError) -> Letter? {
        for _ in 0..<Self.patience {
            guard let received = try socket.receive(capacity: Message.maximumLength) else { return nil }
            if let sender = received.sender, users.contains(sender.user), !received.isTruncated,
                let message = try? Message(decoding: received.bytes)
            {
                return Letter(message: message, sender: sender, descriptors: received.descriptors)
            }
            refused += 1
        }
        return nil
    }

    /// Counts a message that is well-formed but does not belong here.
    public mutating func refuse() {
        refused += 1
    }
}

extension Inbox.Letter {
    /// Writes a status to the descriptor that came with a request for it; false when there is none to write to.
    public func answer(_ status: Status) throws(SystemError) -> Bool {
        guard descriptors.count == 1, descriptors[0].socketKind == .channel else { return false }
        return try MessageSocket(adopting: descriptors[0].take()).send(Message.status(status).encoded())
    }
}
