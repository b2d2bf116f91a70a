import Logging
import Messages

@testable import ServerLife

/// What a server's life promises: checked at each step, and in each world.
extension World {
    /// This world after something has happened, and the promise that is broken there, if one is.
    func after(_ happening: Happening, changedBy mutation: Mutation? = nil) -> (
        world: World, step: Step, broken: String?
    ) {
        var world = self
        let now = Self.now + happening.elapsed
        var actions = world.life.handle(happening.event, at: now)
        var step = Step(
            edge: Edge(from: kind, event: happening.event.kind, to: world.kind), actions: actions.map(\.kind))
        if let mutation, mutation.edge == step.edge {
            mutation.change(&world.life, &actions, from: life, elapsed: happening.elapsed)
        }
        world.suffer(happening.event)
        var broken: String?
        for action in actions { broken = broken ?? world.perform(action) }
        broken = broken ?? world.brokenPromise(at: now)
        broken = broken ?? brokenStory(happening.event, at: now, actions, world)
        broken = broken ?? brokenStep(happening.event, at: now, actions, world)
        let end = world.normalised(after: happening.elapsed)
        step.isTransition = !actions.isEmpty || end.life != life
        return (end, step, broken)
    }

    /// What was done.
    struct Step {
        let edge: Edge
        let actions: [ActionKind]
        var isTransition = false
    }

    /// What is wrong with this world, at `now`.
    func brokenPromise(at now: UInt64) -> String? {
        let waits = asking.isEmpty ? nil : 1 as UInt64
        if life.state.succession?.request?.number != waits { return "whoever asked is not known any more, or still" }
        if kind == .gone ? ending == nil : ending != nil { return "it is over or is not" }
        if let broken = brokenByProcess ?? brokenDebts ?? brokenDeadline(at: now) ?? brokenRelay { return broken }
        if isTerminated, !isOnTheWayOut { return "it was told to end and goes on" }
        if kind == .ready, !isRecorded { return "a start that succeeded is not recorded" }
        if case .leaving(let ending, _) = life.state, ending != .status(0), !life.hasBeenReady, !isRecorded {
            return "a start that failed is not recorded"
        }
        if [.starting, .ready, .waitingForServer].contains(kind), !isNamed { return "nobody knows the networks" }
        if [.waitingForNamespace, .waitingForServer].contains(kind), !isMeasured {
            return "the start of others is not measured"
        }
        return nil
    }

    private var isOnTheWayOut: Bool {
        switch life.state {
        case .stopping(_, .leave, _), .leaving, .gone: true
        default: false
        }
    }

    /// A server is alive in the states that say so, and in no other; but for the end, which is its end too.
    private var brokenByProcess: String? {
        let isRunning: Bool? =
            switch life.state {
            case .starting, .draining, .stopping: true
            case .ready: !isExternal
            case .leaving, .gone: nil
            case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching,
                .waitingToRestart:
                false
            }
        if let isRunning, isRunning != isAlive { return "a server is alive or is not" }
        if kind == .stopping, signal == nil { return "a server that is to stop was not told" }
        if kind != .stopping, kind != .leaving, kind != .gone, signal != nil {
            return "a server that was told to stop is believed in"
        }
        if isExternal, [.waitingForServer, .ready].contains(kind), !isSettled { return "there are no surroundings" }
        if !isExternal, life.state.hasSurroundings, !isSettled { return "there are no surroundings" }
        return nil
    }

    /// What is owed has its state, and the other way round.
    private var brokenDebts: String? {
        let debt: ActionKind? = kind == .settling ? .settle : kind == .launching ? .start : nil
        if let debt { return owed == [debt] ? nil : "\(debt.rawValue) was not asked for" }
        if owed == [.look], kind == .starting { return nil }
        return owed.isEmpty ? nil : "\(owed[0].rawValue) was asked for in vain"
    }

    /// No state without a deadline, or an event that ends it; and no deadline is far.
    private func brokenDeadline(at now: UInt64) -> String? {
        let longest: UInt64? =
            switch kind {
            case .starting: ServerLife.longestLookInterval
            case .draining: ServerLife.drainTime
            case .waitingToRestart: Self.longestDelay
            case .stopping: Self.grace
            case .leaving: life.isLaunched ? ServerLife.recorderStartTime : ServerLife.handoverTime
            case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .ready, .gone:
                nil
            }
        guard let longest else { return life.deadline == nil ? nil : "there is a deadline" }
        guard let deadline = life.deadline else { return "there is no deadline" }
        return deadline <= now + longest ? nil : "a deadline is far"
    }

    /// What the relay believes, and the places of two servers.
    private var brokenRelay: String? {
        guard isPair else { return nil }
        switch life.state {
        case .ready:
            if told != .server(life.active) { return "the relay does not give the server that serves its requests" }
            if up.count != 2 { return "the place of the next server is not ready" }
        case .draining: if told != .draining { return "the relay does not drain the server" }
        case .stopping(_, .succeed, _): if told != .nobody { return "the relay still believes in a server" }
        case .launching, .starting, .waitingToRestart:
            if let told, told != .nobody { return "the relay believes in a server that does not serve" }
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .stopping, .leaving, .gone:
            break
        }
        return nil
    }
}
