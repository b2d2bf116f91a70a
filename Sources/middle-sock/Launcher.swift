internal import CommandLine
internal import Diagnostics
internal import Doors
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

    /// What can wake the launcher up.
    private enum Source: EventSource {
        /// A component has ended.
        case component(ComponentName)
        /// netns-agent tells how it is.
        case reports

        /// That of a component is its number on the wire, which is never 0.
        var token: UInt64 {
            switch self {
            case .component(let name): UInt64(name.rawValue)
            case .reports: 0
            }
        }

        init?(token: UInt64) {
            guard token != 0 else {
                self = .reports
                return
            }
            guard let name = UInt8(exactly: token).flatMap(ComponentName.init(rawValue:)) else { return nil }
            self = .component(name)
        }
    }

    private let launch: Launch
    private let sockets: SocketDirectory
    private let logger: Logger
    private let loop: ServiceLoop
    private let reports: ComponentReports
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
        let signals = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD]
        let loop = try ServiceLoop(signals: signals, notification: notification)
        do {
            var launcher = try Launcher(launch, in: sockets, loop, startedAt: startedAt, logger: logger)
            return try launcher.run(startedAt: startedAt)
        } catch {
            throw .software("cannot watch the components", error)
        }
    }

    private init(
        _ launch: Launch, in sockets: SocketDirectory, _ loop: ServiceLoop, startedAt: UInt64, logger: Logger
    ) throws(SystemError) {
        reports = try ComponentReports(in: launch.runtimeDirectory)
        self.launch = launch
        self.sockets = sockets
        self.logger = logger
        self.loop = loop
        supervision = Supervision(grace: launch.grace.microseconds, from: startedAt, components: launch.components)
    }

    private mutating func run(startedAt: UInt64) throws(SystemError) -> Int32 {
        try reports.watch(with: loop.poller, token: Source.reports.token)
        var status = try perform(supervision.advance(to: startedAt), at: startedAt)
        while true {
            if let status { return status }
            status = try step()
        }
    }

    private mutating func step() throws(SystemError) -> Int32? {
        let now = Clock.monotonic
        var actions: [Supervision.Action] = []
        for index in try loop.wait(until: supervision.nextDeadline, from: now) {
            switch try loop.event(index) {
            case .signal: actions += try receiveSignals()
            case .source(let event): actions += try handle(event)
            case .letter, nil: break
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

    private mutating func handle(_ event: Poller.Event) throws(SystemError) -> [Supervision.Action] {
        switch Source(token: event.token) {
        case .reports: try passReportsOn()
        case .component(let component): try collect(component)
        case nil: []
        }
    }

    private mutating func receiveSignals() throws(SystemError) -> [Supervision.Action] {
        var actions: [Supervision.Action] = []
        while let signal = try loop.nextSignal() {
            if [SIGTERM, SIGINT].contains(signal) { loop.notification.stopping() }
            actions += supervision.received(signal, at: Clock.monotonic)
        }
        return actions
    }

    /// The whole is ready when netns-agent is.
    private mutating func passReportsOn() throws(SystemError) -> [Supervision.Action] {
        var actions: [Supervision.Action] = []
        let tellers = ComponentReports.tellers.compactMap { teller in running[teller].map { ($0.process.pid, teller) } }
        for (teller, report) in try reports.take(of: Dictionary(uniqueKeysWithValues: tellers)) {
            if report.isFailing { supervision.fails(teller, because: report.status) }
            guard teller == .netnsAgent else { continue }
            if report.isReady {
                loop.notification.ready(report.status)
                actions += supervision.serverIsReady(at: Clock.monotonic)
            } else {
                loop.notification.show(report.status)
            }
        }
        return actions
    }

    private mutating func collect(_ component: ComponentName) throws(SystemError) -> [Supervision.Action] {
        guard let exit = try running[component]?.process.exit() else { return [] }
        // It may have said why just before.
        let actions = ComponentReports.tellers.contains(component) ? try passReportsOn() : []
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
            try loop.poller.watch(
                started.process.descriptor, for: .reading, token: Source.component(component).token)
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
        guard !hasTold, running.count == launch.components.count else { return }
        hasTold = true
        let users = launch.users
        let more = launch.doors.isEmpty ? "" : ", proxy as user \(users.proxy.user)"
        logger.info(
            """
            started netns-agent as root, relay, recorder and discovery as users \(users.relay.user), \
            \(users.recorder.user) and \(users.discovery.user)\(more); sockets in \(launch.runtimeDirectory.path), database \
            \(launch.database)
            """)
    }
}
