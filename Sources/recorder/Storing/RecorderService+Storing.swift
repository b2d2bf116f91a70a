internal import Kernel
internal import LeaseStore
internal import Logging
internal import Messages
internal import Service

extension RecorderService {
    mutating func storeWaiting() {
        guard !intake.isEmpty, intake.mayTry(at: Clock.monotonic) else { return }
        do {
            try replaceRemoved()
            let bytes = intake.bytes
            guard let taken = try takeWaiting() else { return }
            pace.noteTaken(bytes, at: Clock.monotonic)
            for (source, acknowledgement) in taken { channels.newest(of: source.component)?.owed = acknowledgement }
            markWorking()
        } catch {
            markFailed(error)
        }
    }

    /// Stores what is waiting, or keeps it as it came; gives up to where the sources are taken, or nothing when there is no
    /// room for it.
    private mutating func takeWaiting() throws(LeaseStoreError) -> [RecordSource: Acknowledgement]? {
        switch intake.way(inStorm: pace.isStorm(intake.bytes, at: Clock.monotonic)) {
        case .store:
            let stored = try store.store(intake.batches.map(\.batch), and: intake.events, at: Clock.realtime)
            removal.noteStored(intake.markStored())
            return stored
        case .keep:
            let (kept, backlog) = try store.keep(intake.batches, and: intake.events, at: Clock.realtime)
            intake.markKept(in: backlog)
            return kept
        case .wait:
            return nil
        }
    }

    /// Which part of a processor the backlog may take in a storm.
    private var share: Double {
        StoringPace.share(of: intake.backlog, limit: intake.backlogLimit, at: Clock.realtime)
    }

    /// When the next part of the backlog is to be stored, in microseconds of the monotonic clock.
    ///
    /// Nothing where there is none.
    var backlogStep: UInt64? { intake.backlog.isEmpty ? nil : pace.nextStep(share: share) }

    /// Stores the oldest part of the backlog.
    mutating func storeBacklog() {
        guard !intake.backlog.isEmpty, intake.mayTry(at: Clock.monotonic) else { return }
        do {
            try replaceRemoved()
            let start = Clock.monotonic
            let (records, rest) = try store.storeBacklog(atMost: StoringPace.batchesPerStep) {
                let hasArrived = attend()
                return pace.isEnough(from: start, to: Clock.monotonic, hasArrived: hasArrived)
            }
            intake.markStored(records, leaving: rest)
            removal.noteStored(records)
            pace.noteStep(from: start, to: Clock.monotonic, share: share)
            markWorking()
        } catch {
            markFailed(error)
        }
    }

    /// Answers who asks while a transaction is under way, and says whether anything else has come.
    private mutating func attend() -> Bool {
        fullness.canRead = false
        defer { fullness.canRead = true }
        do {
            try readInbox()
            return try hasArrivals()
        } catch {
            // It comes again where it can be told.
            return true
        }
    }

    /// Begins a new database when somebody has removed the file, or put another one in its place.
    private mutating func replaceRemoved() throws(LeaseStoreError) {
        guard !store.isInPlace else { return }
        do { try store.close() } catch { log.debug("the removed database does not close: \(error)") }
        store = try LeaseStore(path: store.path, keeping: store.intent) { [helper] in helper.perform($0) }
        intake.backlog = try store.backlog()
        intake.add(.databaseRemoved, "\(store.path) was removed or replaced, and is begun anew", at: Clock.realtime)
        log.error("\(store.path) was removed or replaced: what was in it is gone, and it is begun anew")
    }

    mutating func tick() {
        let now = Clock.monotonic
        guard nextTick <= now else { return }
        nextTick = now + Self.tickInterval
        if let jump = clock.look(realtime: Clock.realtime, monotonic: now) {
            intake.add(.clockJumped, "by \(jump / 1000) ms", at: Clock.realtime)
        }
        if intake.mayTry(at: now) { expireLeases() }
        lookForFullNetworks()
    }

    private mutating func expireLeases() {
        do {
            try replaceRemoved()
            let expired = try store.expireLeases(at: Clock.realtime)
            if expired == LeaseStore.leasesPerStep || store.isRevivingLeases {
                nextTick = Clock.monotonic + Self.moreInterval
            }
            // With nothing to write this works on a full disk too; what is waiting knows better.
            if intake.isEmpty { markWorking() }
        } catch {
            markFailed(error)
        }
    }

    private mutating func markWorking() {
        guard let duration = intake.markWorking(at: Clock.monotonic) else { return }
        let detail = "after \(duration / 1000) ms"
        intake.add(.storingAgain, detail, at: Clock.realtime)
        log.info("storing again \(detail)")
        loop.notification.show("storing in \(store.path)")
    }

    mutating func markFailed(_ error: LeaseStoreError) {
        guard intake.markFailed("\(error)", at: Clock.monotonic) else { return }
        log.error("\(error); trying again, and keeping what came until then (\(store.path))")
        loop.notification.show("cannot store, trying again: \(error)")
    }

    /// Sends what is owed.
    func acknowledge() {
        for channel in channels.all {
            do {
                try channel.acknowledge { bytes throws(SystemError) in try channel.socket.send(bytes) }
            } catch {
                // The end of the channel is what will be read from it next.
                log.debug("cannot acknowledge to \(channel.component): \(error)")
            }
        }
    }
}
