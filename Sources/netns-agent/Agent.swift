import Addresses
import Component
import Glibc
import Kernel
import Logging
import Messages

/// netns-agent at work: one thread, one poller.
///
/// What happened is handled in `Agent+Events.swift`, what the server goes through in `Agent+Server.swift`, how a second
/// one succeeds it in `Agent+Failover.swift`, and where others start it, `Agent+ExternalServer.swift`.
final class Agent {
    /// Nothing when others start the server.
    private let firstCommand: ServerCommand?
    /// Nothing without a second server.
    var failover: Failover?
    let uplink: Uplink
    let grace: UInt64
    var files: ServerFiles
    let log = StandardErrorLog.logger(of: .netnsAgent)
    let peers: Peers
    var poller: Poller
    var inbox: Inbox
    let signals: Signals
    var outbox: Outbox
    var clock: StartClock

    /// What the server's life is at.
    var state = State.waitingForNetworks
    /// The namespaces made ahead of the networks, until these are known.
    var namespaces: Surroundings.Namespaces?
    /// The networks that are served or to be served, as the interfaces are there.
    var hostSides: [HostSide] = []
    /// The way to who holds the namespace for a server that others start.
    var holder: ComponentChannel?
    /// Its process, 0 when it is not in the agent's PID namespace.
    var holderProcess: Int32 = 0
    /// When people are told that others hold namespaces too.
    var holderNotices = NoticePace()
    var surroundings: Surroundings?
    var server: Server?
    /// The number of the last start; it begins anywhere, for an agent before may have left a server's files.
    var startNumber = UInt32.random(in: .min ... .max)
    var backoff = RestartBackoff()
    /// Whether the server has ever been ready: until then it ends for reasons that a restart would not mend.
    var hasBeenReady = false
    /// Whether it had been before this start.
    var hadBeenReady = false
    /// Whether people were told that the server that starts hears nobody.
    var hasToldDeafness = false
    /// Whether the launcher started the agent: it starts a recorder in any case.
    let isLaunched: Bool
    /// Whether the start that goes on has its row in `starts`.
    var hasRecordedStart = false
    /// Why the first start failed, which is said when it is recorded.
    private var failure: Failure?
    /// What the server that is being started has said.
    var lastWords = LastWords()
    var discoveryInstance: UInt64?
    /// When it told the networks last, in microseconds of the monotonic clock.
    var discoveryHeardAt: UInt64?
    /// Which networks are not served and why, as people were told.
    var toldRefusals: [String] = []
    /// Whether people were told that the server does not see all of the host's addresses and routes.
    var toldLeftOut = false
    /// Which of the host's interfaces are not served, and what to do, as people were told.
    var unserved: String?
    /// Why there are no surroundings, of which people were told.
    var toldFailure: String?
    var notification: ServiceNotification
    /// Whether the service manager knows that clients are served.
    var isKnownAsReady = false
    /// When people are told of a silence of the server.
    var silenceNotices = NoticePace(interval: 1_000_000)
    /// Until when a server is hastened that opens or closes its sockets.
    var hasteEnd: UInt64 = 0
    /// Whether people were told that something cannot be done for lack of descriptors or memory.
    var toldShortage = false
    /// When the missing peers are tried next.
    var nextMeeting: UInt64 = 0
    /// How many times more they are tried after a short pause: one that is missed for the first time is about to come.
    var eagerMeetings = Agent.eagerMeetings

    /// What the server's life is at; deadlines are microseconds of the monotonic clock.
    enum State: Equatable {
        /// discovery has not said yet where the host is.
        case waitingForNetworks
        /// The server's process runs; it is looked at again at `check`.
        case starting(check: UInt64)
        /// The server hears clients since this time.
        case ready(since: UInt64)
        /// It may still answer what it was given, until then at most; afterwards the other takes over.
        case draining(deadline: UInt64)
        /// It ended, and is started again then.
        case waitingToRestart(at: UInt64)
        /// Nobody holds a namespace yet in which others could start the server, or it is not what it is to be.
        case waitingForNamespace
        /// Others have not started it yet, or it does not hear clients yet.
        case waitingForServer
        /// It was told to stop, and is killed then; afterwards comes what `next` says.
        case stopping(deadline: UInt64, next: Next)
        /// The recorder, which may only be starting, gets what is left until then, and the relay a way to it; afterwards the
        /// agent ends.
        case leaving(deadline: UInt64, status: Int32)
    }

    /// What comes when the server has stopped.
    enum Next: Equatable {
        /// The other server takes over from one that failed after so many microseconds, or did not fail.
        case succeed(after: UInt64?)
        /// The networks have changed: new surroundings.
        case move(to: [AttachedNetwork])
        /// The end.
        case leave(status: Int32)
    }

    /// What a readable descriptor is; 0 and 1 are the peers.
    enum Token: UInt64 {
        case signals = 2
        case inbox = 3
        case serverEnding = 4
        case serverOutput = 5
        case holder = 6
        case watchdog = 7
    }

    /// Makes ready whatever does not depend on the networks.
    ///
    /// - Throws: `Failure` when the sockets' directory or a privilege is missing.
    init(
        _ command: ServerCommand?, failover: Failover?, uplink: Uplink, directory: RuntimeDirectory, files: ServerFiles,
        grace: UInt64,
        discoveryUser: UInt32?, clock: StartClock, notification: consuming ServiceNotification
    ) throws(Failure) {
        firstCommand = command
        self.failover = failover
        if let failover { backoff = RestartBackoff(reset: failover.threshold.duration) }
        self.uplink = uplink
        self.grace = grace
        self.files = files
        self.clock = clock
        isLaunched = clock.isBeginningKnown
        outbox = Outbox(source: .netnsAgent, instance: UInt64.random(in: .min ... .max), capacity: 32)
        inbox = try Inbox(of: .netnsAgent, in: directory, from: Set([discoveryUser, User.current].compactMap(\.self)))
        do {
            peers = try Peers(in: directory)
            poller = try Poller()
            signals = try Signals([SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2])
            try poller.watch(signals.descriptor, for: .reading, token: Token.signals.rawValue)
            try poller.watch(inbox.descriptor, for: .reading, token: Token.inbox.rawValue)
            try notification.watch(with: poller, token: Token.watchdog.rawValue)
        } catch {
            throw .software("start", error)
        }
        self.notification = notification
        guard command != nil else { return }
        self.clock.begin(now: Clock.monotonic)
        namespaces = try Surroundings.Namespaces.make()
        self.clock.end(\.namespace, now: Clock.monotonic)
    }

    /// Works until it is told to stop or cannot go on, and gives the exit status.
    ///
    /// - Throws: `Failure` when something that is needed is missing.
    func run() throws(Failure) -> Int32 {
        log.tellVersion()
        outbox.append(.event(EventRecord(version: Version.text, at: Clock.realtime)))
        note("started", "netns-agent runs as process \(getpid())")
        if files.decision == .others {
            log.debug("what the server sees of the host's files is left to who started netns-agent")
        }
        while true {
            if case .leaving(let deadline, let status) = state {
                guard hasUnfinishedBusiness, Clock.monotonic < deadline else { return try end(status) }
            }
            do { try step() } catch { try fail(error) }
        }
    }

    private func end(_ status: Int32) throws(Failure) -> Int32 {
        if let failure { throw failure }
        return status
    }

    /// A first start that fails is recorded before the agent ends; what fails then, or later, ends it at once.
    private func fail(_ failure: Failure) throws(Failure) {
        if case .leaving = state { throw self.failure ?? failure }
        guard !hasBeenReady else { throw failure }
        self.failure = failure
        if !hasRecordedStart { recordStart(pid: 0, outcome: failure.message) }
        note("start-failed", failure.message)
        leave(status: failure.status.rawValue, because: failure.message)
    }

    private func step() throws(Failure) {
        do {
            let isHastening = hasten(now: Clock.monotonic)
            for index in try poller.wait(timeout: isHastening ? 0 : timeUntilDeadline(now: Clock.monotonic)) {
                try handle(poller[index])
            }
            try handleDeadline(now: Clock.monotonic)
            try watchReading(now: Clock.monotonic)
            tellServiceManager()
            try meetPeers(now: Clock.monotonic)
            try peers.send(&outbox)
        } catch {
            throw error as? Failure ?? Failure(.software, "\(error)")
        }
    }

    private func timeUntilDeadline(now: UInt64) -> UInt64? {
        let meeting = peers.areComplete ? nil : nextMeeting
        let sending = peers.nextSending(of: outbox, now: now)
        guard let deadline = [state.deadline, meeting, sending, nextReading(now: now)].compactMap(\.self).min() else {
            return nil
        }
        return deadline > now ? deadline - now : 0
    }

    /// How long until missing peers are tried again, in microseconds.
    static let meetingPause: UInt64 = 50_000
    /// How many times they are tried sooner, after `eagerMeetingPause` each time.
    static let eagerMeetings = 30
    private static let eagerMeetingPause: UInt64 = 10_000

    /// Connects to the peers that are missing, again and again until they are there.
    private func meetPeers(now: UInt64) throws(SystemError) {
        guard !peers.areComplete, now >= nextMeeting else { return }
        for peer in try meetPatiently() {
            if peer == .recorder { outbox.resendUnacknowledged() }
            if peer == .relay { try introduceStandby() }
            note("\(peer.component)-connected", "\(peer.component) is there")
        }
        nextMeeting = now + (eagerMeetings > 0 ? Self.eagerMeetingPause : Self.meetingPause)
        eagerMeetings = max(0, eagerMeetings - 1)
    }

    /// Connects to the peers that are missing; without descriptors or memory to none, and it is tried again.
    private func meetPatiently() throws(SystemError) -> [Peers.Peer] {
        let missing = Peers.Peer.allCases.filter { !peers.isConnected(to: $0) }
        do {
            let connected = try peers.connect(to: surroundings, in: poller)
            toldShortage = false
            return connected
        } catch {
            guard error.isShortage else { throw error }
            tellOfShortage("cannot connect relay and recorder: \(error)")
            for peer in missing { peers.disconnect(from: peer) }
            return []
        }
    }

    /// Says once what cannot be done just now.
    func tellOfShortage(_ text: String) {
        if !toldShortage { log.warning("\(text); it is tried again") }
        toldShortage = true
    }

    /// Whether the recorder does not have all records yet, or the relay no way to it: one that was just started again.
    private var hasUnfinishedBusiness: Bool {
        outbox.pending > 0 || peers.isConnected(to: .relay) && !peers.areComplete
    }

    /// The command of the server that serves or is to serve; nothing when others start it.
    var command: ServerCommand? { failover?.command ?? firstCommand }

    /// What the server is called.
    var serverName: String { command?.name ?? "the server" }

    /// Records an event.
    func note(_ kind: String, _ detail: String) {
        outbox.append(.event(EventRecord(happenedAt: Clock.realtime, kind: kind, detail: detail)))
    }
}

extension Agent.State {
    /// When something is to be done without anything happening.
    var deadline: UInt64? {
        switch self {
        case .waitingForNetworks, .waitingForNamespace, .waitingForServer, .ready: nil
        case .starting(let time), .draining(let time), .waitingToRestart(let time), .stopping(let time, _),
            .leaving(let time, _):
            time
        }
    }
}
