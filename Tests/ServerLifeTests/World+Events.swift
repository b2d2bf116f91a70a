import Addresses
import Messages

@testable import ServerLife

/// What may happen.
extension World {
    /// Something that happens after so many microseconds.
    struct Happening: Hashable {
        let event: ServerLife.Event
        var elapsed: UInt64 = 0
    }

    static let process: Int32 = 42
    static let networks: [AttachedNetwork] = []
    static let furnishing = HostChange.furnishing([], networks: nil)
    static let fault = ServerLife.Fault(status: 69, message: "it is missing")
    static let otherFault = ServerLife.Fault(status: 70, message: "it is broken")

    /// All that may happen next; nothing when all is over.
    var happenings: [Happening] {
        guard kind != .gone else { return [] }
        guard let result = owed.first else { return happeningsOutside }
        // What is done may go wrong altogether.
        return (results(of: result) + [.failed(Self.fault)]).map { Happening(event: $0) }
    }

    private func results(of action: ActionKind) -> [ServerLife.Event] {
        switch action {
        case .settle: [.settled, .notSettled(Self.fault), .notSettled(Self.otherFault)]
        case .start: [.started(process: Self.process), .notStarted("it does not run", Self.fault)]
        case .look: [.listening, .deaf]
        case .furnish, .askHolder, .abandon, .measure, .stop, .kill, .tell, .takeDown, .prepare, .announce, .record,
            .explainEnd, .explainDeafness, .nameNetworks, .note, .log, .refuse, .answer, .finish:
            []
        }
    }

    private var happeningsOutside: [Happening] {
        var events: [ServerLife.Event] = [
            .networks(Self.networks, .none), .drained, .terminate, .failed(Self.otherFault),
            .recorder(isThere: !hasRecorder),
            .asked(.init(number: asking.contains(1) ? 2 : 1, process: 7)),
        ]
        // Whether something has changed is looked at only then.
        if life.state.hasSurroundings {
            let changes = [Self.furnishing, .networks(Self.networks), .interfaces(Self.networks)]
            events += changes.map { .networks(Self.networks, $0) }
        }
        if kind == .leaving { events.append(.delivered) }
        if isExternal { events += happeningsInNamespace }
        return events.map { Happening(event: $0) } + happeningsOfProcess + deadlines
    }

    private var happeningsInNamespace: [ServerLife.Event] {
        guard isHeld else { return [.held] }
        let shown: [ServerLife.Event] = kind == .waitingForNamespace && isHolderAsked ? [.shown] : []
        return shown + [.listening, .deaf] + (isSettled ? [.lost] : [])
    }

    private var happeningsOfProcess: [Happening] {
        guard isAlive else { return [] }
        var events: [ServerLife.Event] = [
            .ended(.status(0), leavesListener: false), .ended(.status(3), leavesListener: false),
            .ended(.signal(9), leavesListener: false), .ended(.status(0), leavesListener: true),
        ]
        if isPair, life.state.isReady { events.append(.silent("is silent")) }
        let times: [UInt64] = life.state.isReady ? [0, Self.long] : [0]
        return times.flatMap { time in events.map { Happening(event: $0, elapsed: time) } }
    }

    /// When it is time, and much later: whoever looks at the clock may have had no processor.
    private var deadlines: [Happening] {
        guard let deadline = life.deadline else { return [] }
        var times = [deadline, deadline + Self.long]
        if case .starting(let start) = life.state {
            times = [deadline] + Self.waits.map { start.since + $0 }
        }
        return Set(times.map { max($0, deadline, Self.now) - Self.now }).sorted().map {
            Happening(event: .deadline, elapsed: $0)
        }
    }
}

/// What comes of events and actions, outside of the server's life.
extension World {
    /// What an event itself means.
    mutating func suffer(_ event: ServerLife.Event) {
        if !owed.isEmpty { owed.removeFirst() }
        switch event {
        case .settled:
            isSettled = !isExternal
            up = [life.active]
            toldFault = nil
        case .notSettled(let fault):
            isSettled = false
            toldFault = fault.message
        case .held: isHeld = true
        case .shown: isSettled = true
        case .lost: isHeld = false
        case .started: isAlive = true
        case .ended:
            isAlive = false
            signal = nil
        case .asked(let request): asking.insert(request.number)
        case .terminate: isTerminated = true
        case .recorder(let isThere): hasRecorder = isThere
        // Nothing more comes of what was to be done.
        case .failed: owed = []
        case .networks, .notStarted, .listening, .deaf, .silent, .drained, .delivered, .deadline: break
        }
    }

    /// Does what is to be done; gives the promise that this breaks.
    mutating func perform(_ action: ServerLife.Action) -> String? {
        switch action {
        case .settle:
            guard !isSettled, !isAlive else { return "surroundings are made before those of before are given up" }
            guard isMeasured else { return "a start is not measured" }
            owed.append(.settle)
            up = []
            isNamed = false
        case .start(let place): return start(at: place)
        case .look:
            guard isAlive else { return "it is looked for a server that is not there" }
            owed.append(.look)
        case .furnish:
            guard life.state.hasSurroundings else { return "there is nothing that could be furnished" }
        case .askHolder: isHolderAsked = isHeld
        case .abandon:
            isSettled = false
            isMeasured = false
            isHolderAsked = false
            told = nil
            used = nil
            up = []
        case .measure: isMeasured = true
        case .stop, .kill:
            guard isAlive else { return "a server gets a signal that is not there" }
            signal = action == .kill ? .kill : .stop
        case .tell(let destination):
            guard isPair else { return "a relay hears of a second server that is none" }
            told = destination
        case .takeDown(let place):
            if used == place { used = nil }
            up.remove(place)
        case .prepare(let place): up.insert(place)
        case .announce:
            guard isMeasured || !isExternal else { return "a start is announced that was not measured" }
            isMeasured = !isExternal && isMeasured
            return record()
        case .record: return record()
        case .explainDeafness:
            guard !isExplained else { return "it is told twice that a server hears nobody" }
            isExplained = true
        case .nameNetworks: isNamed = true
        case .refuse(let request, _), .answer(let request, _):
            guard asking.remove(request.number) != nil else { return "somebody is answered twice" }
        case .finish(let ending): self.ending = ending
        case .explainEnd, .note, .log: break
        }
        return nil
    }

    private mutating func record() -> String? {
        guard !isRecorded || isExternal else { return "a start is recorded twice" }
        isRecorded = true
        return nil
    }

    /// Never two, fenced before started.
    private mutating func start(at place: ServerPlace) -> String? {
        guard !isAlive, !owed.contains(.start) else { return "two servers are alive" }
        guard isSettled else { return "a server is started nowhere" }
        guard place == life.active else { return "the other server is started" }
        guard isMeasured else { return "a start is not measured" }
        guard told == nil || told == .nobody else { return "the relay believes in a server when the next is started" }
        guard !isPair || used == nil else {
            return "the interfaces of the server before are up when the next is started"
        }
        owed.append(.start)
        isMeasured = false
        isRecorded = false
        isExplained = false
        used = place
        up.insert(place)
        return nil
    }
}
