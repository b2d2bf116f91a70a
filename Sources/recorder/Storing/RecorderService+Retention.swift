internal import Kernel
internal import LeaseStore
internal import Logging
internal import Messages

extension RecorderService {
    /// Removes in small steps what is not to be kept any longer; whoever asks how it goes waits for one of them, not for all.
    ///
    /// - Throws: `SystemError` when messages cannot be read.
    mutating func removeSurplus() throws(SystemError) {
        let time = Clock.monotonic
        guard intake.mayTry(at: time) else { return }
        let steps = removal.steps(at: time, hasBacklog: !intake.backlog.isEmpty)
        guard steps > 0 else { return }
        for step in 1...steps {
            guard let hasMore = removeStep() else { return }
            guard hasMore && step < steps else { return removal.noteDone(hasMore: hasMore, at: Clock.monotonic) }
            try readInbox()
        }
    }

    /// Does one step, and says whether there is another; nothing when it failed.
    private mutating func removeStep() -> Bool? {
        do {
            let removed = try store.removeSurplus(at: Clock.realtime)
            if removed.leases > 0 { tellOfLeases(removed.leases) }
            return removed.hasMore
        } catch {
            markFailed(error)
            return nil
        }
    }

    /// Nothing that could be evidence is removed without saying so.
    private mutating func tellOfLeases(_ count: Int) {
        let text = "\(count) leases of the history: without packets and clients the database is still over --max-size"
        intake.add(.leasesRemoved, text, at: Clock.realtime)
        log.warning("removed \(text)")
    }

    /// Says what is kept, and which limits that nobody has set will hold from the next start on.
    static func announce(_ store: LeaseStore, _ log: Logger) throws(LeaseStoreError) {
        log.info("\(store.retention.sentence)")
        guard !store.unannounced.isEmpty else { return }
        log.warning("\(store.intent.warning(of: store.unannounced, at: Clock.realtime))")
        try store.noteAnnouncement(at: Clock.realtime)
    }

    /// Brings the log into the database from time to time.
    mutating func shortenLog() {
        guard intake.mayTry(at: Clock.monotonic) else { return }
        do { try store.shortenLog(at: Clock.realtime) } catch { markFailed(error) }
    }
}
