internal import Logging
public import Messages
public import Pacing

/// What a DHCP server goes through, from the first network to the end of whoever starts it.
///
/// It decides and touches nothing: it is told what happens and when, and says what is to be done, in this order. What
/// comes of `Action.settle`, `.start` and `.look` is told next, before anything else. All times are microseconds of one
/// clock that never goes back.
///
/// Never are two servers alive. Before one succeeds another, the relay has been told that nobody serves, the one before has
/// ended, with all that it had started, and its interfaces are down.
public struct ServerLife: Hashable, Sendable {
    /// Who starts the server, and whether there is a second one.
    public let arrangement: Arrangement
    /// How long the server may take to stop before it is killed.
    let grace: UInt64
    /// Whether a launcher starts the recorder too, in any case.
    let isLaunched: Bool
    /// What it is at.
    public internal(set) var state = State.waitingForNetworks(Outlook())
    /// Who serves, or is to.
    public internal(set) var active = ServerPlace.first
    /// How often the other took over.
    public internal(set) var failovers = 0
    /// How many times in a row a server ended soon after it had been started, where there are two.
    public internal(set) var failures = 0
    /// Whether the server has ever been ready: until then it ends for reasons that a restart would not mend.
    public internal(set) var hasBeenReady = false
    /// Whether the start that goes on is recorded.
    var isRecorded = false
    /// Whether there is no recorder now.
    var isRecorderMissing = true
    var backoff: RestartBackoff

    /// Who starts the server, and whether there is a second one.
    public enum Arrangement: Hashable, Sendable {
        /// Others start it.
        case external
        /// It is started, and again when it ends; it is called so.
        case single(String)
        /// One of two is started, and the other when it ends.
        case pair(Pair)
    }

    /// Two servers, of which one serves and the other does not run.
    public struct Pair: Hashable, Sendable {
        /// What the one is called that is started first.
        let first: String
        /// What the other is called; nothing when it is the same program.
        let standby: String?
        /// After how long a server counts as silent.
        let silence: UInt64

        /// Two servers.
        ///
        /// - Parameters:
        ///   - first: what the one is called that is started first.
        ///   - standby: what the other is called; nothing when it is the same program.
        ///   - silence: after how long a server counts as silent, in microseconds.
        public init(first: String, standby: String?, silence: UInt64) {
            self.first = first
            self.standby = standby
            self.silence = silence
        }
    }

    /// A server whose networks are not known yet.
    ///
    /// - Parameters:
    ///   - grace: how long the server may take to stop before it is killed, in microseconds.
    ///   - isLaunched: whether a launcher starts the recorder too, in any case.
    ///   - backoff: how long to wait before one is started again; of two that fail in turn, as they do unless it is told.
    public init(_ arrangement: Arrangement, grace: UInt64, isLaunched: Bool, backoff: RestartBackoff? = nil) {
        self.arrangement = arrangement
        self.grace = grace
        self.isLaunched = isLaunched
        self.backoff =
            switch arrangement {
            case .pair(let pair): backoff ?? RestartBackoff(reset: pair.silence)
            case .single, .external: backoff ?? RestartBackoff()
            }
    }

    /// What is done about an event at `now`.
    public mutating func handle(_ event: Event, at now: UInt64) -> [Action] {
        switch event {
        case .networks(let networks, let change): take(networks, change, at: now)
        case .settled: launchInNewSurroundings()
        case .notSettled(let fault): postpone(fault, at: now)
        case .held: if case .waitingForNamespace = state { [.askHolder] } else { [] }
        case .shown: takeNamespace()
        case .lost: loseNamespace()
        case .started(let process): awaitReadiness(of: process, at: now)
        case .notStarted(let reason, let fault): notStarted(reason, fault, at: now)
        case .listening: hearsClients(at: now)
        case .deaf: hearsNobody(at: now)
        case .ended(let exit, let leavesListener, let words): ended(exit, leavesListener, words, at: now)
        case .silent(let words): giveUpSilent(words, at: now)
        case .asked(let request): beginSwitch(request, at: now)
        case .drained: drained(at: now)
        case .terminate: terminate(at: now)
        case .recorder(let isThere): note(recorderIsThere: isThere)
        case .delivered: if case .leaving(let ending, _) = state { finish(ending) } else { [] }
        case .failed(let fault): failed(fault, at: now)
        case .deadline: deadline(at: now)
        }
    }

    private mutating func note(recorderIsThere: Bool) -> [Action] {
        isRecorderMissing = !recorderIsThere
        return []
    }

    private mutating func deadline(at now: UInt64) -> [Action] {
        guard let deadline = state.deadline, now >= deadline else { return [] }
        switch state {
        case .starting(let start): return [.look(mindingPacketSockets: now - start.since < Self.bindingTime)]
        case .draining: return drained(at: now)
        case .waitingToRestart(let succession, _): return restart(succession)
        case .stopping(let process, let next, _):
            state = .stopping(process: process, next, deadline: now + grace)
            return [.log(.warning, "\(name) did not stop in time and is killed"), .kill]
        case .leaving(let ending, _): return finish(ending)
        case .waitingForNetworks, .settling, .waitingForNamespace, .waitingForServer, .launching, .ready, .gone:
            return []
        }
    }
}

extension ServerLife {
    /// What the server is called that serves or is to serve.
    public var name: String {
        switch arrangement {
        case .external: "the server"
        case .single(let name): name
        case .pair(let pair): active == .first ? pair.first : pair.standby ?? pair.first
        }
    }

    /// When something is to be done without anything happening.
    public var deadline: UInt64? { state.deadline }

    /// How long binding packet sockets may take; 30,000 are usual.
    static let bindingTime: UInt64 = 2_000_000
    /// How often a server that starts is looked at; it takes some 10,000 to be ready.
    static let lookInterval: UInt64 = 500
    /// The same of a server that takes long.
    static let longestLookInterval: UInt64 = 100_000
    /// After what time it is told that a server hears nobody: dhcpd and dnsmasq take some 10,000, Kea with many leases some
    /// seconds.
    static let deafnessTime: UInt64 = 10_000_000
    /// How long the one that takes over may take to hear clients, before it has failed as well.
    static let startTime: UInt64 = 30_000_000
    /// How long to wait for the relay to say that the server was drained; it takes a quarter of that.
    static let drainTime: UInt64 = 1_000_000
    /// How long the recorder may take to have what is left.
    static let handoverTime: UInt64 = 1_000_000
    /// How long one may take that the launcher is about to start.
    static let recorderStartTime: UInt64 = 5_000_000
}
