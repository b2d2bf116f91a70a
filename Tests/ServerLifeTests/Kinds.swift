@testable import ServerLife

/// A state without what is in it; by hand, for reflection would take most of the time.
enum StateKind: String, CaseIterable, Comparable {
    case waitingForNetworks, settling, waitingForNamespace, waitingForServer, launching, starting, ready, draining
    case waitingToRestart, stopping, leaving, gone

    static func < (one: Self, other: Self) -> Bool {
        (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
}

extension ServerLife.State {
    var kind: StateKind {
        switch self {
        case .waitingForNetworks: .waitingForNetworks
        case .settling: .settling
        case .waitingForNamespace: .waitingForNamespace
        case .waitingForServer: .waitingForServer
        case .launching: .launching
        case .starting: .starting
        case .ready: .ready
        case .draining: .draining
        case .waitingToRestart: .waitingToRestart
        case .stopping: .stopping
        case .leaving: .leaving
        case .gone: .gone
        }
    }
}

/// An event without what is in it, but what has changed.
enum EventKind: String, CaseIterable {
    case networks, furnishing, change, settled, notSettled, held, shown, lost, started, notStarted, listening, deaf
    case ended, silent, asked, drained, terminate, recorder, delivered, failed, deadline
}

extension ServerLife.Event {
    var kind: EventKind {
        switch self {
        case .networks(_, .none): .networks
        case .networks(_, .furnishing): .furnishing
        case .networks: .change
        case .settled: .settled
        case .notSettled: .notSettled
        case .held: .held
        case .shown: .shown
        case .lost: .lost
        case .started: .started
        case .notStarted: .notStarted
        case .listening: .listening
        case .deaf: .deaf
        case .ended: .ended
        case .silent: .silent
        case .asked: .asked
        case .drained: .drained
        case .terminate: .terminate
        case .recorder: .recorder
        case .delivered: .delivered
        case .failed: .failed
        case .deadline: .deadline
        }
    }
}

/// An action without what is in it.
enum ActionKind: String, CaseIterable {
    case settle, furnish, askHolder, abandon, measure, start, look, stop, kill, tell, takeDown, prepare, announce
    case record, explainEnd, explainDeafness, nameNetworks, note, log, refuse, answer, finish
}

extension ServerLife.Action {
    var kind: ActionKind {
        switch self {
        case .settle: .settle
        case .furnish: .furnish
        case .askHolder: .askHolder
        case .abandon: .abandon
        case .measure: .measure
        case .start: .start
        case .look: .look
        case .stop: .stop
        case .kill: .kill
        case .tell: .tell
        case .takeDown: .takeDown
        case .prepare: .prepare
        case .announce: .announce
        case .record: .record
        case .explainEnd: .explainEnd
        case .explainDeafness: .explainDeafness
        case .nameNetworks: .nameNetworks
        case .note: .note
        case .log: .log
        case .refuse: .refuse
        case .answer: .answer
        case .finish: .finish
        }
    }
}

/// A transition: where from, on what, where to.
struct Edge: Hashable, CustomStringConvertible {
    let from: StateKind
    let event: EventKind
    let to: StateKind

    var description: String { "\(from.rawValue) -\(event.rawValue)-> \(to.rawValue)" }
}
