import Logging
import Messages

@testable import ServerLife

/// What is promised about what follows on what.
extension World {
    /// What is wrong about what followed on an event in this world, at `now`.
    func brokenStep(
        _ event: ServerLife.Event, at now: UInt64, _ actions: [ServerLife.Action], _ world: World
    ) -> String? {
        if isPair, (world.life.active != life.active) != isToSucceed(event, at: now) {
            return "the wrong server is next"
        }
        if let kinds = expected(after: event, at: now), !kinds.contains(world.kind) {
            return "\(kind) is followed by \(world.kind)"
        }
        if kind == .leaving, world.kind == .leaving, world.life.state != life.state, event != .terminate {
            return "how it ends has changed"
        }
        return brokenEffect(event, at: now, actions, world) ?? brokenEnd(event, at: now, world)
    }

    /// Whether a server that has never been ready is not started again.
    private var isFirst: Bool { !life.hasBeenReady && !life.hasUntriedProgram }

    /// Whether the server turns out never to have been ready, for what heard clients was not its process.
    private func isMistaken(_ event: ServerLife.Event, at now: UInt64) -> Bool {
        guard case .ready(_, let since, true) = life.state, !life.hasUntriedProgram else { return false }
        return event == .ended(.status(0), leavesListener: true) && now - since <= Self.backgroundTime
    }

    /// Whether the other of two servers is to be started now.
    private func isToSucceed(_ event: ServerLife.Event, at now: UInt64) -> Bool {
        switch (event.kind, life.state) {
        case (.ended, .starting): !isFirst
        case (.ended, .ready): !isMistaken(event, at: now)
        case (.ended, .draining), (.ended, .stopping(_, .succeed, _)): true
        case (.notStarted, _): life.hasBeenReady
        default: false
        }
    }

    /// The states that may follow; nothing where only the same may.
    private func expected(after event: ServerLife.Event, at now: UInt64) -> Set<StateKind>? {
        let again: Set<StateKind> = [.launching, .waitingToRestart]
        switch (event.kind, life.state) {
        case (.networks, .waitingForNetworks): return [.settling]
        case (.change, _): return isAlive ? [.stopping] : [.settling]
        case (.settled, _): return isExternal ? [.waitingForNamespace] : [.launching]
        case (.notSettled, _): return life.hasBeenReady ? [.waitingForNetworks] : [.leaving]
        case (.shown, _): return [.waitingForServer]
        case (.lost, .waitingForServer), (.lost, .ready): return [.waitingForNamespace]
        case (.started, _): return [.starting]
        case (.notStarted, _): return life.hasBeenReady ? again : [.leaving]
        case (.listening, .starting), (.listening, .waitingForServer): return [.ready]
        case (.deaf, .starting(let start)):
            let isOverdue = isPair && life.hasBeenReady && now - start.since >= ServerLife.startTime
            return isOverdue ? [.stopping] : [.starting]
        case (.deaf, .ready): return [.waitingForServer]
        case (.ended, .ready) where isMistaken(event, at: now): return [.leaving]
        case (.ended, .ready) where now - Self.now >= Self.long: return [.launching]
        case (.ended, .starting) where isFirst: return [.leaving]
        case (.ended, .starting), (.ended, .ready), (.ended, .draining): return again
        case (.ended, .stopping(_, .succeed(_, nil), _)): return [.launching]
        case (.ended, .stopping(_, .succeed, _)): return again
        case (.ended, .stopping(_, .move, _)): return [.settling]
        case (.ended, .stopping(_, .leave, _)): return [.leaving]
        case (.silent, _), (.drained, .draining), (.deadline, .draining), (.deadline, .stopping): return [.stopping]
        case (.asked, .ready) where isPair: return [.draining]
        case (.terminate, _): return kind == .leaving ? [.leaving] : isAlive ? [.stopping] : [.leaving]
        case (.delivered, _), (.deadline, .leaving), (.failed, .leaving): return [.gone]
        case (.failed, _): return life.hasBeenReady ? [.gone] : [.leaving]
        case (.deadline, .starting): return [.starting]
        case (.deadline, .waitingToRestart): return [.launching]
        default: return [kind]
        }
    }

    /// What is done about an event, beside the states.
    private func brokenEffect(
        _ event: ServerLife.Event, at now: UInt64, _ actions: [ServerLife.Action], _ world: World
    ) -> String? {
        let isRecorded = actions.contains { $0.kind == .record }
        switch (event, life.state) {
        case (.notStarted, _): return isRecorded ? nil : "a start that failed is not recorded"
        case (.ended, .starting):
            let isExplained = actions.contains { $0.kind == .explainEnd }
            guard isExplained == (isFirst && !isInOrder(event)) else { return "nobody is told why it never was ready" }
            return isRecorded ? nil : "a start that failed is not recorded"
        case (.networks(_, .furnishing), _):
            return actions == [.furnish([], networks: nil)] ? nil : "the server does not see addresses and routes"
        case (.held, .waitingForNamespace): return world.isHolderAsked ? nil : "who holds a namespace is not asked"
        case (.settled, _) where isExternal:
            return world.isHolderAsked == isHeld ? nil : "who holds a namespace is not asked"
        case (.lost, _): return world.isSettled ? "surroundings are believed in that are lost" : nil
        case (.silent, _): return world.signal == .kill ? nil : "a server that is silent is not killed"
        case (.deadline, .stopping): return world.signal == .kill ? nil : "a server that does not stop is not killed"
        case (.deadline, .starting(let start)):
            let minding = now - start.since < ServerLife.bindingTime
            return actions == [.look(mindingPacketSockets: minding)] ? nil : "it is not looked for the server"
        case (.asked(let request), _) where world.kind != .draining:
            return world.asking.contains(request.number) && !asking.contains(request.number) ? "nobody answers" : nil
        case (.deaf, .starting(let start)) where world.kind == .starting:
            let isLong = now - start.since >= ServerLife.deafnessTime
            return world.isExplained == (isExplained || isLong) ? nil : "nobody is told why a server hears nobody"
        case (.recorder, _): return actions.isEmpty ? nil : "a recorder changes something"
        default: break
        }
        guard event.kind == .deadline || event.kind == .deaf, let deadline = world.life.deadline else { return nil }
        return deadline > now ? nil : "it turns round and round"
    }

    /// How all of it ends, and how soon.
    private func brokenEnd(_ event: ServerLife.Event, at now: UInt64, _ world: World) -> String? {
        if case .leaving(let ending, let deadline) = world.life.state {
            guard kind == .leaving else { return brokenLeave(event, ending, deadline - now) }
            if event == .terminate, deadline > now + ServerLife.handoverTime { return "it does not hurry" }
        }
        guard let end = world.ending else { return nil }
        switch (event, life.state) {
        case (.failed, .leaving(.fault(let first), _)):
            return end == .fault(first) ? nil : "the first fault is not told"
        case (.failed(let fault), _): return end == .fault(fault) ? nil : "the fault is not told"
        case (_, .leaving(let ending, _)): return end == ending ? nil : "it ends with another status"
        default: return "it ends all of a sudden"
        }
    }

    private func brokenLeave(_ event: ServerLife.Event, _ ending: ServerLife.Ending, _ time: UInt64) -> String? {
        let expected: ServerLife.Ending =
            switch event {
            case .failed(let fault), .notStarted(_, let fault), .notSettled(let fault): .fault(fault)
            case .ended(.status(let status), _, _) where kind == .starting && status != 0: .status(status)
            case .ended(.signal(let signal), _, _) where kind == .starting: .status(128 + signal)
            case .ended where kind == .starting || kind == .ready: ending.isUsage ? ending : .status(0)
            default: .status(0)
            }
        guard ending == expected else { return "it leaves with another status" }
        let wasReady = life.hasBeenReady && kind != .ready
        let isRecorderDue = life.isLaunched && !hasRecorder && !wasReady && ending != .status(0)
        return time == (isRecorderDue ? ServerLife.recorderStartTime : ServerLife.handoverTime)
            ? nil : "it leaves too late"
    }
}

extension ServerLife.Ending {
    /// Whether the command line was wrong.
    fileprivate var isUsage: Bool { if case .fault(let fault) = self { fault.status == 64 } else { false } }
}

/// What people are told.
extension World {
    /// What is wrong about what is recorded and said about an event.
    func brokenStory(
        _ event: ServerLife.Event, at now: UInt64, _ actions: [ServerLife.Action], _ world: World
    ) -> String? {
        let story = story(of: event, at: now, world)
        let notes = actions.compactMap { if case .note(let kind, _) = $0 { kind.rawValue } else { nil } }
        let levels = actions.compactMap { if case .log(let level, _) = $0 { level } else { nil } }
        guard notes.sorted() == story.notes.sorted() else { return "recorded is \(notes), and not \(story.notes)" }
        guard levels.sorted() == story.levels.sorted() else { return "said is \(levels), and not \(story.levels)" }
        return nil
    }

    private typealias Story = (notes: [String], levels: [Logger.Level])

    private func story(of event: ServerLife.Event, at now: UInt64, _ world: World) -> Story {
        switch (event.kind, life.state) {
        case (.change, _):
            let isMoved = event == .networks(Self.networks, .networks(Self.networks))
            return ([isMoved ? "networks-changed" : "interface-changed"], [.notice])
        case (.notSettled, _) where life.hasBeenReady:
            return isNews(event) ? (["surroundings-failed"], [.warning]) : ([], [])
        case (.notSettled, _): return (["start-failed"], [])
        case (.notStarted, _): return life.hasBeenReady ? failing(world) : (["start-failed"], [])
        case (.failed, .leaving): return ([], [])
        case (.failed, _): return life.hasBeenReady ? ([], []) : (["start-failed"], [])
        case (.shown, _): return (["namespace-ready"], [])
        case (.lost, _): return (["namespace-gone"], [.warning])
        case (.listening, .starting(let start)):
            return isPair && start.succession != nil ? (["failover"], [.notice]) : ([], [])
        case (.deaf, .ready): return (["server-gone"], [.warning])
        case (.deaf, _): return world.kind == .stopping ? (["server-silent"], [.warning]) : ([], [])
        case (.silent, _): return (["server-silent"], [.warning])
        case (.asked, .ready): return (isPair ? ["failover-asked"] : [], [])
        case (.deadline, .stopping): return ([], [.warning])
        case (.ended, .starting) where isFirst:
            return (["server-exited"] + (isInOrder(event) ? ["start-failed"] : []), [])
        case (.ended, .starting): return failing(world, ["server-exited"])
        case (.ended, .ready) where world.kind == .leaving: return (["server-exited", "start-failed"], [])
        case (.ended, .ready(_, let since, _))
        where event == .ended(.status(0), leavesListener: true) && now - since <= Self.backgroundTime:
            return failing(world, ["server-exited"], [.warning, .warning])
        case (.ended, .ready), (.ended, .draining): return failing(world, ["server-exited"], [.warning])
        case (.ended, .stopping(_, .succeed(_, nil), _)): return (["server-stopped"], [])
        case (.ended, .stopping): return failing(world, ["server-stopped"])
        default: return ([], [])
        }
    }

    /// Servers that fail one after the other are told of, too.
    private func failing(_ world: World, _ notes: [String] = [], _ levels: [Logger.Level] = []) -> Story {
        guard isPair, world.life.active != life.active, world.life.failures >= 3 else { return (notes, levels) }
        return (notes + ["failover-failing"], levels + [.error])
    }

    private func isInOrder(_ event: ServerLife.Event) -> Bool {
        if case .ended(.status(0), _, _) = event { true } else { false }
    }

    private func isNews(_ event: ServerLife.Event) -> Bool {
        guard case .notSettled(let fault) = event else { return false }
        return fault.message != toldFault
    }
}
