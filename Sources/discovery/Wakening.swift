internal import Diagnostics
internal import Kernel
internal import Service

/// Waits between two looks: for changes, the receiver's end, and signals that ask to stop.
struct Wakening: ~Copyable {
    let loop: ServiceLoop
    private let changes: NetworkChanges?
    private var receiver: Descriptor?
    private var isListening = true
    /// Whether the kernel tells of changes.
    let hearsChanges: Bool

    private enum Source: UInt64, EventSource {
        case changes, receiver
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
        let loop = try ServiceLoop(signals: Signals.stopping, notification: notification)
        do throws(SystemError) {
            switch changes {
            case .some(let changes):
                try loop.poller.watch(changes.descriptor, for: .reading, token: Source.changes.token)
                hearsChanges = true
            case .none: hearsChanges = false
            }
            self.changes = changes
            self.loop = loop
        } catch {
            throw .waiting(error)
        }
    }

    /// Waits until something of that happens, or until a deadline; nothing for never.
    mutating func wait(until deadline: UInt64?, from now: UInt64) throws(Failure) -> Causes {
        do throws(SystemError) {
            var causes: Causes = []
            for index in try loop.wait(until: deadline, from: now) {
                switch try loop.event(index) {
                case .signal: if try loop.nextSignal() != nil { causes.insert(.stop) }
                case .source(let event): causes.formUnion(try handle(event))
                case .letter, nil: break
                }
            }
            return causes
        } catch {
            throw .waiting(error)
        }
    }

    private mutating func handle(_ event: Poller.Event) throws(SystemError) -> Causes {
        switch Source(token: event.token) {
        case .changes:
            try mute()
            return .change
        case .receiver:
            try forgetReceiver()
            return .forgotten
        case nil: return []
        }
    }

    /// In a burst each notification would wake it up.
    private mutating func mute() throws(SystemError) {
        switch changes {
        case .some(let changes): try loop.poller.forget(changes.descriptor)
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
                try loop.poller.watch(changes.descriptor, for: .reading, token: Source.changes.token)
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
            try loop.poller.watch(token.reading, for: .hangUp, token: Source.receiver.token)
            receiver = .some(token.reading)
            return delivery
        } catch {
            throw .waiting(error)
        }
    }

    private mutating func forgetReceiver() throws(SystemError) {
        switch receiver.take() {
        case .some(let receiver): try loop.poller.forget(receiver)
        case .none: break
        }
    }
}

extension Failure {
    fileprivate static func waiting(_ error: SystemError) -> Failure { .software("cannot wait for changes", error) }
}
