internal import Diagnostics
internal import Glibc
internal import Kernel
internal import Logging
internal import Messages
internal import Service

/// Reads the networks when the kernel tells of a change, until a signal ends it.
///
/// Where the host's files are mounted into a container, from /proc/1/net, it reads them again and again: such a file follows
/// the host but gives no notification, and a netlink socket would announce the changes of the container's own network
/// namespace.
struct Lookout: ~Copyable {
    private let survey: Survey
    private let outlet: Outlet
    private let logger: Logger
    private var wakening: Wakening
    private var pace = LookPace()

    /// Makes a lookout that reads the networks through the survey and tells them through the outlet.
    ///
    /// - Parameter changes: what tells that there is something new; nothing where that has to be found out.
    /// - Throws: `Failure` (70) if it cannot wait for signals.
    init(
        survey: Survey, outlet: consuming Outlet, changes: consuming NetworkChanges?,
        notification: consuming ServiceNotification, logger: Logger
    ) throws(Failure) {
        wakening = try Wakening(changes, notification)
        self.survey = survey
        self.outlet = outlet
        self.logger = logger
    }

    /// Tells the networks until SIGTERM or SIGINT comes.
    ///
    /// - Throws: `Failure` (69) if the first look finds no network, or if standard output does not take them.
    mutating func run() throws(Failure) {
        var watch = Watch(try firstNetworks())
        logger.tellVersion()
        try outlet.print(watch.networks)
        try send(&watch)
        wakening.loop.notification.ready(watch.occupation)
        while try waitForLook(&watch) {
            let begin = Clock.monotonic
            try wakening.listenAgain()
            let look = survey.look()
            let (isChange, notices) = watch.take(look.observation, elapsed: look.elapsed)
            say(notices)
            if isChange { try outlet.print(watch.networks) }
            try send(&watch)
            pace.noteLook(from: begin, to: Clock.monotonic)
            wakening.loop.notification.show(watch.occupation)
        }
        wakening.loop.notification.stopping()
    }

    /// What cannot be served from the beginning ends it, and whoever waits for it is told why.
    private mutating func firstNetworks() throws(Failure) -> Networks {
        do throws(Failure) {
            return try survey.networks()
        } catch {
            wakening.loop.notification.failing(error.message, status: error.status.rawValue)
            throw error
        }
    }

    /// Waits until a look is due; false when it was told to stop.
    private mutating func waitForLook(_ watch: inout Watch) throws(Failure) -> Bool {
        var now = Clock.monotonic
        // From the last look, not from whatever else wakes it up.
        let pause = watch.pause(now: now, hearsChanges: wakening.hearsChanges)
        var deadline = pause.map { now + $0 }
        while true {
            let causes = try wakening.wait(until: pace.next(before: deadline), from: now)
            now = Clock.monotonic
            if causes.contains(.stop) { return false }
            if causes.contains(.change) { pace.noteChange(now: now) }
            if causes.contains(.forgotten) {
                watch.noteForgotten(now: now)
                deadline = watch.pause(now: now, hearsChanges: true).map { now + $0 }
            }
            if now >= min(deadline ?? .max, pace.due ?? .max) { return true }
        }
    }

    /// Sends the networks even if they have not changed: the receiver may have been restarted, and looks itself at all that
    /// these do not tell.
    private mutating func send(_ watch: inout Watch) throws(Failure) {
        guard let receiver = outlet.receiver else { return }
        let now = Clock.monotonic
        guard wakening.hearsChanges else {
            return say(watch.take(outlet.send(watch.networks, to: receiver), receiver: receiver, now: now))
        }
        let delivery = try wakening.passToken { outlet.send(watch.networks, to: receiver, with: $0) }
        say(watch.take(delivery, receiver: receiver, now: now))
    }

    private func say(_ notices: [Notice]) {
        for notice in notices { logger.log(level: notice.isWarning ? .warning : .info, "\(notice.text)") }
    }
}
