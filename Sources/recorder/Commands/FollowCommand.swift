internal import ArgumentParser
internal import Diagnostics
internal import Glibc
internal import Kernel
internal import LeaseStore
internal import Messages
internal import Reading
internal import Service
internal import Time

/// `recorder follow`.
struct FollowCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow", abstract: "Prints packets as they come, until it is interrupted.",
        discussion: """
            A line says when, where, from which to which address, what is said, by which server (option 54) and about \
            which address. Times are local (TZ), or UTC with '--utc'. With '--since' it begins with packets that are stored \
            already. SIGTERM and SIGINT end it.

            \(TimeExpression.explanation)

            Examples:
              recorder follow
              recorder follow --mac 02:00:00:00:51:01 --since 10m

            \(closing)
            """)

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var database: DatabaseOption
    @OptionGroup var subject: SubjectOptions
    @OptionGroup var zone: ZoneOption

    @Option(
        help: ArgumentHelp("Begin with the packets from this time on.", valueName: "time"),
        transform: TimeExpression.parse)
    var since: TimeExpression?

    func run() throws {
        var period = PeriodOptions()
        period.since = since
        period.until = nil
        var filter = try period.filter()
        subject.narrow(&filter)
        do {
            let tail = try LeaseReader(path: database.path(in: parent)).tail(where: filter)
            let loop = try ServiceLoop(
                signals: [SIGTERM, SIGINT], notification: .toNobody(logger: StandardErrorLog.logger(of: .recorder)))
            var follower = Follower(tail, zone.zone, loop)
            try follower.run()
        } catch let error as LeaseStoreError {
            throw Failure.unavailable("\(error)")
        }
    }
}

/// Prints what is added to the database.
private struct Follower: ~Copyable {
    /// How long to wait before looking again, in microseconds: soon enough for people, and a look is a few microseconds
    /// of work.
    private static let interval: UInt64 = 200_000

    private var tail: PacketTail
    private let zone: TimeZone
    private let output: Descriptor
    private let loop: ServiceLoop

    private enum Source: UInt64, EventSource {
        case output
    }

    init(_ tail: PacketTail, _ zone: TimeZone, _ loop: ServiceLoop) {
        (self.tail, self.zone, self.loop) = (tail, zone, loop)
        output = Descriptor(owning: STDOUT_FILENO)
    }

    private func watch() throws(SystemError) {
        do {
            try loop.poller.watch(output, for: .failure, token: Source.output.token)
        } catch {
            // A file has no reader that could leave, and cannot be watched.
            guard error.isPermissionDenied else { throw error }
        }
    }

    /// Prints until a signal comes or nobody reads any more.
    mutating func run() throws {
        try watch()
        do {
            while true {
                try printWhatCame()
                let now = Clock.monotonic
                guard try loop.wait(until: now + Self.interval, from: now).isEmpty else { return }
            }
        } catch let error as SystemError where error.isNobodyThere {
            // As with `follow | head`: nobody wants more.
        }
    }

    private mutating func printWhatCame() throws {
        guard var pages = try tail.next() else { return }
        while let page = try pages.nextPage() {
            try output.write(Array(page.map { $0.line(in: zone) + "\n" }.joined().utf8))
        }
    }
}
