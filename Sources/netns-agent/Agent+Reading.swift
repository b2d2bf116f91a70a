import Component
import Kernel
import Logging
import Messages
import Pacing

/// Whether the server reads what it is sent, where another could take over.
extension Agent {
    /// When to look at it next.
    func nextReading(now: UInt64) -> UInt64? {
        guard let failover, case .ready = state else { return nil }
        return failover.reading.nextLook(now: now)
    }

    /// Looks at it, when that is due.
    func watchReading(now: UInt64) throws {
        guard let server, let due = nextReading(now: now), now >= due, let look = server.look() else { return }
        let seconds = (failover?.threshold.duration ?? 0) / 1_000_000
        switch failover?.reading.note(look, now: now) {
        case .nothing, nil: break
        case .reads(let isDone):
            failover?.hasCaughtUp = isDone
            try peers.tellRelay(.caughtUp(isDone))
            if !isDone { tellOfSlowness() }
        case .stopped: try giveUp("is stopped, and has read nothing for \(seconds) s")
        case .deaf: try giveUp("has read nothing of what it was sent for \(seconds) s")
        }
    }

    private func tellOfSlowness() {
        // A relay that was taken over could have it told without end.
        guard silenceNotices.isDue(at: Clock.monotonic) else { return }
        log.notice("\(serverName) answers none of the clients that wait, but reads: it has more than it can do")
        note("server-slow", "clients wait for \(serverName), which reads what it is sent, and has not come to the end")
    }

    /// The relay finds that the server answers none of the clients that it knows.
    ///
    /// One that had read everything before it was given these questions, and then has all the time that they may take, has
    /// no reason to be silent.
    func judge(_ silence: Silence) throws {
        guard failover != nil, case .ready = state else { return }
        switch silence.stage {
        case .asked:
            failover?.hasCaughtUp = false
            failover?.reading.beginExamination()
        case .answered: failover?.reading.endExamination()
        case .unanswered:
            guard failover?.hasCaughtUp == true else { return }
            let words = "\(silence.clients) clients that it has served before"
            try giveUp("reads what it is sent, and has answered none of \(words) for \(silence.duration / 1_000_000) s")
        }
    }
}
