internal import Logging
internal import Messages

/// From a process to a server that hears clients.
extension ServerLife {
    /// The server is started now, whichever serves next.
    mutating func launch(_ succession: Succession?, inNewSurroundings: Bool) -> [Action] {
        state = .launching(succession, inNewSurroundings: inNewSurroundings)
        isRecorded = false
        return [.start(active)]
    }

    /// The same where it was started before.
    mutating func restart(_ succession: Succession?) -> [Action] {
        [.measure] + launch(succession, inNewSurroundings: false)
    }

    /// Its process runs, and will hear clients in a moment.
    mutating func awaitReadiness(of process: Int32, at now: UInt64) -> [Action] {
        guard case .launching(let succession, let inNewSurroundings) = state else { return [] }
        state = .starting(
            Start(process: process, since: now, look: now + Self.lookInterval, succession: succession))
        return inNewSurroundings ? [.nameNetworks] : []
    }

    /// There is no process.
    mutating func notStarted(_ reason: String, _ fault: Fault, at now: UInt64) -> [Action] {
        guard case .launching(let succession, let inNewSurroundings) = state else { return [] }
        let actions = record(reason, process: 0)
        guard hasBeenReady else { return actions + failed(fault, at: now) }
        return actions + recover(after: 0, because: reason, succession, at: now)
            + (inNewSurroundings ? [.nameNetworks] : [])
    }

    /// A start failed, whose process this was; 0 where it was none.
    mutating func record(_ outcome: String, process: Int32) -> [Action] {
        isRecorded = true
        return [.record(outcome, process: process)]
    }

    /// The server hears clients.
    mutating func hearsClients(at now: UInt64) -> [Action] {
        switch state {
        case .starting(let start):
            return beginToServe(
                .announce("\(name) (process \(start.process))", process: start.process), start.process, now)
                + succeeded(because: start.succession)
        case .waitingForServer: return beginToServe(.announce(name, process: 0), nil, now)
        case .waitingForNetworks, .settling, .waitingForNamespace, .launching, .ready, .draining, .waitingToRestart,
            .stopping, .leaving, .gone:
            return []
        }
    }

    private mutating func beginToServe(_ announcement: Action, _ process: Int32?, _ now: UInt64) -> [Action] {
        state = .ready(process: process, since: now, isFirst: !hasBeenReady)
        hasBeenReady = true
        isRecorded = true
        return [announcement]
    }

    /// The server does not hear clients: not yet, or, where others start it, no more.
    mutating func hearsNobody(at now: UInt64) -> [Action] {
        switch state {
        case .starting(var start):
            guard !isOverdue(start, at: now) else {
                let words = "is not ready after \(Self.startTime / 1_000_000) s"
                return giveUp(words, start.process, after: 0, start.succession, at: now)
            }
            // A server that takes long gets looked at less and less often.
            let waited = now - start.since
            start.look = now + min(max(Self.lookInterval, waited / 100), Self.longestLookInterval)
            let isNews = waited >= Self.deafnessTime && !start.isExplained
            start.isExplained = start.isExplained || isNews
            state = .starting(start)
            return isNews ? [.explainDeafness(after: waited)] : []
        case .ready where arrangement == .external:
            state = .waitingForServer
            let words = "\(name) does not hear UDP port 67 any more"
            return [.log(.warning, "\(words); waits until it is started again"), .note(.serverGone, words), .measure]
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .ready, .draining,
            .waitingToRestart, .stopping, .leaving, .gone:
            return []
        }
    }

    /// Whether one that takes over takes too long; the very first one may take as long as it likes.
    private func isOverdue(_ start: Start, at now: UInt64) -> Bool {
        pair != nil && hasBeenReady && now - start.since >= Self.startTime
    }
}
