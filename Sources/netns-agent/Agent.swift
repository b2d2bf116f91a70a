import CommandLine
import Diagnostics
import Doors
import Glibc
import Kernel
import Logging
import Messages
import Pacing
import ServerLife
import Service

/// netns-agent at work: one thread, one poller.
///
/// What the server goes through is decided by `ServerLife`. What happens is told to it in `Agent+Events.swift`, what is to be
/// done is done in `Agent+Actions.swift` and, where others start the server, `Agent+ExternalServer.swift`.
final class Agent {
    let servers: Servers
    /// What the servers go through.
    var life: ServerLife
    var files: ServerFiles
    let log = StandardErrorLog.logger(of: .netnsAgent)
    let peers: Peers
    let loop: ServiceLoop
    var outbox: Outbox
    var clock: StartClock

    /// The namespaces made ahead of the networks, until these are known.
    var namespaces: Surroundings.Namespaces?
    var host: ServedNetworks
    var surroundings: Surroundings?
    var server: Server?
    /// The number of the last start; it begins anywhere, for an agent before may have left a server's files.
    var startNumber = UInt32.random(in: .min ... .max)
    var haste = Haste()
    /// Whether the one of two servers that serves reads and answers.
    var reading: ServerReading?
    /// Who holds the namespace for a server that others start.
    var holder: Holder?
    /// When people are told that others hold namespaces too.
    var holderNotices = NoticePace()
    /// Those who asked for the other server.
    var requests = FailoverRequests()
    var discovery = DiscoveryPresence()
    var shortage = Shortage()
    /// What the server speaks beside DHCP.
    let doors: DoorKeeper
    /// How it ended.
    var ending: ServerLife.Ending?

    /// Makes ready whatever does not depend on the networks.
    ///
    /// - Parameter grace: how long the server may take to stop, in microseconds.
    /// - Throws: `Failure` when the sockets' directory or a privilege is missing.
    init(
        _ servers: Servers, _ doors: Doors = .none, uplink: Uplink, directory: RuntimeDirectory, files: ServerFiles,
        grace: UInt64,
        discoveryUser: UInt32?, clock: StartClock, notification: consuming ServiceNotification
    ) throws(Failure) {
        self.servers = servers
        life = ServerLife(servers.arrangement, grace: grace, isLaunched: clock.isBeginningKnown)
        reading = servers.threshold.map { ServerReading($0.duration) }
        host = ServedNetworks(by: uplink)
        self.files = files
        self.doors = DoorKeeper(doors, in: directory)
        self.clock = clock
        outbox = Outbox(source: .netnsAgent, instance: UInt64.random(in: .min ... .max), capacity: 32)
        loop = try ServiceLoop(
            signals: [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2],
            inbox: Inbox(of: .netnsAgent, in: directory, from: Set([discoveryUser, User.current].compactMap(\.self))),
            notification: notification)
        do { peers = try Peers(in: directory) } catch { throw .software("start", error) }
        guard servers.arrangement != .external else { return }
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
        note(.started, "netns-agent runs as process \(getpid())")
        if files.decision == .others {
            log.debug("what the server sees of the host's files is left to who started netns-agent")
        }
        while true {
            do { try step() } catch {
                // What cannot even be told ends it at once.
                do { try tell(.failed(.init(.unexpected(error)))) } catch { throw .unexpected(error) }
            }
            if let ending { return try ending.status() }
        }
    }

    private func step() throws {
        let isHastening = hasten()
        let now = Clock.monotonic
        for index in try loop.wait(until: isHastening ? now : nextDeadline(now: now), from: now) {
            if let event = try loop.event(index) { try handle(event) }
        }
        if let deadline = life.deadline, Clock.monotonic >= deadline { try tell(.deadline) }
        try watchReading(now: Clock.monotonic)
        try tendDoors(now: Clock.monotonic)
        loop.notification.show(life, process: server?.pid, host)
        try meetPeers(now: Clock.monotonic)
        try peers.send(&outbox)
        if case .leaving = life.state, !hasUnfinishedBusiness { try tell(.delivered) }
    }

    private func nextDeadline(now: UInt64) -> UInt64? {
        let sending = peers.nextSending(of: outbox, now: now)
        return [life.deadline, peers.nextMeeting, sending, nextReading(now: now), doors.deadline(now: now)]
            .compactMap(\.self).min()
    }

    /// Connects to the peers that are missing, again and again until they are there; without descriptors or memory to none.
    private func meetPeers(now: UInt64) throws {
        guard peers.isMeetingDue(now: now) else { return }
        let connected: [Peers.Peer]
        do { connected = try peers.meet(in: surroundings, loop.poller, now: now) } catch {
            guard error.isShortage else { throw error }
            return shortage.tell("cannot connect relay and recorder: \(error)", log)
        }
        shortage.end()
        for peer in connected {
            switch peer {
            case .recorder:
                outbox.resendUnacknowledged()
                try tell(.recorder(isThere: true))
            case .relay: try introduceStandby()
            }
            note(peer == .relay ? .relayConnected : .recorderConnected, "\(peer.component) is there")
        }
    }

    /// Whether the recorder does not have all records yet, or the relay no way to it: one that was just started again.
    private var hasUnfinishedBusiness: Bool {
        outbox.pending > 0 || peers.isConnected(to: .relay) && !peers.areComplete
    }

    /// The command of the server that serves or is to serve; nothing when others start it.
    var command: ServerCommand? { servers.command(at: life.active) }

    /// Records an event.
    func note(_ kind: EventKind, _ detail: String) {
        outbox.append(.event(EventRecord(happenedAt: Clock.realtime, kind: kind, detail: detail)))
    }
}
