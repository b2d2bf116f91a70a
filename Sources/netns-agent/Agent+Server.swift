import Addresses
import Component
import Glibc
import Kernel
import Logging
import Messages
import Pacing

/// What the server goes through: surroundings, start, readiness, end.
extension Agent {
    /// Makes the surroundings for these networks and starts the server in them.
    ///
    /// - Throws: `Failure` when that cannot be done and never could; later it is tried again when discovery tells again.
    func settle(in networks: [AttachedNetwork]) throws {
        do {
            clock.begin(now: Clock.monotonic)
            // Those of before hold the port still.
            hostSides = []
            hostSides = try HostSide.all(of: networks, by: uplink)
            let (links, leftOut) = Link.fitting(hostSides.map(\.link))
            for (side, link) in zip(hostSides, links) { side.show(link) }
            tellOfLeftOut(leftOut)
            guard let command else { return try prepareForOthers() }
            surroundings = try Surroundings(
                hostSides, for: failover?.active ?? .first, in: namespaces.take() ?? Surroundings.Namespaces.make())
            clock.end(\.link, now: Clock.monotonic)
            try start(command)
            tellOfNetworks()
        } catch let failure as Failure where hasBeenReady {
            guard failure.message != toldFailure else { return }
            toldFailure = failure.message
            log.warning("\(failure.message)")
            note("surroundings-failed", failure.message)
        }
    }

    /// Says once that the server does not see everything.
    func tellOfLeftOut(_ count: Int) {
        if count > 0, !toldLeftOut {
            let words = "the host has too many addresses and routes: \(count) of them the server does not see"
            log.warning("\(words)")
            note("routes-left-out", words)
        }
        toldLeftOut = count > 0
    }

    func tellOfNetworks() {
        toldFailure = nil
        for link in hostSides.map(\.link) {
            log.notice(
                "\(serverName) sees this host's network: \(link.network), \(link.macAddress)\(link.furnishingWords)")
        }
    }

    private func start(_ command: ServerCommand) throws {
        guard let surroundings else { return }
        clock.begin(now: Clock.monotonic)
        hasteEnd = Clock.monotonic + Self.hasteTime
        (hasRecordedStart, hasToldDeafness, hadBeenReady) = (false, false, hasBeenReady)
        let server: Server
        startNumber &+= 1
        do { server = try launch(command, in: surroundings) } catch { return try startFailed(error) }
        clock.end(\.spawn, now: Clock.monotonic)
        self.server = server
        try poller.watch(server.ending, for: .reading, token: Token.serverEnding.rawValue)
        try poller.watch(server.output, for: .reading, token: Token.serverOutput.rawValue)
        state = .starting(check: Clock.monotonic + Self.checkInterval)
    }

    private func launch(_ command: ServerCommand, in surroundings: Surroundings) throws(SystemError) -> Server {
        let side = try side(in: surroundings)
        do {
            return try side.start(command, number: startNumber, seeing: files.view())
        } catch {
            guard files.giveUp(after: error) else { throw error }
            log.debug("the server sees all of the host's files: \(error)")
            return try side.start(command, number: startNumber, seeing: nil)
        }
    }

    private func startFailed(_ error: SystemError) throws {
        recordStart(pid: 0, outcome: "\(error)")
        guard hasBeenReady else {
            if let advice = files.advice(on: error) {
                throw Failure.unavailable("cannot start the server: \(error); \(advice)")
            }
            throw error.isPermissionDenied || error.isMissing
                ? Failure.unavailable("cannot start the server: \(error)")
                : Failure.software("start the server", error)
        }
        try recover(after: 0, because: "\(error)")
    }

    /// Lets a server that opens or closes its sockets wait for less; gives whether it does so.
    func hasten(now: UInt64) -> Bool {
        switch state {
        case .starting, .stopping:
            guard now < hasteEnd, let surroundings, let server else { return false }
            var isPossible = false
            do {
                isPossible = try surroundings.hasten(server.pid) { () throws(SystemError) in try isDone(server) }
            } catch {
                // Only time depends on it.
                log.warning("\(serverName) is not hastened: \(error)")
            }
            if !isPossible { hasteEnd = 0 }
            return isPossible
        case .waitingForNetworks, .waitingForNamespace, .waitingForServer, .waitingToRestart, .ready, .draining,
            .leaving:
            return false
        }
    }

    /// Whether there is nothing to hasten any more: a server has its sockets, or is gone with them, or has had its time.
    private func isDone(_ server: Server) throws(SystemError) -> Bool {
        guard Clock.monotonic < hasteEnd else { return true }
        if case .starting = state { return server.isListening(mindingPacketSockets: true) }
        return try server.hasEnded
    }

    /// For how long that is done at most, in microseconds: others wait longer meanwhile who configure a network.
    static let hasteTime: UInt64 = 200_000

    /// How often a server that starts is looked at, in microseconds.
    ///
    /// It takes some 10,000 to be ready.
    private static let checkInterval: UInt64 = 500

    /// How long binding packet sockets may take, in microseconds; 30,000 are usual.
    private static let bindingTime: UInt64 = 2_000_000

    func handleDeadline(now: UInt64) throws {
        guard let deadline = state.deadline, now >= deadline else { return }
        switch state {
        case .starting: try checkReadiness(now: now)
        case .draining: try drained()
        case .waitingToRestart:
            clock = StartClock(now: now)
            if let command { try start(command) }
        case .stopping(_, let next):
            log.warning("\(serverName) did not stop in time and is killed")
            try server?.signal(SIGKILL)
            state = .stopping(deadline: now + grace, next: next)
        case .waitingForNetworks, .waitingForNamespace, .waitingForServer, .ready, .leaving: break
        }
    }

    private func checkReadiness(now: UInt64) throws {
        guard let server else { return }
        let waited = clock.timeInPhase(now: now)
        guard server.isListening(mindingPacketSockets: waited < Self.bindingTime) else {
            guard !isOverdue(now: now) else {
                return try giveUp("is not ready after \(Failover.startTime / 1_000_000) s")
            }
            tellOfDeafness(of: server, after: waited)
            // A server that takes long gets looked at less and less often, up to ten times a second.
            state = .starting(check: now + min(max(Self.checkInterval, waited / 100), 100_000))
            return
        }
        noteReadiness(of: "\(serverName) (process \(server.pid))", pid: server.pid)
        try standByReady()
    }

    func noteReadiness(of server: String, pid: Int32) {
        let now = Clock.monotonic
        clock.finish(now: now)
        state = .ready(since: now)
        hasBeenReady = true
        recordStart(pid: pid, outcome: "ready")
        let milliseconds = Double(clock.phases.total ?? 0) / 1_000
        log.notice("\(server) is ready after \(milliseconds) ms and hears UDP port 67")
        note("server-ready", "\(server) hears UDP port 67")
    }

    func recordStart(pid: Int32, outcome: String) {
        hasRecordedStart = true
        let record = clock.record(
            of: command?.line, uplink: uplink, pid: pid, outcome: outcome, now: Clock.monotonic,
            realtime: Clock.realtime)
        outbox.append(.start(record))
    }

    func passOutput() throws {
        guard let server else { return }
        try passLines(of: server)
        // Asked of the pipe: what woke us may have been the end of the server before.
        if server.outputHasEnded { try poller.forget(server.output) }
    }

    private func passLines(of server: Server) throws(SystemError) {
        for line in try server.readLines() { StandardError.write("\(serverName): \(line)") }
    }

    /// The server's process has ended: everything it left goes too, and then comes what is due.
    func serverEnded() throws {
        guard let server, let exit = try server.exit() else { return }
        let leavesListener = server.leavesListener
        try server.sweep()
        try passLines(of: server)
        self.server = nil
        switch state {
        case .starting: try endedBeforeReady(exit, pid: server.pid)
        case .ready(let since):
            try endedAfterReady(
                ServerEnd(exit: exit, leavesListener: leavesListener, served: Clock.monotonic - since), pid: server.pid)
        case .draining:
            try endedAfterReady(ServerEnd(exit: exit, leavesListener: false, served: 0), pid: server.pid)
        case .stopping(_, let next):
            note("server-stopped", "\(serverName) (process \(server.pid)) \(exit.words)")
            try proceed(to: next)
        case .waitingForNetworks, .waitingForNamespace, .waitingForServer, .waitingToRestart, .leaving: break
        }
    }

    private func endedBeforeReady(_ exit: ChildProcess.Exit, pid: Int32) throws {
        recordStart(pid: pid, outcome: "\(exit.words) before it was ready")
        note("server-exited", "\(serverName) (process \(pid)) \(exit.words) before it was ready")
        guard !hasBeenReady, failover?.hasUntriedCommand != true else {
            return try recover(after: 0, because: "\(serverName) \(exit.words) before it was ready")
        }
        guard !ServerEnd(exit: exit, leavesListener: false, served: nil).isBackgrounding else {
            throw Failure(.usage, ServerEnd.advice(on: serverName))
        }
        log.error("\(serverName) \(exit.words) before it was ready\(unserved.map { "; \($0)" } ?? "")")
        leave(status: exit.code)
    }

    private func endedAfterReady(_ end: ServerEnd, pid: Int32) throws {
        let words = "\(serverName) \(end.exit.words)"
        note("server-exited", "\(serverName) (process \(pid)) \(end.exit.words)")
        if end.isBackgrounding { try refuseBackground() }
        log.warning("\(words); \(failover == nil ? "it is started again" : "the other takes over")")
        try recover(after: end.served ?? 0, because: words)
    }

    /// The server has ended: it, or the other of two, is started again.
    private func recover(after runTime: UInt64, because reason: String) throws {
        guard failover == nil else { return try succeed(after: runTime, because: reason) }
        try restartLater(after: runTime)
    }

    private func restartLater(after runTime: UInt64) throws {
        let delay = backoff.next(after: runTime)
        state = .waitingToRestart(at: Clock.monotonic + delay)
        try handleDeadline(now: Clock.monotonic)
    }

    /// Stops the server if it runs, then does what `next` says.
    func stop(then next: Next) throws {
        switch state {
        case .leaving(let deadline, let status):
            state = .leaving(deadline: min(deadline, Clock.monotonic + Self.handoverTime), status: status)
        case .stopping(let deadline, _):
            if case .leave = next { state = .stopping(deadline: deadline, next: next) }
            return
        case .starting, .ready, .draining:
            // Who starts the server stops it as well.
            guard let server else { return try proceed(to: next) }
            try server.signal(SIGTERM)
            hasteEnd = Clock.monotonic + Self.hasteTime
            state = .stopping(deadline: Clock.monotonic + grace, next: next)
        case .waitingForNetworks, .waitingForNamespace, .waitingForServer, .waitingToRestart: try proceed(to: next)
        }
    }

    private func proceed(to next: Next) throws {
        switch next {
        case .leave(let status): leave(status: status)
        case .succeed(let runTime): try succeed(after: runTime)
        case .move(let networks):
            peers.disconnect(from: .relay)
            surroundings = nil
            state = .waitingForNetworks
            clock = StartClock(now: Clock.monotonic)
            try settle(in: networks)
        }
    }

    /// How long the recorder may take to have what is left, in microseconds.
    private static let handoverTime: UInt64 = 1_000_000
    /// How long one may take that the launcher is about to start.
    private static let recorderStartTime: UInt64 = 5_000_000

    func leave(status: Int32) {
        answerRequest([.init("refused", "netns-agent stops")])
        let isExpected = isLaunched && !hasBeenReady && status != 0 && !peers.isConnected(to: .recorder)
        let time = isExpected ? Self.recorderStartTime : Self.handoverTime
        state = .leaving(deadline: Clock.monotonic + time, status: status)
    }
}
