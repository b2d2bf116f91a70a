import Addresses
import Messages
import Pacing

@testable import ServerLife

/// A server's life, and what became of what it has had done: as much of it as a promise depends on.
struct World: Hashable {
    var life: ServerLife
    /// Of which actions it will hear next, before anything else.
    var owed: [ActionKind] = []
    /// Whether a server's process runs.
    var isAlive = false
    /// What that process was told.
    var signal: Signal?
    /// What the relay was told last; nothing since it got these surroundings.
    var told: Destination?
    /// The places whose interfaces are up.
    var up: Set<ServerPlace> = []
    /// The place in which a server was started and whose interfaces have not been down since.
    var used: ServerPlace?
    /// Whether there are surroundings.
    var isSettled = false
    /// Whether somebody holds a namespace, and was asked to make it look like the host.
    var isHeld = false
    var isHolderAsked = false
    /// Who waits for an answer.
    var asking: Set<UInt64> = []
    /// Whether the next start is measured from its beginning.
    var isMeasured = true
    /// Whether the start that goes on is recorded.
    var isRecorded = false
    /// Whether people know why the server that starts hears nobody.
    var isExplained = false
    /// Whether people know which networks the server sees.
    var isNamed = false
    /// Why there are no surroundings, as people know.
    var toldFault: String?
    var hasRecorder = false
    /// Whether the end was asked for.
    var isTerminated = false
    var ending: ServerLife.Ending?

    enum Signal: Hashable { case stop, kill }

    /// What the clock shows in every world: other times are moved with it.
    static let now: UInt64 = 1_000_000_000
    static let silence: UInt64 = 10_000_000
    static let grace: UInt64 = 7_000_000
    /// Until when a server that goes into the background does so.
    static let backgroundTime: UInt64 = 30_000_000
    static let longestDelay: UInt64 = 400_000
    /// After how long it makes a difference that a server starts.
    static let waits = [ServerLife.startTime, ServerLife.deafnessTime, ServerLife.bindingTime, 0]
    /// Long enough for a server to have proven itself.
    static let long: UInt64 = 100_000_000

    init(_ arrangement: ServerLife.Arrangement, isLaunched: Bool) {
        life = ServerLife(
            arrangement, grace: Self.grace, isLaunched: isLaunched,
            backoff: RestartBackoff(maximum: Self.longestDelay, reset: Self.silence))
    }

    /// All ways in which a server may be started; people call one after the program.
    static let all: [World] = [
        .external, .single("dhcpd"), .pair(.init(first: "dhcpd", standby: nil, silence: silence)),
        .pair(.init(first: "dhcpd", standby: "old", silence: silence)),
    ].flatMap { [World($0, isLaunched: false), World($0, isLaunched: true)] }

    var kind: StateKind { life.state.kind }
    /// Whether the first server serves that ever did: it may never have.
    var isFirstService: Bool { if case .ready(_, _, true) = life.state { true } else { false } }
    var isExternal: Bool { life.arrangement == .external }
    var isPair: Bool { life.pair != nil }
}

/// Times that differ without a difference to what follows become the same.
extension World {
    /// This world when its clock has gone on for `elapsed`, and then shows `now` again.
    func normalised(after elapsed: UInt64) -> World {
        var world = self
        world.life.state = life.state.moved(by: 0 &- elapsed).coarse
        world.life.failovers = min(life.failovers, 1)
        world.life.failures = min(life.failures, 3)
        if life.hasBeenReady && !isFirstService || !life.isLaunched || kind == .leaving {
            world.life.isRecorderMissing = true
            world.hasRecorder = false
        }
        return world
    }
}

extension ServerLife.State {
    /// The same with all times later, or earlier by what would overflow.
    func moved(by difference: UInt64) -> Self {
        switch self {
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .gone: self
        case .starting(let start):
            .starting(
                .init(
                    process: start.process, since: start.since &+ difference, look: start.look &+ difference,
                    succession: start.succession, isExplained: start.isExplained))
        case .ready(let process, let since, let isFirst):
            .ready(process: process, since: since &+ difference, isFirst: isFirst)
        case .draining(let process, let succession, let time):
            .draining(process: process, succession, deadline: time &+ difference)
        case .waitingToRestart(let succession, let time): .waitingToRestart(succession, at: time &+ difference)
        case .stopping(let process, let next, let time): .stopping(process: process, next, deadline: time &+ difference)
        case .leaving(let ending, let time): .leaving(ending, deadline: time &+ difference)
        }
    }

    /// The same with one time for all that have the same consequences, and one reason for all.
    fileprivate var coarse: Self {
        switch self {
        case .waitingForNetworks(let outlook):
            .waitingForNetworks(.init(succession: outlook.succession?.coarse, told: outlook.told))
        case .settling(let outlook): .settling(.init(succession: outlook.succession?.coarse, told: outlook.told))
        case .launching(let succession, let isNew): .launching(succession?.coarse, inNewSurroundings: isNew)
        case .starting(let start): .starting(start.coarse)
        case .ready(let process, let since, let isFirst):
            .ready(
                process: process, since: World.now - (World.now - since >= World.long ? World.long : 0),
                isFirst: isFirst)
        case .draining(let process, let succession, let time):
            .draining(process: process, succession.coarse, deadline: time)
        case .waitingToRestart(let succession, let time): .waitingToRestart(succession?.coarse, at: time)
        case .stopping(let process, let next, let time): .stopping(process: process, next.coarse, deadline: time)
        case .waitingForNamespace, .waitingForServer, .leaving, .gone: self
        }
    }
}

extension ServerLife.Start {
    fileprivate var coarse: Self {
        let waited = World.waits.first { World.now - since >= $0 } ?? 0
        let isDue = look <= World.now
        return .init(
            process: process, since: World.now - waited,
            look: isDue ? look : World.now + ServerLife.lookInterval, succession: succession?.coarse,
            isExplained: isExplained)
    }
}

extension ServerLife.Succession {
    fileprivate var coarse: Self { .init(reason: "a reason", request: request, wanted: wanted) }
}

extension ServerLife.Next {
    fileprivate var coarse: Self {
        switch self {
        case .succeed(let succession, let runTime):
            .succeed(succession.coarse, after: runTime.map { $0 >= World.silence ? World.silence : 0 })
        case .move(let networks, let succession): .move(networks, succession?.coarse)
        case .leave: self
        }
    }
}
