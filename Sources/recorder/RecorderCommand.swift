internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import Kernel
internal import LeaseStore
internal import Messages
internal import Reading
internal import Service

/// The command line of the recorder.
@main
struct RecorderCommand: ComponentCommand, LoggingCommand {
    static let component = ComponentName.recorder
    static let standardDatabase = "/var/lib/middle-sock/middle-sock.sqlite"
    static let configuration = CommandConfiguration(
        commandName: "recorder",
        abstract: "Stores packets, leases, starts and events in SQLite; prints what is stored.",
        usage: """
            recorder [OPTION]...
            recorder leases|starts|packets|events|follow [OPTION]...
            recorder export --pcapng FILE [OPTION]...
            recorder report --output DIRECTORY [OPTION]...
            recorder metrics [OPTION]...
            recorder status [OPTION]...
            """,
        discussion: """
            Without a subcommand it stores what netns-agent and relay tell it, until it gets SIGTERM, SIGINT or SIGHUP. It needs \
            no privilege and no network. While it is away the others keep what they have to tell, within a bound.

            Told to stop, it goes on for a second, in which others that are stopping too show it, and then until the \
            last of them has ended, twelve seconds at most. A second signal ends it at once.

            With a subcommand it prints what is stored, also while another recorder stores. The tables and views can be \
            queried with sqlite3 as well.

            Examples:
              recorder --keep-packets 90d --max-size 20GiB --keep-leases forever
              recorder leases --current
              sqlite3 -readonly /var/lib/middle-sock/middle-sock.sqlite \\
                  'SELECT * FROM current_leases'

            \(EnvironmentOption.section(on: environmentOptions))

            Files:
              /var/lib/middle-sock/middle-sock.sqlite
                  the database
              /run/middle-sock/recorder.sock
                  where netns-agent gives it the channels on which it is told

            Exit status:
              0   it was asked to stop
              64  wrong usage
              69  the database cannot be opened, or another recorder runs
              70  a fault of recorder
            """,
        version: Version.line(of: component),
        subcommands: [
            LeasesCommand.self, StartsCommand.self, PacketsCommand.self, EventsCommand.self,
            FollowCommand.self, ExportCommand.self, ReportCommand.self, MetricsCommand.self,
            StatusSubcommand<RecorderCommand>.self,
        ])

    @OptionGroup var directory: DirectoryOption

    @Option(
        help: ArgumentHelp("The database; its directory must be there.", valueName: "path"), completion: .file())
    var database = Self.standardDatabase

    @OptionGroup var retention: RetentionOptions

    @Option(
        help: ArgumentHelp(
            "Serve metrics for Prometheus at this address, such as 127.0.0.1:9467; nowhere if none is named.",
            valueName: "address"))
    var metricsListen: ListeningAddress?

    @OptionGroup var logging: LogOptions

    static let environmentOptions: [EnvironmentOption] =
        DirectoryOption.environment + [.value("database"), .value("metrics-listen")] + RetentionOptions.environment
        + LogOptions.environment

    func run() throws {
        let logger = StandardErrorLog.logger(of: .recorder)
        try RecorderIsolation.renouncePrivileges()
        let helper = WorkerThread()
        var service = try RecorderService.open(
            directory: directory.runtimeDirectory, database: database, keeping: Retention(retention),
            helper: helper, notification: ServiceNotification(logger: logger), log: logger)
        try RecorderIsolation.confineFiles(
            database: database, directory: directory.runtimeDirectory, servesMetrics: metricsListen != nil,
            logger: logger)
        // Behind the service, which has blocked the signals: they are for this thread.
        do { try helper.start(named: "long-log") } catch { throw Failure.software("cannot start a thread", error) }
        let metrics = try metricsListen.map { address in
            try MetricsServer(at: address, of: TotalsSource(path: database))
        }
        try RecorderIsolation.confineSystemCalls(servesMetrics: metrics != nil)
        try metrics?.begin()
        try service.run()
    }
}
