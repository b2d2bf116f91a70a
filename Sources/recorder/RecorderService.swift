internal import Component
internal import Glibc
internal import Kernel
internal import LeaseStore
internal import Logging
internal import Messages

/// Receives records and stores them, until it is told to stop.
struct RecorderService: ~Copyable {
    private enum Token {
        static let signals: UInt64 = 0
        static let inbox: UInt64 = 1
        static let firstChannel: UInt64 = 2
    }

    /// How often leases are looked through for those that are over, in microseconds.
    private static let tickInterval: UInt64 = 1_000_000
    /// How long to try to store what is waiting before giving up at the end, in microseconds.
    private static let grace: UInt64 = 5_000_000

    var store: LeaseStore
    private let log: Logger
    private let signals: Signals
    private var inbox: Inbox
    private var poller: Poller
    private var channels = RecordChannels(firstToken: Token.firstChannel)
    var intake = Intake()
    var removal = RemovalPace()
    private var pace = StoringPace()
    private var clock = ClockWatch()
    private var isListening = true
    private var nextTick: UInt64 = 0

    /// Opens the database and the socket in `directory`.
    ///
    /// - Throws: `Failure` when one of them cannot be had.
    static func open(
        directory: RuntimeDirectory, database path: String, keeping retention: Retention, log: Logger
    ) throws(Failure) -> RecorderService {
        let store: LeaseStore
        do { store = try LeaseStore(path: path, keeping: retention) } catch { throw .unavailable("\(error)") }
        let inbox = try Inbox(of: .recorder, in: directory, from: [User.current])
        do {
            return try RecorderService(store, inbox, Signals([SIGTERM, SIGINT]), Poller(), log)
        } catch {
            throw .software("cannot wait for messages", error)
        }
    }

    private init(
        _ store: LeaseStore, _ inbox: consuming Inbox, _ signals: consuming Signals, _ poller: consuming Poller,
        _ log: Logger
    ) throws(SystemError) {
        self.store = store
        self.inbox = inbox
        self.signals = signals
        self.poller = poller
        self.log = log
        try self.poller.watch(self.signals.descriptor, for: .reading, token: Token.signals)
        try self.poller.watch(self.inbox.descriptor, for: .reading, token: Token.inbox)
    }

    /// Stores what comes until SIGTERM or SIGINT, then what is still there.
    ///
    /// - Throws: `Failure` when it cannot go on, or cannot store the rest.
    mutating func run() throws(Failure) {
        intake.add("started", "process \(getpid())", at: Clock.realtime)
        storeWaiting()
        log.info("storing in \(store.path)")
        do {
            while try !isToldToStop() {
                try step()
                _ = try poller.wait(timeout: timeout)
            }
            try drain()
        } catch {
            throw .software("cannot receive records", error)
        }
        try close()
    }

    private mutating func step() throws(SystemError) {
        try readInbox()
        receive()
        if pace.isDue(intake.batches.count, at: Clock.monotonic) { storeWaiting() }
        tick()
        removePackets()
        acknowledge()
        shortenLog()
        try listen(!intake.isFull)
    }

    /// Whether a signal to stop has come.
    private func isToldToStop() throws(SystemError) -> Bool {
        try signals.next() != nil
    }

    /// Until something has to be done again without being asked.
    private var timeout: UInt64 {
        let now = Clock.monotonic
        let storing = intake.isEmpty ? UInt64.max : max(pace.next, intake.retryAt)
        let next = min(nextTick, storing, max(removal.next, intake.retryAt))
        return next > now ? next - now : 0
    }

    private mutating func readInbox() throws(SystemError) {
        while let letter = try inbox.next() {
            switch Request(letter.message, with: letter.descriptors.map(\.socketKind)) {
            case .records(let component)?: try open(letter.descriptors[0].take(), for: component)
            case .status?: answer(letter)
            case nil: inbox.refuse()
            }
        }
    }

    private mutating func open(_ descriptor: consuming Descriptor, for component: ComponentName) throws(SystemError) {
        let (channel, surplus) = channels.add(component, MessageSocket(adopting: descriptor))
        if isListening { try poller.watch(channel.socket.descriptor, for: .reading, token: channel.token) }
        if let surplus { close(surplus) }
        log.debug("records of \(component) come on a new channel")
    }

    private func answer(_ letter: borrowing Inbox.Letter) {
        let status = intake.status(
            database: store.path, channels: channels.components, refusedElsewhere: inbox.refused)
        do { _ = try letter.answer(status) } catch { log.debug("whoever asked how we are is gone: \(error)") }
    }
}

// Receiving.
extension RecorderService {
    /// Takes from each channel in turn, until there is nothing more or enough to store.
    private mutating func receive() {
        var readable = channels.all
        while !readable.isEmpty {
            readable = readable.filter { !intake.isFull && receive(from: $0) }
        }
    }

    /// Takes one message, and says whether there may be more.
    private mutating func receive(from channel: RecordChannels.Channel) -> Bool {
        do {
            if let received = try channel.socket.receive(capacity: Message.maximumLength) {
                guard received.bytes.isEmpty else {
                    intake.take(
                        received.bytes, isWhole: !received.isTruncated && received.descriptors.isEmpty,
                        from: channel.component)
                    return true
                }
                close(channel)
            } else if channels.isReplaced(channel) {
                close(channel)
            }
        } catch {
            log.debug("the channel of \(channel.component) broke: \(error)")
            close(channel)
        }
        return false
    }

    private mutating func close(_ channel: RecordChannels.Channel) {
        if isListening { forget(channel) }
        channels.remove(channel)
    }

    /// Stops or begins to watch the channels: while the database does not take anything, what waits in them would wake
    /// us without end.
    private mutating func listen(_ shouldListen: Bool) throws(SystemError) {
        guard shouldListen != isListening else { return }
        for channel in channels.all {
            if shouldListen {
                try poller.watch(channel.socket.descriptor, for: .reading, token: channel.token)
            } else {
                forget(channel)
            }
        }
        isListening = shouldListen
    }

    private func forget(_ channel: RecordChannels.Channel) {
        do { try poller.forget(channel.socket.descriptor) } catch {
            log.error("cannot stop watching the channel of \(channel.component): \(error)")
        }
    }
}

// Storing.
extension RecorderService {
    private mutating func storeWaiting() {
        guard !intake.isEmpty, intake.mayTry(at: Clock.monotonic) else { return }
        do {
            try replaceRemoved()
            let stored = try store.store(intake.batches, and: intake.events, at: Clock.realtime)
            removal.noteStored(intake.markStored())
            pace.noteStored(at: Clock.monotonic)
            for (source, acknowledgement) in stored { channels.newest(of: source.component)?.owed = acknowledgement }
            markWorking()
        } catch {
            markFailed(error)
        }
    }

    /// Begins a new database when somebody has removed the file, or put another one in its place.
    private mutating func replaceRemoved() throws(LeaseStoreError) {
        guard !store.isInPlace else { return }
        do { try store.close() } catch { log.debug("the removed database does not close: \(error)") }
        store = try LeaseStore(path: store.path, keeping: store.retention)
        intake.add("database-removed", "\(store.path) was removed or replaced, and is begun anew", at: Clock.realtime)
        log.error("\(store.path) was removed or replaced: what was in it is gone, and it is begun anew")
    }

    private mutating func tick() {
        let now = Clock.monotonic
        guard nextTick <= now else { return }
        nextTick = now + Self.tickInterval
        if let jump = clock.look(realtime: Clock.realtime, monotonic: now) {
            intake.add("clock-jumped", "by \(jump / 1000) ms", at: Clock.realtime)
        }
        if intake.mayTry(at: now) { expireLeases() }
    }

    private mutating func expireLeases() {
        do {
            try replaceRemoved()
            try store.expireLeases(at: Clock.realtime)
            // With nothing to write this works on a full disk too; what is waiting knows better.
            if intake.isEmpty { markWorking() }
        } catch {
            markFailed(error)
        }
    }

    private mutating func markWorking() {
        guard let duration = intake.markWorking(at: Clock.monotonic) else { return }
        let detail = "after \(duration / 1000) ms"
        intake.add("storing-again", detail, at: Clock.realtime)
        log.info("storing again \(detail)")
    }

    mutating func markFailed(_ error: LeaseStoreError) {
        guard intake.markFailed("\(error)", at: Clock.monotonic) else { return }
        log.error("\(error); trying again, and keeping what came until then (\(store.path))")
    }

    /// An acknowledgement for which there is no room goes with the next.
    private func acknowledge() {
        for channel in channels.all {
            guard let owed = channel.owed else { continue }
            do {
                guard try channel.socket.send(Message.acknowledgement(owed).encoded()) else { continue }
            } catch {
                // The end of the channel is what will be read from it next.
                log.debug("cannot acknowledge to \(channel.component): \(error)")
            }
            channel.owed = nil
        }
    }
}

// Stopping.
extension RecorderService {
    /// Stores everything that was sent, unless that takes too long or a second signal comes.
    private mutating func drain() throws(SystemError) {
        try readInbox()
        try poller.forget(inbox.descriptor)
        try listen(false)
        let deadline = Clock.monotonic + Self.grace
        intake.add("stopped", "process \(getpid())", at: Clock.realtime)
        while Clock.monotonic < deadline {
            receive()
            let isLast = !intake.isFull
            storeWaiting()
            acknowledge()
            if intake.isEmpty && isLast { return }
            // Only a signal can come: the channels are not watched.
            if !intake.isEmpty { _ = try poller.wait(timeout: Intake.pause / 10) }
            if try isToldToStop() { return }
        }
    }

    /// Leaves the database without a log that has to be read first.
    private func close() throws(Failure) {
        guard intake.isEmpty else {
            throw Failure(
                .software,
                "stopped before everything was stored: \(intake.batches.count) batches are with who sent them")
        }
        do {
            try store.checkpoint()
            try store.close()
        } catch {
            throw Failure(.software, "\(error)")
        }
    }
}
