internal import Logging
internal import Messages
internal import Pacing

/// How one of two servers succeeds the other.
extension ServerLife {
    /// The two servers, where there are two.
    var pair: Pair? { if case .pair(let pair) = arrangement { pair } else { nil } }

    /// Whether the active server failed at its first start, and the other one is another program.
    var hasUntriedProgram: Bool { pair?.standby != nil && active == .first && failovers == 0 }

    /// Somebody asks that the other take over: the server may answer what it has.
    mutating func beginSwitch(_ request: Request, at now: UInt64) -> [Action] {
        guard pair != nil, case .ready(let process?, _, _) = state else {
            let refusal =
                pair == nil
                ? "there is no second server; start middle-sock with --standby"
                : "no server serves that could be switched from: netns-agent is \(state.name)"
            return [.refuse(request, refusal)]
        }
        let succession = Succession(reason: "it was asked for", request: request, wanted: active.other)
        state = .draining(process: process, succession, deadline: now + Self.drainTime)
        return [
            .note(.failoverAsked, "process \(request.process) asks that the other server take over"),
            .tell(.draining),
        ]
    }

    /// The server has answered what it had, or will not: it stops, and the other takes over.
    mutating func drained(at now: UInt64) -> [Action] {
        guard case .draining(_, let succession, _) = state else { return [] }
        return [.tell(.nobody)] + stop(then: .succeed(succession, after: nil), at: now)
    }

    /// The server serves nobody, and another could.
    mutating func giveUpSilent(_ words: String, at now: UInt64) -> [Action] {
        guard let pair, case .ready(let process?, let since, _) = state else { return [] }
        // The time in which it was silent is none in which it served.
        let runTime = now - since
        return giveUp(words, process, after: runTime - min(runTime, pair.silence), nil, at: now)
    }

    /// The server that runs is of no use any more: it is fenced off, killed, and the other takes over.
    mutating func giveUp(
        _ words: String, _ process: Int32, after runTime: UInt64, _ succession: Succession?, at now: UInt64
    ) -> [Action] {
        let reason = "\(name) (process \(process)) \(words)"
        let next = Next.succeed(successor(because: reason, succession), after: runTime)
        state = .stopping(process: process, next, deadline: now + grace)
        return [
            .log(.warning, "\(reason); it is killed, and the other takes over"), .note(.serverSilent, reason),
            .tell(.nobody), .kill,
        ]
    }

    /// The server has ended: it, or the other of two, is started again.
    mutating func recover(
        after runTime: UInt64, because reason: String, _ succession: Succession?, at now: UInt64
    ) -> [Action] {
        guard pair != nil else { return restart(nil, in: backoff.next(after: runTime), at: now) }
        return [.tell(.nobody)] + succeed(successor(because: reason, succession), after: runTime, at: now)
    }

    /// Another takes over for this reason; who has asked for one before still waits.
    private func successor(because reason: String, _ succession: Succession?) -> Succession {
        Succession(reason: reason, request: succession?.request, wanted: succession?.wanted)
    }

    /// The other takes over: at once where that was asked for, or when the one before had run for long; later and later
    /// where they fail one after the other.
    ///
    /// - Parameter runTime: how long the one that failed had served; nothing when it did not fail.
    mutating func succeed(_ succession: Succession, after runTime: UInt64?, at now: UInt64) -> [Action] {
        let fence = Action.takeDown(active)
        active = active.other
        failovers += 1
        guard let runTime else { return [fence] + restart(succession, in: 0, at: now) }
        let delay = backoff.next(after: runTime)
        failures = delay > 0 ? failures + 1 : 1
        return [fence] + tellOfFailures(delay) + restart(succession, in: delay, at: now)
    }

    private func tellOfFailures(_ delay: UInt64) -> [Action] {
        guard failures >= 3 else { return [] }
        let words = "the servers have failed \(failures) times in a row; the next start is in \(delay / 1_000) ms"
        return [.log(.error, words), .note(.failoverFailing, words)]
    }

    private mutating func restart(_ succession: Succession?, in delay: UInt64, at now: UInt64) -> [Action] {
        guard delay > 0 else { return restart(succession) }
        state = .waitingToRestart(succession, at: now + delay)
        return []
    }

    /// The active one of two serves: the relay is told, and the other's place made ready, after anything that somebody waits
    /// for.
    func succeeded(because succession: Succession?) -> [Action] {
        guard pair != nil else { return [] }
        return [.tell(.server(active))] + (succession.map(tellOfSuccess) ?? []) + [.prepare(active.other)]
    }

    private func tellOfSuccess(_ succession: Succession) -> [Action] {
        let detail = "\(active) serves instead of \(active.other): \(succession.reason)"
        return [.log(.notice, detail), .note(.failover, detail)]
            + answer(
                succession.request,
                succession.wanted == active
                    ? [.init("serving", active), .init("server", name)]
                    : [.init("refused", "\(active) serves again: \(succession.reason)")])
    }

    /// Tells whoever asked, if somebody did, what became of it.
    func answer(_ request: Request?, _ fields: [Status.Field]) -> [Action] {
        request.map { [.answer($0, fields)] } ?? []
    }
}
