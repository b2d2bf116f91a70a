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
    let loop: ServiceLoop
    let journal: Journal
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

    /// The time from the first frame to the next look at what the kernel lost, in microseconds.
    private static let lossInterval: UInt64 = 1_000_000

    /// A relay with its socket in `directory`.
    ///
    /// - Throws: `Failure` when the socket cannot be made.
    init(
        directory: RuntimeDirectory, notification: consuming ServiceNotification, logger: Logger
    ) throws(Failure) {
        loop = try ServiceLoop(
            signals: Signals.stopping, inbox: Inbox(of: .relay, in: directory, from: [User.current]),
            notification: notification)
        let outbox = Outbox(
            source: .relay, instance: .random(in: .min ... .max), reserve: Outbox.standardReserve)
        journal = Journal(outbox: outbox, logger: logger)
        logger.tellVersion()
        journal.outbox.append(.event(EventRecord(version: Version.text, at: Clock.realtime)))
        journal.record(event: .started, "process \(getpid())")
        journal.say("waits for sockets from netns-agent at \(directory.socket(of: .relay))")
    }

    /// Works until it is told to stop.
    ///
    /// - Throws: `Failure` when the kernel refuses what it must not refuse.
    func run() throws(Failure) {
        loop.notification.ready(occupation)
        // Not properties: each access to one of an object is watched as it happens, and each frame that comes alone is a turn.
        var batch = FrameBatch()
        var now = Clock.monotonic
        do {
            while !isStopping { now = try work(from: now, &batch) }
            loop.notification.stopping()
            if lossesDue != nil { try noteLosses() }
            try stopForwarding()
            try handOverRecords(by: Clock.monotonic + Self.handoverTime, &batch)
        } catch {
            throw .software("carry frames", error)
        }
    }

    /// Waits from `start` for what comes next, does what it asks for, and says when it had.
    ///
    /// - Throws: `SystemError` when the kernel refuses what it must not refuse.
    func work(from start: UInt64, _ batch: inout FrameBatch) throws(SystemError) -> UInt64 {
        try handleEvents(until: deadline(now: start), from: start, &batch)
        let now = Clock.monotonic
        if let message = handover?.advance(journal, now: now) {
            // One that finds no room, or nobody, is not missed: the agent has a deadline of its own, or is told again.
            _ = try handover?.control.socket.offer(message.encoded())
        }
        if let due = lossesDue, now >= due { try noteLosses() }
        try flushRecordsIfDue(now: now)
        return now
    }

    // Two comparisons, and no array of them: each frame that comes alone asks.
    private func deadline(now: UInt64) -> UInt64? {
        let succession = handover?.succession?.deadline(now: now)
        guard lossesDue != nil || flushDue != nil || succession != nil else { return nil }
        return min(lossesDue ?? .max, flushDue ?? .max, succession ?? .max)
    }

    /// Waits for something to happen, but not beyond a deadline, and handles it.
    func handleEvents(until deadline: UInt64?, from now: UInt64, _ batch: inout FrameBatch) throws(SystemError) {
        for index in try loop.wait(until: deadline, from: now) {
            switch try loop.event(index) {
            case .source(let event): try handle(event, &batch)
            case .letter: try readInbox()
            case .signal: try readSignals()
            case nil: break
            }
        }
    }

    private func handle(_ event: Poller.Event, _ batch: inout FrameBatch) throws(SystemError) {
        switch Source(token: event.token) {
        case .control: try readControl(hasEnded: event.hasEnded)
        case .records:
            if event.readiness.contains(.writing) { nextFlush = 0 }
            try readRecords(hasEnded: event.hasEnded)
        case .link(let number, let origin): try forward(number, origin, &batch)
        case nil: break
        }
    }

    private func readSignals() throws(SystemError) {
        if try loop.nextSignal() != nil { isStopping = true }
    }

    // Several events may wait at once: the link can be gone since, or be another. Then there is nothing to receive.
    private func forward(_ number: Int, _ origin: Origin, _ batch: inout FrameBatch) throws(SystemError) {
        guard let handover, number < handover.links.count else { return }
        lossesDue = lossesDue ?? Clock.monotonic + Self.lossInterval
        try handover.links[number].takeTurn(origin, &batch, journal, &handover.succession)
    }

    /// What waits in the sockets stays there: netns-agent gives them to the next relay.
    ///
    /// They stay open until the end: netns-agent would take the end of its channel for that of the relay, and introduce the
    /// next one to the recorder while this one still has something to tell it.
    private func stopForwarding() throws(SystemError) {
        try loop.closeInbox()
        try handover?.forget(with: loop.poller)
    }

    private func noteLosses() throws(SystemError) {
        lossesDue = journal.tellOfForeignServers() ? Clock.monotonic + Self.lossInterval : nil
        for link in handover?.links ?? [] { try link.noteLosses(journal) }
    }
}

// Messages at the relay's own socket.
extension RelayService {
    private func readInbox() throws(SystemError) {
        while let letter = try loop.nextLetter(status: status) {
            switch letter.message {
            case .links(let links, let place): try accept(links, of: place, letter)
            default: loop.refuse(letter)
            }
        }
    }

    private func accept(_ links: [Link], of place: ServerPlace, _ letter: Inbox.Letter) throws(SystemError) {
        guard let new = try Handover.accept(links, of: place, with: letter.descriptors) else {
            return loop.refuse(letter)
        }
        try release()
        try new.watch(with: loop.poller)
        handover = new
        for link in new.links where link.hasUplink {
            journal.say("forwards between \(link.name(of: .lan)) and \(link.name(of: .server(link.place)))")
        }
        loop.notification.show(occupation)
    }

    private func status() throws(SystemError) -> Status {
        try noteLosses()
        return report.status
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
            refused: loop.refused + refusedOnChannels, foreignServers: journal.foreignServerCount,
            foreignServersLeftOut: journal.foreignServersLeftOut,
            succession: handover?.successionStatus ?? [])
    }
}

// The channel to netns-agent.
extension RelayService {
    private func readControl(hasEnded: Bool) throws(SystemError) {
        for _ in 0..<ServiceLoop.messagesPerTurn {
            // Many routes make a message as long as any.
            switch handover?.control.next(capacity: Message.maximumLength, hasEnded: hasEnded) {
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
        guard try handover?.accept(standby: standby, threshold, with: loop.poller) == true else {
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
        loop.notification.show(occupation)
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
        try old.forget(with: loop.poller)
        handover = nil
    }
}
