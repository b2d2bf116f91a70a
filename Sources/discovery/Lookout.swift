internal import Component
internal import Glibc
internal import Kernel
internal import Logging
internal import Messages

/// Reads the networks again and again, until a signal ends it.
///
/// It polls, although the kernel announces every change over netlink, because the host's files may be mounted into a
/// container, from /proc/1/net. A mounted file follows the host but gives no notification, and a netlink socket would
/// announce the changes of the container's own network namespace.
struct Lookout: ~Copyable {
    private let survey: Survey
    private let outlet: Outlet
    private let logger: Logger
    private var wakening: Wakening

    /// Makes a lookout that reads the networks through the survey and tells them through the outlet.
    ///
    /// - Throws: `Failure` (70) if it cannot wait for signals.
    init(
        survey: Survey, outlet: consuming Outlet, notification: consuming ServiceNotification, logger: Logger
    ) throws(Failure) {
        wakening = try Wakening(notification)
        self.survey = survey
        self.outlet = outlet
        self.logger = logger
    }

    /// Tells the networks until SIGTERM or SIGINT comes.
    ///
    /// - Throws: `Failure` (69) if the first look finds no network, or if standard output does not take them.
    mutating func run() throws(Failure) {
        var watch = Watch(try survey.networks())
        logger.tellVersion()
        try outlet.print(watch.networks)
        send(&watch)
        wakening.notification.ready(watch.occupation)
        while try !wakening.isToldToStop(within: watch.pause(now: Clock.monotonic)) {
            let look = survey.look()
            let (isChange, notices) = watch.take(look.finding, elapsed: look.elapsed)
            say(notices)
            if isChange { try outlet.print(watch.networks) }
            send(&watch)
            wakening.notification.show(watch.occupation)
        }
        wakening.notification.stopping()
    }

    /// Sends the networks even if they have not changed, because the receiver may have been restarted.
    private func send(_ watch: inout Watch) {
        guard let receiver = outlet.receiver else { return }
        say(watch.take(outlet.send(watch.networks, to: receiver), receiver: receiver, now: Clock.monotonic))
    }

    private func say(_ notices: [Notice]) {
        for notice in notices { logger.log(level: notice.isWarning ? .warning : .info, "\(notice.text)") }
    }
}

/// Waits between two looks, for signals that ask to stop and for the service manager's watchdog.
private struct Wakening: ~Copyable {
    private let signals: Signals
    private var poller: Poller
    var notification: ServiceNotification

    private enum Token: UInt64 {
        case signals
        case watchdog
    }

    /// Blocks the signals: from now on they wait here and do not end the process.
    init(_ notification: consuming ServiceNotification) throws(Failure) {
        do throws(SystemError) {
            let signals = try Signals(Signals.stopping)
            let poller = try Poller(capacity: 2)
            try poller.watch(signals.descriptor, for: .reading, token: Token.signals.rawValue)
            try notification.watch(with: poller, token: Token.watchdog.rawValue)
            self.signals = signals
            self.poller = poller
            self.notification = notification
        } catch {
            throw .software("cannot wait for signals", error)
        }
    }

    /// Waits at most `timeout` microseconds, and returns whether a signal to stop came.
    mutating func isToldToStop(within timeout: UInt64) throws(Failure) -> Bool {
        do throws(SystemError) {
            var isTold = false
            for index in try poller.wait(timeout: timeout) {
                switch Token(rawValue: poller[index].token) {
                case .signals: isTold = try signals.next() != nil
                case .watchdog: try notification.keepAlive()
                case nil: break
                }
            }
            return isTold
        } catch {
            throw .software("cannot wait for signals", error)
        }
    }
}
