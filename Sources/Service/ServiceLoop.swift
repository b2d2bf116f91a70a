public import Diagnostics
public import Kernel
public import Messages

/// The one place where a service waits: for its own descriptors and deadlines, and for what every service hears of, which are
/// signals, messages in its inbox, and a service manager that wants to know that it works.
///
/// In each turn a service waits once, and then does what has become due.
public final class ServiceLoop {
    /// What the descriptors of the service are watched with.
    public let poller: Poller
    /// What the service manager is told.
    public var notification: ServiceNotification
    private let signals: Signals
    private var inbox: Inbox?
    private var lettersLeft = messagesPerTurn
    /// Asked once, before the process is confined: geteuid(2) is not among what it may call then.
    private let user = User.current

    /// How many messages are read from one socket before the others have their turn: one who sends without end must not keep
    /// the service from its work, nor fill its memory.
    public static let messagesPerTurn = 16

    /// What has happened.
    public enum Event {
        /// A signal waits (`nextSignal`).
        case signal
        /// A message waits in the inbox (`nextLetter`).
        case letter
        /// One of the service's own descriptors is ready.
        case source(Poller.Event)
    }

    /// What the poller knows its own descriptors as.
    private enum Own {
        static let signals = UInt64.max
        static let inbox = UInt64.max - 1
        static let watchdog = UInt64.max - 2
    }

    /// Blocks the signals, and has all that every service hears of watched.
    ///
    /// - Parameters:
    ///   - signals: the signals that wait here from now on and interrupt nothing.
    ///   - inbox: where the service receives messages, if it does.
    /// - Throws: `Failure` (70) when the kernel refuses that.
    public init(
        signals: [Int32], inbox: consuming Inbox? = nil, notification: consuming ServiceNotification
    ) throws(Failure) {
        do throws(SystemError) {
            let signals = try Signals(signals)
            let poller = try Poller()
            try poller.watch(signals.descriptor, for: .reading, token: Own.signals)
            try inbox?.watch(with: poller, token: Own.inbox)
            try notification.watch(with: poller, token: Own.watchdog)
            self.signals = signals
            self.poller = poller
            self.inbox = inbox
            self.notification = notification
        } catch {
            throw .software("prepare to wait", error)
        }
    }

    /// Waits until something happens, but not beyond a deadline, and says how many things have.
    ///
    /// - Parameters:
    ///   - deadline: in microseconds of the monotonic clock; nothing for never.
    ///   - now: the time, of the same clock.
    /// - Throws: `SystemError` of epoll_pwait2(2).
    public func wait(until deadline: UInt64?, from now: UInt64) throws(SystemError) -> Range<Int> {
        lettersLeft = Self.messagesPerTurn
        return try poller.wait(timeout: Self.timeout(until: deadline, from: now))
    }

    /// Waits as `wait` does, and leaves what has happened where it waits, but for what the service manager wants to know.
    ///
    /// - Throws: `SystemError` of epoll_pwait2(2) or read(2).
    public func rest(until deadline: UInt64?, from now: UInt64) throws(SystemError) {
        for index in try wait(until: deadline, from: now) { _ = try event(index) }
    }

    /// How long it is until a deadline, in microseconds; none is never, and one that is over is now.
    static func timeout(until deadline: UInt64?, from now: UInt64) -> UInt64? {
        guard let deadline else { return nil }
        return deadline - min(deadline, now)
    }

    /// One of the things that the last `wait` found; nothing when it was the service manager's, who is told now.
    ///
    /// - Throws: `SystemError` of read(2).
    public func event(_ index: Int) throws(SystemError) -> Event? {
        let event = poller[index]
        switch event.token {
        case Own.signals: return .signal
        case Own.inbox: return .letter
        case Own.watchdog:
            try notification.keepAlive()
            return nil
        default: return .source(event)
        }
    }

    /// The next signal that waits, if there is one.
    ///
    /// - Throws: `SystemError` of read(2).
    public func nextSignal() throws(SystemError) -> Int32? {
        try signals.next()
    }
}

// Messages in the inbox.
extension ServiceLoop {
    /// How many messages were refused.
    public var refused: UInt64 { inbox?.refused ?? 0 }

    /// The next message in the inbox, if there is one and this turn has room for it.
    ///
    /// Root and the service's own user are told how it is, when they ask, and that is no message for the service.
    ///
    /// - Parameter status: how the service is; it is only asked for when somebody wants to know.
    /// - Throws: `SystemError` of recvmsg(2), or what `status` throws.
    public func nextLetter(status: () throws(SystemError) -> Status) throws(SystemError) -> Inbox.Letter? {
        while lettersLeft > 0 {
            lettersLeft -= 1
            guard let letter = try inbox?.next() else { return nil }
            guard case .statusRequest = letter.message, isTrusted(letter.sender) else { return letter }
            answer(letter, try status())
        }
        return nil
    }

    /// Whether a message is root's, or of this process's own user.
    public func isTrusted(_ sender: MessageSocket.Sender) -> Bool { sender.user == 0 || sender.user == user }

    /// Answers a message; whoever asked and does not wait for that has it counted as refused.
    public func answer(_ letter: Inbox.Letter, _ status: Status) {
        if (try? letter.answer(status)) != true { refuse(letter) }
    }

    /// See `Inbox.refuse`.
    public func refuse(_ letter: Inbox.Letter) {
        inbox?.refuse(letter)
    }

    /// Receives no message any more.
    ///
    /// - Throws: `SystemError` of epoll_ctl(2).
    public func closeInbox() throws(SystemError) {
        try inbox?.forget(with: poller)
    }
}
