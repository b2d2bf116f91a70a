internal import ArgumentParser
internal import Component
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
            + "MIDDLE_SOCK_RUNTIME_DIRECTORY, MIDDLE_SOCK_DATABASE.",
        subcommands: [
            LeasesCommand.self, StartsCommand.self, PacketsCommand.self, EventsCommand.self,
            FollowCommand.self, ExportCommand.self, StatusSubcommand<RecorderCommand>.self,
        ])

    @Option(help: "The directory with the sockets of the components.")
    var runtimeDirectory = RuntimeDirectory(RuntimeDirectory.standard)

    @Option(help: "The database; its directory must be there.")
    var database = Self.standardDatabase

    static func environmentOptions(of subcommand: String?) -> [EnvironmentOption] {
        switch subcommand {
        case nil: [.value("runtime-directory"), .value("database")]
        case "status": [.value("runtime-directory")]
        default: [.value("database")]
        }
    }

    func run() throws {
        var service = try RecorderService.open(
            directory: runtimeDirectory, database: database, log: StandardErrorLog.logger(of: .recorder))
        try service.run()
    }
}
