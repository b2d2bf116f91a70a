internal import Addresses
internal import Diagnostics
internal import Forwarding
internal import Glibc
internal import Kernel
internal import Logging
internal import Messages
internal import Service

/// The relay at work: one thread that waits at one place for frames, for messages and for the end.
final class RelayService {
    var poller: Poller
    var inbox: Inbox
    private let signals: Signals
    private var notification: ServiceNotification
    let journal: Journal
    private var batch = FrameBatch()
    var handover: Handover?
    var records: RecordsChannel?
    /// What was counted on links that are gone.
    private var pastCounters = PerDirection(Counters())
    private var pastDropped = PerDirection(DroppedFrames())
    var refusedOnChannels: UInt64 = 0
    /// When to ask the kernel next what it lost, and to tell of foreign servers; nothing unless frames came since the last
    /// time, or some wait to be told of.
    private var lossesDue: UInt64?
    /// When records may be sent next.
    var nextFlush: UInt64 = 0
    private var isStopping = false

    /// How many messages are read from one socket before the others have their turn.
    static let messagesPerTurn = 16
    /// The time from the first frame to the next look at what the kernel lost, in microseconds.
    private static let lossInterval: UInt64 = 1_000_000

    /// A relay with its socket in `directory`.
    ///
    /// - Throws: `Failure` when the socket cannot be made.
    init(
        directory: RuntimeDirectory, notification: consuming ServiceNotification, logger: Logger
    ) throws(Failure) {
        inbox = try Inbox(of: .relay, in: directory, from: [User.current])
        do {
            signals = try Signals(Signals.stopping)
            poller = try Poller()
            try poller.watch(inbox.descriptor, for: .reading, token: Source.inbox.token)
            try poller.watch(signals.descriptor, for: .reading, token: Source.signals.token)
            try notification.watch(with: poller, token: Source.watchdog.token)
        } catch {
            throw .software("prepare to wait", error)
        }
        self.notification = notification
        let outbox = Outbox(
            source: .relay, instance: .random(in: .min ... .max), reserve: Outbox.standardReserve)
        journal = Journal(outbox: outbox, logger: logger)
        logger.tellVersion()
        journal.outbox.append(.event(EventRecord(version: Version.text, at: Clock.realtime)))
        journal.record(event: "started", "process \(getpid())")
        journal.say("waits for sockets from netns-agent at \(directory.socket(of: .relay))")
    }

    /// Works until it is told to stop.
    ///
    /// - Throws: `Failure` when the kernel refuses what it must not refuse.
    func run() throws(Failure) {
        notification.ready(occupation)
        do {
            while !isStopping { try work() }
            notification.stopping()
            if lossesDue != nil { try noteLosses() }
            try stopForwarding()
            try handOverRecords(by: Clock.monotonic + Self.handoverTime)
        } catch {
            throw .software("carry frames", error)
        }
    }

    /// Waits for what comes next, and does what it asks for.
    ///
    /// - Throws: `SystemError` when the kernel refuses what it must not refuse.
    func work() throws(SystemError) {
        try handleEvents(within: timeUntilDeadline(now: Clock.monotonic))
        let now = Clock.monotonic
        if let message = handover?.advance(journal, now: now) {
            // One that finds no room, or nobody, is not missed: the agent has a deadline of its own, or is told again.
            _ = try handover?.control.socket.offer(message.encoded())
        }
        if let due = lossesDue, now >= due { try noteLosses() }
        try flushRecordsIfDue(now: now)
    }

    // Two comparisons, and no array of them: each frame that comes alone asks.
    private func timeUntilDeadline(now: UInt64) -> UInt64? {
        let succession = handover?.succession?.deadline(now: now)
        guard lossesDue != nil || flushDue != nil || succession != nil else { return nil }
        let deadline = min(lossesDue ?? .max, flushDue ?? .max, succession ?? .max)
        return deadline - min(deadline, now)
    }

    /// Waits for something to happen, so many microseconds at most or for ever, and handles it.
    func handleEvents(within timeout: UInt64?) throws(SystemError) {
        for index in try poller.wait(timeout: timeout) {
            let event = poller[index]
            try handle(event)
        }
    }

    private func handle(_ event: Poller.Event) throws(SystemError) {
        switch Source(token: event.token) {
        case .inbox: try readInbox()
        case .signals: try readSignals()
        case .control: try readControl(hasEnded: event.hasEnded)
        case .records:
            if event.readiness.contains(.writing) { nextFlush = 0 }
            try readRecords(hasEnded: event.hasEnded)
        case .link(let number, let origin): try forward(number, origin)
        case .watchdog: try notification.keepAlive()
        case nil: break
        }
    }

    private func readSignals() throws(SystemError) {
        if try signals.next() != nil { isStopping = true }
    }

    // Several events may wait at once: the link can be gone since, or be another. Then there is nothing to receive.
    private func forward(_ number: Int, _ origin: Origin) throws(SystemError) {
        guard let handover, number < handover.links.count else { return }
        lossesDue = lossesDue ?? Clock.monotonic + Self.lossInterval
        try handover.links[number].takeTurn(origin, &batch, journal, &handover.succession)
    }

    /// What waits in the sockets stays there: netns-agent gives them to the next relay.
    ///
    /// They stay open until the end: netns-agent would take the end of its channel for that of the relay, and introduce the
    /// next one to the recorder while this one still has something to tell it.
    private func stopForwarding() throws(SystemError) {
        try poller.forget(inbox.descriptor)
        try handover?.forget(with: poller)
    }

    private func noteLosses() throws(SystemError) {
        lossesDue = journal.tellOfForeignServers() ? Clock.monotonic + Self.lossInterval : nil
        for link in handover?.links ?? [] { try link.noteLosses(journal) }
    }
}

// Messages at the relay's own socket.
extension RelayService {
    private func readInbox() throws(SystemError) {
        for _ in 0..<Self.messagesPerTurn {
            guard let letter = try inbox.next() else { return }
            switch letter.message {
            case .links(let links, let place): try accept(links, of: place, letter)
            case .statusRequest: try answer(letter)
            default: inbox.refuse(letter)
            }
        }
    }

    private func accept(_ links: [Link], of place: ServerPlace, _ letter: Inbox.Letter) throws(SystemError) {
        guard let new = try Handover.accept(links, of: place, with: letter.descriptors) else {
            return inbox.refuse(letter)
        }
        try release()
        try new.watch(with: poller)
        handover = new
        for link in new.links where link.hasUplink {
            journal.say("forwards between \(link.name(of: .lan)) and \(link.name(of: .server(link.place)))")
        }
        notification.show(occupation)
    }

    private func answer(_ letter: Inbox.Letter) throws(SystemError) {
        try noteLosses()
        do {
            if try !letter.answer(report.status) { inbox.refuse(letter) }
        } catch {
            // Whoever asked did not wait for the answer.
            inbox.refuse(letter)
        }
    }

    /// What the service manager shows.
    private var occupation: String {
        guard let handover else { return "waiting for sockets from netns-agent" }
        return "forwarding for \(handover.servedInterfaces.map(\.description).joined(separator: ", "))"
    }

    private var report: RelayStatus {
        var counters = pastCounters
        var dropped = pastDropped
        for link in handover?.links ?? [] {
            for direction in Direction.allCases {
                counters[direction].add(link.counters[direction])
                dropped[direction].add(link.dropped[direction])
            }
        }
        return RelayStatus(
            interfaces: handover?.servedInterfaces ?? [], counters: counters, dropped: dropped,
            recordsPending: journal.outbox.pending, recordsLost: journal.outbox.lost,
            leaseRecordsLost: journal.outbox.evidenceLost, hasRecorder: records != nil,
            refused: inbox.refused + refusedOnChannels, foreignServers: journal.foreignServerCount,
            foreignServersLeftOut: journal.foreignServersLeftOut,
            succession: handover?.successionStatus ?? [])
    }
}

// The channel to netns-agent.
extension RelayService {
    private func readControl(hasEnded: Bool) throws(SystemError) {
        for _ in 0..<Self.messagesPerTurn {
            switch handover?.control.next(hasEnded: hasEnded) {
            case .message(.recordsTo, let descriptors): try connectRecorder(descriptors)
            case .message(.recordsMemory, let descriptors): try keepRecords(in: descriptors)
            case .message(.standby(let threshold), let descriptors): try take(descriptors, threshold)
            case .message(.links(let links, let place), let descriptors) where descriptors.isEmpty:
                if handover?.show(links, of: place) != true { refusedOnChannels += 1 }
            case .message(.destination(let destination), let descriptors) where descriptors.isEmpty:
                serve(destination)
            case .message(.caughtUp(let isDone), let descriptors) where descriptors.isEmpty:
                noteReading(isDone: isDone)
            case .message, .refused: refusedOnChannels += 1
            case .end: return try loseAgent()
            case nil: return
            }
        }
    }

    private func take(_ standby: [PassedDescriptor], _ threshold: SilenceThreshold) throws(SystemError) {
        guard try handover?.accept(standby: standby, threshold, with: poller) == true else {
            refusedOnChannels += 1
            return
        }
        journal.say("a second server's links are there")
    }

    private func serve(_ destination: Destination) {
        guard let handover, handover.succession != nil else {
            refusedOnChannels += 1
            return
        }
        handover.succession?.serve(destination, now: Clock.monotonic)
    }

    private func noteReading(isDone: Bool) {
        if handover?.noteReading(isDone: isDone, journal, now: Clock.monotonic) != true { refusedOnChannels += 1 }
    }

    private func loseAgent() throws(SystemError) {
        try release()
        notification.show(occupation)
        journal.warn("netns-agent is gone: its sockets are closed; waits for new ones")
    }

    /// Closes what was handed over, so that the namespaces it belongs to can vanish.
    private func release() throws(SystemError) {
        guard let old = handover else { return }
        try noteLosses()
        for link in old.links {
            for direction in Direction.allCases {
                pastCounters[direction].add(link.counters[direction])
                pastDropped[direction].add(link.dropped[direction])
            }
        }
        try old.forget(with: poller)
        handover = nil
    }
}
