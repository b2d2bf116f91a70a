import Component
import Glibc
import Kernel
import Logging
import Messages
import Pacing

/// How one of two servers succeeds the other.
///
/// Never are two alive. Before the successor is started, the relay has been told to drop what the one before sends, that
/// one was killed and collected, with all that it had started, and its interfaces are down.
extension Agent {
    /// Where the server is to be started: its interfaces are up.
    func side(in surroundings: Surroundings) throws(SystemError) -> ServerSide {
        try side(failover?.active ?? .first, in: surroundings)
    }

    /// A side with its interfaces up; of one that had to be made the relay hears at once.
    private func side(
        _ place: ServerPlace, in surroundings: Surroundings
    ) throws(SystemError) -> ServerSide {
        let hadStandby = surroundings.standby != nil
        let side = try surroundings.side(place)
        try side.takeUp()
        if !hadStandby { try introduceStandby() }
        return side
    }

    /// A server serves: the relay is told, and the other's place made ready, after anything that somebody waits for.
    func standByReady() throws {
        guard let failover, let surroundings else { return }
        // Without a second place the relay knows no other; it hears of both together.
        if surroundings.standby != nil {
            try peers.tellRelay(.destination(failover.active.destination))
        }
        if let reason = failover.reason { try noteSuccess(because: reason) }
        do {
            _ = try side(failover.active.other, in: surroundings)
        } catch {
            log.warning("the second server's place cannot be made ready: \(error)")
            note("standby-failed", "the second server's place cannot be made ready: \(error)")
        }
    }

    /// Whether the active one of two servers serves.
    ///
    /// A relay that comes while it is drained gets nothing for it any more.
    private var isServing: Bool { if case .ready = state { true } else { false } }

    /// The relay gets the ends of the second server's links, and hears who serves.
    func introduceStandby() throws(SystemError) {
        guard let failover, let surroundings, let standby = surroundings.standby else { return }
        try peers.tellRelay(.standby(failover.threshold, surroundings.secondPlace), passing: standby.descriptors)
        try peers.tellRelay(.destination(isServing ? failover.active.destination : .nobody))
    }

    private func noteSuccess(because reason: String) throws {
        guard let failover else { return }
        let detail = "\(failover.active) serves instead of \(failover.active.other): \(reason)"
        log.notice("\(detail)")
        note("failover", detail)
        self.failover?.reason = nil
        guard let wanted = failover.request?.wanted else { return }
        answerRequest(
            wanted == failover.active
                ? [.init("serving", failover.active), .init("server", serverName)]
                : [.init("refused", "\(failover.active) serves again: \(reason)")])
    }

    /// Tells whoever asked for the other server what became of it.
    func answerRequest(_ fields: [Status.Field]) {
        guard let letter = failover?.request?.letter else { return }
        // Whoever asked and did not wait does not want to know.
        _ = try? letter.answer(Status(component: .netnsAgent, fields: fields))
        failover?.request = nil
    }

    /// The server that runs is of no use any more: it is fenced off, killed, and the other takes over.
    func giveUp(_ reason: String) throws {
        guard let server, failover != nil else { return }
        let words = "\(serverName) (process \(server.pid)) \(reason)"
        log.warning("\(words); it is killed, and the other takes over")
        note("server-silent", words)
        failover?.reason = words
        try peers.tellRelay(.destination(.nobody))
        try server.signal(SIGKILL)
        let now = Clock.monotonic
        hasteEnd = now + Self.hasteTime
        // The time in which it was silent is none in which it served.
        let runTime: UInt64 = if case .ready(let since) = state { now - since } else { 0 }
        let silence = failover?.threshold.duration ?? 0
        state = .stopping(deadline: now + grace, next: .succeed(after: runTime - min(runTime, silence)))
    }

    /// Whether a server that takes over takes too long to start; the very first one may take as long as it likes.
    func isOverdue(now: UInt64) -> Bool {
        failover != nil && hasBeenReady && clock.timeInPhase(now: now) >= Failover.startTime
    }

    /// The server has ended by itself: the other takes over.
    func succeed(after runTime: UInt64, because reason: String) throws {
        failover?.reason = reason
        try peers.tellRelay(.destination(.nobody))
        try succeed(after: runTime)
    }

    /// The other takes over: at once where that was asked for, or when the one before had run for long; later and later
    /// where they fail one after the other.
    ///
    /// - Parameter runTime: how long the one that failed had served; nothing when it did not fail.
    func succeed(after runTime: UInt64?) throws {
        guard let surroundings, let active = failover?.active else { return }
        try surroundings.side(active).takeDown()
        failover?.change()
        let delay = runTime.map { backoff.next(after: $0) } ?? 0
        if runTime != nil { noteFailure(delay: delay) }
        state = .waitingToRestart(at: Clock.monotonic + delay)
        try handleDeadline(now: Clock.monotonic)
    }

    private func noteFailure(delay: UInt64) {
        failover?.noteEnd(isEarly: delay > 0)
        if let failures = failover?.failures, failures >= 3 {
            let detail = "the servers have failed \(failures) times in a row; the next start is in \(delay / 1_000) ms"
            log.error("\(detail)")
            note("failover-failing", detail)
        }
    }

    /// Somebody asks that the other take over: the server may answer what it has.
    func beginSwitch(askedBy letter: Inbox.Letter) throws {
        guard let wanted = failover?.active.other, case .ready = state else {
            let refusal =
                failover == nil
                ? "there is no second server; start middle-sock with --standby"
                : "no server serves that could be switched from: netns-agent is \(state.name)"
            return answer(letter, Status(component: .netnsAgent, fields: [.init("refused", refusal)]))
        }
        failover?.request = (letter, wanted)
        failover?.reason = "it was asked for"
        note("failover-asked", "process \(letter.sender.process) asks that the other server take over")
        try peers.tellRelay(.destination(.draining))
        state = .draining(deadline: Clock.monotonic + Self.drainTime)
    }

    /// The server that serves has to end for another reason while it is drained: nobody takes over from it.
    func abandonSwitch(because reason: String) {
        guard case .draining = state else { return }
        failover?.reason = nil
        answerRequest([.init("refused", "\(reason); ask again")])
    }

    /// How long to wait for the relay to say that the server was drained, in microseconds; it takes a quarter of that.
    private static let drainTime: UInt64 = 1_000_000

    /// The server has answered what it had, or will not: it stops, and the other takes over.
    func drained() throws {
        guard case .draining = state else { return }
        try peers.tellRelay(.destination(.nobody))
        try stop(then: .succeed(after: nil))
    }
}
