internal import ArgumentParser
internal import Component
internal import LeaseStore
internal import Messages

/// The command line of the recorder.
@main
struct RecorderCommand: ComponentCommand {
    static let component = ComponentName.recorder
    static let standardDatabase = "/var/lib/middle-sock/middle-sock.sqlite"
    static let configuration = CommandConfiguration(
        commandName: "recorder",
        abstract: "Stores packets, leases, starts and events in SQLite; prints what is stored.",
        discussion: "Without a subcommand it runs until it gets SIGTERM. Options can also come from the environment: "
            + "MIDDLE_SOCK_RUNTIME_DIRECTORY, MIDDLE_SOCK_DATABASE, MIDDLE_SOCK_METRICS_LISTEN, "
            + "MIDDLE_SOCK_KEEP_PACKETS=30d, MIDDLE_SOCK_MAX_SIZE=2GiB, MIDDLE_SOCK_MAX_BACKLOG=256MiB, MIDDLE_SOCK_NO_FRAMES=yes.",
        subcommands: [
            LeasesCommand.self, StartsCommand.self, PacketsCommand.self, EventsCommand.self,
            FollowCommand.self, ExportCommand.self, ReportCommand.self, MetricsCommand.self,
            StatusSubcommand<RecorderCommand>.self,
        ])

    @OptionGroup var directory: DirectoryOption

    @Option(help: "The database; its directory must be there.")
    var database = Self.standardDatabase

    @OptionGroup var retention: RetentionOptions

    @Option(
        help: ArgumentHelp(
            "Serve metrics for Prometheus at this address, such as 127.0.0.1:9467; nowhere if none is named.",
            valueName: "address"))
    var metricsListen: ListeningAddress?

    static func environmentOptions(of subcommand: String?) -> [EnvironmentOption] {
        switch subcommand {
        case nil:
            [.value("runtime-directory"), .value("database"), .value("metrics-listen")] + RetentionOptions.environment
        case "status": [.value("runtime-directory")]
        default: [.value("database")]
        }
    }

    func run() throws {
        let logger = StandardErrorLog.logger(of: .recorder)
        try RecorderIsolation.renouncePrivileges()
        var service = try RecorderService.open(
            directory: directory.runtimeDirectory, database: database, keeping: Retention(retention),
            backlogLimit: retention.backlogLimit, notification: ServiceNotification(logger: logger), log: logger)
        try RecorderIsolation.confineFiles(
            database: database, directory: directory.runtimeDirectory, servesMetrics: metricsListen != nil,
            logger: logger)
        // Behind the service, which has blocked the signals: they are for this thread.
        let metrics = try metricsListen.map { address in try MetricsServer(at: address, database: database) }
        try RecorderIsolation.confineSystemCalls(servesMetrics: metrics != nil)
        try metrics?.begin()
        try service.run()
    }
}

extension RetentionOptions {
    /// How many bytes may be kept aside: they count as part of the database, of which most is to stay for packets.
    fileprivate var backlogLimit: Int64 { min(maxBacklog.bytes, maxSize.map { $0.bytes / 4 } ?? .max) }
}

extension Retention {
    /// What the options say.
    fileprivate init(_ options: RetentionOptions) {
        self.init(
            age: options.keepPackets?.microseconds, size: options.maxSize?.bytes, keepsFrames: !options.noFrames)
    }
}
