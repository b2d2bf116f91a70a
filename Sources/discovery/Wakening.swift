internal import Diagnostics
internal import Kernel
internal import Service

/// Waits between two looks: for changes, the receiver's end, signals that ask to stop, and the service manager's watchdog.
struct Wakening: ~Copyable {
    private let signals: Signals
    private let changes: NetworkChanges?
    private var poller: Poller
    private var receiver: Descriptor?
    private var isListening = true
    var notification: ServiceNotification
    /// Whether the kernel tells of changes.
    let hearsChanges: Bool

    private enum Token: UInt64 {
        case signals, watchdog, changes, receiver
    }

    /// Why the waiting ended.
    struct Causes: OptionSet {
        let rawValue: UInt8
        /// A signal says so.
        static let stop = Causes(rawValue: 1)
        /// Something about the network has changed; no more is heard until `listenAgain`.
        static let change = Causes(rawValue: 2)
        /// The receiver has ended, or is to be told again.
        static let forgotten = Causes(rawValue: 4)
    }

    /// Blocks the signals: from now on they wait here and do not end the process.
    init(_ changes: consuming NetworkChanges?, _ notification: consuming ServiceNotification) throws(Failure) {
        do throws(SystemError) {
            let signals = try Signals(Signals.stopping)
            let poller = try Poller(capacity: 4)
            try poller.watch(signals.descriptor, for: .reading, token: Token.signals.rawValue)
            try notification.watch(with: poller, token: Token.watchdog.rawValue)
            switch changes {
            case .some(let changes):
                try poller.watch(changes.descriptor, for: .reading, token: Token.changes.rawValue)
                hearsChanges = true
            case .none: hearsChanges = false
            }
            self.changes = changes
            self.signals = signals
            self.poller = poller
            self.notification = notification
        } catch {
            throw .waiting(error)
        }
    }

    /// Waits at most `timeout` microseconds, or for ever.
    mutating func wait(for timeout: UInt64?) throws(Failure) -> Causes {
        do throws(SystemError) {
            var causes: Causes = []
            for index in try poller.wait(timeout: timeout) {
                switch Token(rawValue: poller[index].token) {
                case .signals: if try signals.next() != nil { causes.insert(.stop) }
                case .watchdog: try notification.keepAlive()
                case .changes:
                    try mute()
                    causes.insert(.change)
                case .receiver:
                    try forgetReceiver()
                    causes.insert(.forgotten)
                case nil: break
                }
            }
            return causes
        } catch {
            throw .waiting(error)
        }
    }

    /// In a burst each notification would wake it up.
    private mutating func mute() throws(SystemError) {
        switch changes {
        case .some(let changes): try poller.forget(changes.descriptor)
        case .none: break
        }
        isListening = false
    }

    /// Hears of changes from now on, and no longer of those before.
    mutating func listenAgain() throws(Failure) {
        do throws(SystemError) {
            guard !isListening else { return }
            switch changes {
            case .some(let changes):
                try changes.forget()
                try poller.watch(changes.descriptor, for: .reading, token: Token.changes.rawValue)
            case .none: break
            }
            isListening = true
        } catch {
            throw .waiting(error)
        }
    }

    /// Passes a receiver the writing end of a pipe, and listens for its end from now on if it has it.
    mutating func passToken(_ send: (Int32) -> Delivery) throws(Failure) -> Delivery {
        do throws(SystemError) {
            try forgetReceiver()
            let token: Pipe
            do { token = try Descriptor.pipe() } catch {
                return .refused("cannot listen for the receiver's end: \(error)")
            }
            let delivery = send(token.writing.rawValue)
            guard delivery == .delivered else { return delivery }
            try poller.watch(token.reading, for: .hangUp, token: Token.receiver.rawValue)
            receiver = .some(token.reading)
            return delivery
        } catch {
            throw .waiting(error)
        }
    }

    private mutating func forgetReceiver() throws(SystemError) {
        switch receiver.take() {
        case .some(let receiver): try poller.forget(receiver)
        case .none: break
        }
    }
}

extension Failure {
    fileprivate static func waiting(_ error: SystemError) -> Failure { .software("cannot wait for changes", error) }
}
