internal import Diagnostics
internal import Glibc
internal import Kernel
internal import LeaseStore
internal import Logging
internal import Messages
internal import Service

/// Receives records and stores them, until it is told to stop.
struct RecorderService: ~Copyable {
    /// How often leases are looked through for those that are over, in microseconds.
    static let tickInterval: UInt64 = 1_000_000
    /// How long to rest when there are more of them than are looked at in one transaction, in microseconds.
    static let moreInterval: UInt64 = 20_000
    /// How long to try to store what is waiting before giving up at the end, in microseconds.
    static let grace: UInt64 = 5_000_000
    /// How long others that are told to stop at the same moment may take to show it, in microseconds.
    static let moment: UInt64 = 1_000_000
    /// How long the last of them may take when some are gone already, in microseconds: netns-agent kills a server that
    /// does not stop after 10,000,000.
    static let patience: UInt64 = 12_000_000

    var store: LeaseStore
    let helper: WorkerThread
    let log: Logger
    let loop: ServiceLoop
    var channels = RecordChannels()
    var intake: Intake
    var removal = RemovalPace()
    var pace = StoringPace()
    var clock = ClockWatch()
    private var isListening = true
    var nextTick: UInt64 = 0
    var fullness = Fullness()

    /// Opens the database and the socket in `directory`.
    ///
    /// - Throws: `Failure` when one of them cannot be had.
    static func open(
        directory: RuntimeDirectory, database path: String, keeping retention: Retention, helper: WorkerThread,
        notification: consuming ServiceNotification, log: Logger
    ) throws(Failure) -> RecorderService {
        let store: LeaseStore
        var intake = Intake(backlogLimit: retention.backlog)
        do {
            store = try LeaseStore(path: path, keeping: retention) { helper.perform($0) }
            intake.backlog = try store.backlog()
        } catch {
            throw .unavailable("\(error)")
        }
        let inbox = try Inbox(of: .recorder, in: directory, from: [User.current])
        log.tellVersion()
        do {
            try announce(store, log)
        } catch {
            throw .unavailable("\(error)")
        }
        let loop = try ServiceLoop(signals: Signals.stopping, inbox: inbox, notification: notification)
        return RecorderService(store, helper, intake, loop, log)
    }

    private init(
        _ store: LeaseStore, _ helper: WorkerThread, _ intake: Intake, _ loop: ServiceLoop, _ log: Logger
    ) {
        self.store = store
        self.helper = helper
        self.intake = intake
        self.loop = loop
        self.log = log
    }

    /// Stores what comes until SIGTERM or SIGINT, then what others have to tell who stop too, and what is still there.
    ///
    /// - Throws: `Failure` when it cannot go on, or cannot store the rest.
    mutating func run() throws(Failure) {
        intake.add(.started, "process \(getpid()), version \(Version.text)", at: Clock.realtime)
        storeWaiting()
        log.info("storing in \(store.path)")
        loop.notification.ready("storing in \(store.path)")
        do {
            while try !isToldToStop() {
                try step()
                try wait()
            }
            loop.notification.stopping()
            try seeOthersOff()
            try drain()
        } catch {
            throw .software("cannot receive records", error)
        }
        try close()
    }

    mutating func step() throws(SystemError) {
        try readInbox()
        receive()
        if pace.isDue(intake.batches.count, at: Clock.monotonic) { storeWaiting() }
        acknowledge()
        // Each of these can take some ten milliseconds in a storm: whoever asks how it goes waits for one, not for all.
        try readInbox()
        if let due = backlogStep, due <= Clock.monotonic { storeBacklog() }
        try readInbox()
        tick()
        try removeSurplus()
        acknowledge()
        try readInbox()
        shortenLog()
        try listen(!intake.isFull)
    }

    /// Waits until there is something to do, or until `deadline` of the monotonic clock.
    func wait(until deadline: UInt64? = nil) throws(SystemError) {
        let next = deadline.map { min($0, nextDeadline) } ?? nextDeadline
        try loop.rest(until: next, from: Clock.monotonic)
    }

    /// Whether a record waits to be received, or a signal.
    func hasArrivals() throws(SystemError) -> Bool {
        var hasArrivals = false
        for index in try loop.wait(until: 0, from: 0) {
            switch try loop.event(index) {
            case .signal, .source: hasArrivals = true
            case .letter, nil: break
            }
        }
        return hasArrivals
    }

    /// Whether a signal to stop has come.
    func isToldToStop() throws(SystemError) -> Bool {
        try loop.nextSignal() != nil
    }

    /// When something has to be done again without being asked.
    private var nextDeadline: UInt64 {
        let isWaiting = !intake.isEmpty && intake.way(inStorm: true) != .wait
        let storing = isWaiting ? pace.next : nil
        let removing = intake.backlog.isEmpty ? removal.next : nil
        guard let work = [storing, backlogStep, removing].compactMap(\.self).min() else { return nextTick }
        return min(nextTick, max(work, intake.retryAt))
    }

    mutating func readInbox() throws(SystemError) {
        while let letter = try loop.nextLetter(status: { status }) {
            let sockets = letter.descriptors.map(\.socketKind)
            if let component = ComponentName(recordsFrom: letter.message, with: sockets) {
                try open(letter.descriptors[0].take(), for: component)
            } else {
                loop.refuse(letter)
            }
        }
    }

    private mutating func open(_ descriptor: consuming Descriptor, for component: ComponentName) throws(SystemError) {
        let (channel, surplus) = channels.add(component, MessageSocket(adopting: descriptor))
        if isListening { try loop.poller.watch(channel.socket.descriptor, for: .reading, token: channel.token) }
        if let surplus { close(surplus) }
        log.debug("records of \(component) come on a new channel")
    }

    private var status: Status {
        mutating get {
            intake.status(
                database: store.path, networks: fullness.networks(in: store, log), channels: channels.components,
                refusedElsewhere: loop.refused, at: Clock.realtime)
        }
    }
}

// Receiving.
extension RecorderService {
    /// Takes from each channel in turn, until there is nothing more or enough to store.
    mutating func receive() {
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
            // Told once, before what was sent: whoever ended had not read all that it was sent (unix_release_sock).
            if error.code == ECONNRESET { return true }
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
    mutating func listen(_ shouldListen: Bool) throws(SystemError) {
        guard shouldListen != isListening else { return }
        for channel in channels.all {
            if shouldListen {
                try loop.poller.watch(channel.socket.descriptor, for: .reading, token: channel.token)
            } else {
                forget(channel)
            }
        }
        isListening = shouldListen
    }

    private func forget(_ channel: RecordChannels.Channel) {
        do { try loop.poller.forget(channel.socket.descriptor) } catch {
            log.error("cannot stop watching the channel of \(channel.component): \(error)")
        }
    }
}
