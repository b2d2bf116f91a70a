internal import Diagnostics
internal import Glibc
internal import Kernel
internal import Logging
internal import Messages
internal import Pacing

/// Decides when each component is started, signalled and started again, and when everything ends.
///
/// It touches no process: it is told what happens and when, and says what is to be done. All times are microseconds of
/// one clock.
struct Supervision {
    /// What is to be done.
    enum Action: Hashable, Sendable {
        case start(ComponentName)
        case signal(ComponentName, Int32)
        case log(Logger.Level, String)
        /// All have ended: the launcher ends with this status.
        case finish(Int32)
    }

    /// How a component ended, or did not even begin.
    enum Ending: Hashable, Sendable {
        case exit(ChildProcess.Exit)
        case notStarted(String)
    }

    private struct Child {
        enum State: Hashable {
            case waiting(until: UInt64)
            case running(since: UInt64)
            case ended
        }

        var state = State.waiting(until: 0)
        var backoff = RestartBackoff()
        var hasWorked = false
        var hasBegun = false
    }

    private struct Stopping {
        let status: Int32
        let reason: String?
        var current: ComponentName?
        var killAt: UInt64?
        var hasRecalled = false
    }

    /// A component that ran this long has had what it needs: if it is missing later, it may come back.
    static let provenAfter: UInt64 = 5_000_000
    /// How long a component may take to stop.
    static let patience: UInt64 = 2_000_000
    /// How much longer the recorder may take, which stores what has come for 5,000,000 at most.
    static let storingTime: UInt64 = 6_000_000

    /// How much later, at the latest, begins what the server's start does not wait for: until it is ready they would only take
    /// processor time from it.
    ///
    /// What clients send until then waits in the sockets.
    static let headStart: UInt64 = 200_000

    private let grace: UInt64
    private let components: [ComponentName]
    private var children: [ComponentName: Child]
    private var stopping: Stopping?
    private var reasons: [ComponentName: String] = [:]

    /// Nothing has been started yet.
    ///
    /// - Parameters:
    ///   - grace: how long netns-agent gives the server to stop.
    ///   - begin: when netns-agent and discovery are due.
    ///   - components: what is started and stopped, in the order of both.
    ///   - headStart: how much later the others are, unless the server is ready before.
    init(
        grace: UInt64, from begin: UInt64, components: [ComponentName] = ComponentName.launched,
        headStart: UInt64 = Self.headStart
    ) {
        self.grace = grace
        self.components = components
        children = Dictionary(uniqueKeysWithValues: components.map { ($0, Child()) })
        for late in [ComponentName.relay, .recorder] { children[late]?.state = .waiting(until: begin + headStart) }
    }

    /// Whether everything is being stopped.
    var isStopping: Bool { stopping != nil }

    /// How long stopping everything may take in all, in microseconds, if each component has to be killed.
    static func longestStop(grace: UInt64) -> UInt64 {
        UInt64(ComponentName.launchedWithDoors.count) * patience + grace + storingTime
    }

    /// When there will be something to do even if nothing happens.
    var nextDeadline: UInt64? {
        if let stopping { return stopping.killAt }
        return children.values.compactMap { if case .waiting(let time) = $0.state { time } else { nil } }.min()
    }

    /// What is due at `now`.
    mutating func advance(to now: UInt64) -> [Action] {
        guard stopping == nil else { return killIfDue(at: now) }
        return components.filter { isDue($0, at: now) }.map { component in
            begin(component, at: now)
        }
    }

    /// The server hears clients: those are due that its start did not wait for.
    mutating func serverIsReady(at now: UInt64) -> [Action] {
        for (component, child) in children where !child.hasBegun { children[component]?.state = .waiting(until: now) }
        return advance(to: now)
    }

    /// A signal for the launcher has arrived.
    mutating func received(_ signal: Int32, at now: UInt64) -> [Action] {
        switch signal {
        case SIGTERM, SIGINT:
            guard stopping == nil else { return [] }
            return [.log(.info, "stops as asked, the server first")] + stop(with: 0, at: now)
        case SIGHUP, SIGUSR1, SIGUSR2:
            return stopping == nil && isRunning(.netnsAgent) ? [.signal(.netnsAgent, signal)] : []
        default: return []
        }
    }

    /// A component has said why it is about to end.
    mutating func fails(_ component: ComponentName, because reason: String) { reasons[component] = reason }

    /// A component has ended.
    mutating func ended(_ component: ComponentName, _ ending: Ending, at now: UInt64) -> [Action] {
        guard let child = children[component], case .running(let start) = child.state else { return [] }
        let runTime = now - start
        if stopping != nil {
            children[component]?.state = .ended
            guard stopping?.current == component else { return recallIfKilled(component, ending, at: now) }
            return stopNext(at: now)
        }
        if runTime >= Self.provenAfter { children[component]?.hasWorked = true }
        if let status = finalStatus(of: component, ending) {
            children[component]?.state = .ended
            return complaint(about: component, ending)
                + stop(with: status, because: reason(of: component, ending), at: now)
        }
        return restart(component, ending, after: runTime, at: now)
    }
}

extension Supervision {
    private mutating func begin(_ component: ComponentName, at now: UInt64) -> Action {
        children[component]?.state = .running(since: now)
        children[component]?.hasBegun = true
        return .start(component)
    }

    private func isRunning(_ component: ComponentName) -> Bool {
        if case .running = children[component]?.state { true } else { false }
    }

    private func isDue(_ component: ComponentName, at now: UInt64) -> Bool {
        if case .waiting(let time) = children[component]?.state { time <= now } else { false }
    }

    /// With what everything ends because a component ended like this; nothing when it is started again.
    private func finalStatus(of component: ComponentName, _ ending: Ending) -> Int32? {
        let mustWork = children[component]?.hasWorked == false
        switch ending {
        case .exit(.signal): return nil
        case .notStarted: return mustWork ? Failure.Status.unavailable.rawValue : nil
        case .exit(.status(let status)):
            if component == .netnsAgent { return status }
            let isFinal = [Failure.Status.usage, .unavailable].contains { $0.rawValue == status }
            return mustWork && isFinal ? status : nil
        }
    }

    /// What ends by itself has said why.
    private func complaint(about component: ComponentName, _ ending: Ending) -> [Action] {
        guard case .notStarted(let reason) = ending else { return [] }
        return [.log(.error, "cannot start \(component): \(reason)")]
    }

    /// Why everything ends, which is said when it has ended: by then others have said more.
    private func reason(of component: ComponentName, _ ending: Ending) -> String {
        switch ending {
        case .notStarted(let reason): "cannot start \(component): \(reason)"
        case .exit: reasons[component] ?? "\(component) \(ending); its last line above says why"
        }
    }

    private mutating func restart(
        _ component: ComponentName, _ ending: Ending, after runTime: UInt64, at now: UInt64
    ) -> [Action] {
        let delay = children[component]?.backoff.next(after: runTime) ?? 0
        children[component]?.state = .waiting(until: now + delay)
        let time = delay == 0 ? "" : " in \(delay / 1_000) ms"
        return [.log(.warning, "\(component) \(ending); it is started again\(time)")]
    }

    private mutating func stop(with status: Int32, because reason: String? = nil, at now: UInt64) -> [Action] {
        stopping = Stopping(status: status, reason: reason)
        return recallRecorder(at: now) + stopNext(at: now)
    }

    /// A recorder that is killed before it is its turn to stop is started once more.
    private mutating func recallIfKilled(_ component: ComponentName, _ ending: Ending, at now: UInt64) -> [Action] {
        guard component == .recorder, case .exit(.signal) = ending, stopping?.hasRecalled == false else { return [] }
        stopping?.hasRecalled = true
        return [begin(.recorder, at: now)]
    }

    /// A recorder that was about to be started again is needed for what the others have not handed over yet.
    private mutating func recallRecorder(at now: UInt64) -> [Action] {
        guard case .waiting = children[.recorder]?.state, children[.recorder]?.hasBegun == true else { return [] }
        return [begin(.recorder, at: now)]
    }

    private mutating func stopNext(at now: UInt64) -> [Action] {
        guard let next = components.first(where: isRunning) else {
            stopping?.killAt = nil
            let status = stopping?.status ?? 0
            guard status != 0, let reason = stopping?.reason else { return [.finish(status)] }
            return [.log(.error, "ends with status \(status): \(reason)"), .finish(status)]
        }
        stopping?.current = next
        let more: UInt64 =
            switch next {
            case .netnsAgent: grace
            case .recorder: Self.storingTime
            case .relay, .discovery, .middleSock, .proxy: 0
            }
        stopping?.killAt = now + Self.patience + more
        return [.signal(next, SIGTERM)]
    }

    private mutating func killIfDue(at now: UInt64) -> [Action] {
        guard let component = stopping?.current, let time = stopping?.killAt, time <= now else { return [] }
        stopping?.killAt = nil
        return [.log(.warning, "\(component) does not stop; it is killed"), .signal(component, SIGKILL)]
    }
}

extension Supervision.Ending: CustomStringConvertible {
    var description: String {
        switch self {
        case .exit(.signal(SIGSYS)): "ended by SIGSYS: it made a system call that it had given up"
        case .exit(.signal(let signal)): "ended by signal \(signal)"
        case .exit(.status(let status)): "ended with status \(status)"
        case .notStarted(let reason): "cannot be started: \(reason)"
        }
    }
}
