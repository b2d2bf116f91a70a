internal import Logging
internal import Messages

/// How a server ends, and how all of it does.
extension ServerLife {
    /// The server's process has ended.
    mutating func ended(_ exit: Exit, _ leavesListener: Bool, _ lastWords: String, at now: UInt64) -> [Action] {
        switch state {
        case .starting(let start): return endedBeforeReady(exit, lastWords, start, at: now)
        case .ready(let process?, let since, let isFirst):
            let end = ServerEnd(exit: exit, leavesListener: leavesListener, served: now - since)
            guard end.isBackgrounding else { return endedInService(exit, process, after: now - since, nil, at: now) }
            return wentIntoBackground(exit, process, after: now - since, isFirst: isFirst, at: now)
        case .draining(let process, let succession, _):
            return endedInService(exit, process, after: 0, succession, at: now)
        case .stopping(let process, let next, _):
            return [.note(.serverStopped, "\(name) (process \(process)) \(exit.words)")] + proceed(to: next, at: now)
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .ready,
            .waitingToRestart, .leaving, .gone:
            return []
        }
    }

    private mutating func endedBeforeReady(
        _ exit: Exit, _ lastWords: String, _ start: Start, at now: UInt64
    ) -> [Action] {
        let words = "\(exit.words) before it was ready"
        let actions =
            record(words, process: start.process)
            + [.note(.serverExited, "\(name) (process \(start.process)) \(words)")]
        guard !hasBeenReady, !hasUntriedProgram else {
            return actions + recover(after: 0, because: "\(name) \(words)", start.succession, at: now)
        }
        guard !ServerEnd(exit: exit, leavesListener: false, served: nil).isBackgrounding else {
            return actions + failed(.usage(ServerEnd.advice(on: name)), at: now)
        }
        return actions + [.explainEnd("\(name) \(words)\(lastWords)", status: exit.code)]
            + leave(.status(exit.code), at: now)
    }

    /// What heard clients was not the process that was started: it was taken for ready, and never was.
    private mutating func wentIntoBackground(
        _ exit: Exit, _ process: Int32, after runTime: UInt64, isFirst: Bool, at now: UInt64
    ) -> [Action] {
        let advice = ServerEnd.advice(on: name)
        guard isFirst, !hasUntriedProgram else {
            return endedInService(exit, process, after: runTime, nil, telling: [.log(.warning, advice)], at: now)
        }
        hasBeenReady = false
        return [.note(.serverExited, "\(name) (process \(process)) \(exit.words)")] + failed(.usage(advice), at: now)
    }

    private mutating func endedInService(
        _ exit: Exit, _ process: Int32, after runTime: UInt64, _ succession: Succession?, telling: [Action] = [],
        at now: UInt64
    ) -> [Action] {
        let successor = pair == nil ? "it is started again" : "the other takes over"
        return [.note(.serverExited, "\(name) (process \(process)) \(exit.words)")] + telling
            + [.log(.warning, "\(name) \(exit.words); \(successor)")]
            + recover(after: runTime, because: "\(name) \(exit.words)", succession, at: now)
    }

    /// The end is asked for.
    mutating func terminate(at now: UInt64) -> [Action] {
        switch state {
        case .leaving(let ending, let deadline):
            state = .leaving(ending, deadline: min(deadline, now + Self.handoverTime))
            return []
        case .stopping(let process, _, let deadline):
            let actions = refuseRequest()
            state = .stopping(process: process, .leave, deadline: deadline)
            return actions
        case .gone: return []
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .starting, .ready,
            .draining, .waitingToRestart:
            return refuseRequest() + stop(then: .leave, at: now)
        }
    }

    /// Whoever asked for the other server hears at once that there will be none.
    private func refuseRequest() -> [Action] {
        answer(state.succession?.request, [.init("refused", "netns-agent stops")])
    }

    /// Stops the server if it runs, then does what `next` says.
    mutating func stop(then next: Next, at now: UInt64) -> [Action] {
        let running: Int32? =
            switch state {
            case .starting(let start): start.process
            // Who starts the server stops it as well.
            case .ready(let process, _, _): process
            case .draining(let process, _, _): process
            case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching,
                .waitingToRestart, .stopping, .leaving, .gone:
                nil
            }
        guard let running else { return proceed(to: next, at: now) }
        state = .stopping(process: running, next, deadline: now + grace)
        return [.stop]
    }

    private mutating func proceed(to next: Next, at now: UInt64) -> [Action] {
        switch next {
        case .leave: return leave(.status(0), at: now)
        case .succeed(let succession, let runTime): return succeed(succession, after: runTime, at: now)
        case .move(let networks, let succession):
            state = .settling(Outlook(succession: succession))
            return [.abandon, .measure, .settle(networks)]
        }
    }

    /// What is left to be recorded is, and that is the end.
    private mutating func leave(_ ending: Ending, at now: UInt64) -> [Action] {
        let isRecorderExpected = isLaunched && isRecorderMissing && !hasBeenReady && ending != .status(0)
        let time = isRecorderExpected ? Self.recorderStartTime : Self.handoverTime
        state = .leaving(ending, deadline: now + time)
        return []
    }

    /// A first start that fails is recorded before the end; what fails then, or later, is the end at once.
    mutating func failed(_ fault: Fault, at now: UInt64) -> [Action] {
        switch state {
        case .gone: return []
        case .leaving(.fault(let first), _): return finish(.fault(first))
        case .leaving(.status, _): return finish(.fault(fault))
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .starting, .ready,
            .draining, .waitingToRestart, .stopping:
            guard !hasBeenReady else { return refuseRequest() + finish(.fault(fault)) }
            let actions = isRecorded ? [] : record(fault.message, process: 0)
            return actions + [.note(.startFailed, fault.message)] + leave(.fault(fault), at: now)
        }
    }

    /// All is over.
    mutating func finish(_ ending: Ending) -> [Action] {
        state = .gone
        return [.finish(ending)]
    }
}
