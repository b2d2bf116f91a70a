internal import CommandLine
internal import Diagnostics
internal import Glibc
internal import Kernel
internal import Logging
internal import Messages
internal import Service

/// Starts the components and does with them what `Supervision` decides, until all have ended.
struct Launcher: ~Copyable {
    /// A component that runs.
    private final class Running: Sendable {
        let process: ChildProcess

        init(_ program: Program) throws(SystemError) {
            process = try ChildProcess(program)
        }
    }

    /// What the poller knows things as; a component goes by its number on the wire, which is never 0 and one byte.
    private enum Token {
        static let signals: UInt64 = 0
        static let watchdog: UInt64 = 256
        static let reports: UInt64 = 257
    }

    private let launch: Launch
    private let sockets: SocketDirectory
    private let logger: Logger
    private let signals: Signals
    private var notification: ServiceNotification
    private let reports: AgentReports
    private var poller: Poller
    private var supervision: Supervision
    private var running: [ComponentName: Running] = [:]
    private var hasTold = false
    private var hasNotedStop = false

    /// Runs everything until all has ended, and gives the exit status.
    ///
    /// - Parameters:
    ///   - sockets: where the components talk, with what they get as their standard input.
    ///   - notification: the way to the service manager that started this, if there is one.
    ///   - startedAt: when the start began, in microseconds of the monotonic clock.
    static func run(
        _ launch: Launch, in sockets: SocketDirectory, notification: consuming ServiceNotification,
        startedAt: UInt64, logger: Logger
    ) throws(Failure) -> Int32 {
        try sockets.awaitOthersEnd(logger: logger)
        do {
            var launcher = try Launcher(
                launch, in: sockets, notification: notification, startedAt: startedAt, logger: logger)
            return try launcher.run(startedAt: startedAt)
        } catch {
            throw .software("cannot watch the components", error)
        }
    }

    private init(
        _ launch: Launch, in sockets: SocketDirectory, notification: consuming ServiceNotification,
        startedAt: UInt64, logger: Logger
    ) throws(SystemError) {
        let signals = try Signals([SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD])
        let poller = try Poller()
        reports = try AgentReports(in: launch.runtimeDirectory)
        self.notification = notification
        self.launch = launch
        self.sockets = sockets
        self.logger = logger
        self.signals = signals
        self.poller = poller
        supervision = Supervision(grace: launch.grace.microseconds, from: startedAt)
    }

    private mutating func run(startedAt: UInt64) throws(SystemError) -> Int32 {
        try poller.watch(signals.descriptor, for: .reading, token: Token.signals)
        try notification.watch(with: poller, token: Token.watchdog)
        try reports.watch(with: poller, token: Token.reports)
        var status = try perform(supervision.advance(to: startedAt), at: startedAt)
        while true {
            if let status { return status }
            status = try step()
        }
    }

    private mutating func step() throws(SystemError) -> Int32? {
        let now = Clock.monotonic
        let ready = try poller.wait(timeout: supervision.nextDeadline.map { $0 > now ? $0 - now : 0 })
        var actions: [Supervision.Action] = []
        for index in ready {
            switch poller[index].token {
            case Token.signals: actions += try receiveSignals()
            case Token.watchdog: try notification.keepAlive()
            case Token.reports: actions += try passReportsOn()
            case let component: actions += try collect(component)
            }
        }
        try Orphans.collect(sparing: Set(running.values.map { $0.process.pid }))
        if supervision.isStopping, !hasNotedStop {
            hasNotedStop = true
            sockets.noteStop(logger: logger)
        }
        let later = Clock.monotonic
        return try perform(actions + supervision.advance(to: later), at: later)
    }

    private mutating func receiveSignals() throws(SystemError) -> [Supervision.Action] {
        var actions: [Supervision.Action] = []
        while let signal = try signals.next() {
            if [SIGTERM, SIGINT].contains(signal) { notification.stopping() }
            actions += supervision.received(signal, at: Clock.monotonic)
        }
        return actions
    }

    /// The whole is ready when netns-agent is.
    private mutating func passReportsOn() throws(SystemError) -> [Supervision.Action] {
        var actions: [Supervision.Action] = []
        for report in try reports.take(of: running[.netnsAgent]?.process.pid ?? 0) {
            if report.isFailing { supervision.agentFails(because: report.status) }
            if report.isReady {
                notification.ready(report.status)
                actions += supervision.serverIsReady(at: Clock.monotonic)
            } else {
                notification.show(report.status)
            }
        }
        return actions
    }

    private mutating func collect(_ token: UInt64) throws(SystemError) -> [Supervision.Action] {
        guard let component = ComponentName(rawValue: UInt8(token)), let exit = try running[component]?.process.exit()
        else { return [] }
        // It may have said why just before.
        let actions = component == .netnsAgent ? try passReportsOn() : []
        // Its descriptor is closed with it, and so forgotten by the poller.
        running[component] = nil
        return actions + supervision.ended(component, .exit(exit), at: Clock.monotonic)
    }

    /// Does one after the other, and what follows from it; gives the exit status once all has ended.
    private mutating func perform(_ actions: [Supervision.Action], at now: UInt64) throws(SystemError) -> Int32? {
        for action in actions {
            switch action {
            case .start(let component):
                if let status = try start(component, at: now) { return status }
            case .signal(let component, let signal): try running[component]?.process.signal(signal)
            case .log(let level, let text): logger.log(level: level, "\(text)")
            case .finish(let status): return status
            }
        }
        return nil
    }

    private mutating func start(_ component: ComponentName, at now: UInt64) throws(SystemError) -> Int32? {
        var program = launch.program(of: component, startedAt: now)
        program.input = sockets.lifetime.rawValue
        do {
            let started = try Running(program)
            try poller.watch(started.process.descriptor, for: .reading, token: UInt64(component.rawValue))
            running[component] = started
            tellWhatRuns()
            return nil
        } catch {
            let reason = "\(error); middle-sock looked in \(launch.programs)"
            return try perform(supervision.ended(component, .notStarted(reason), at: Clock.monotonic), at: now)
        }
    }

    /// Tells once, when everything has been started for the first time.
    private mutating func tellWhatRuns() {
        guard !hasTold, running.count == ComponentName.launched.count else { return }
        hasTold = true
        let users = launch.users
        logger.info(
            """
            started netns-agent as root, relay, recorder and discovery as users \(users.relay.user), \
            \(users.recorder.user) and \(users.discovery.user); sockets in \(launch.runtimeDirectory.path), database \
            \(launch.database)
            """)
    }
}
