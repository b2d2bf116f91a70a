internal import ArgumentParser
internal import Diagnostics
internal import Glibc
internal import Kernel
internal import LeaseStore
internal import Messages
internal import Reading
internal import Service

/// `recorder metrics`.
struct MetricsCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Prints counters and states in the text format of Prometheus.",
        discussion: """
            With '--listen' it answers GET /metrics over HTTP until it is stopped by SIGTERM or SIGINT. Whoever reaches \
            the address can read all of them; no client is named in them. Started by root it becomes the user whose \
            database it is, so the port is one from 1024 on.

            Examples:
            For node_exporter's textfile collector, from cron or a systemd timer:
              recorder metrics \\
                  --output /var/lib/prometheus/node-exporter/middle-sock.prom

            For a Prometheus on the same host:
              recorder metrics --listen 127.0.0.1:9467

            \(closing)
            """)

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var database: DatabaseOption

    @Option(
        help: ArgumentHelp("Write them to this file in one piece, instead of printing them.", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("Serve them at this address, such as 127.0.0.1:9467.", valueName: "address"))
    var listen: ListeningAddress?

    func validate() throws {
        if output != nil && listen != nil {
            throw ValidationError("'--output' and '--listen' are two ways: choose one")
        }
    }

    func run() throws {
        let path = database.path(in: parent)
        do {
            if let listen { return try Self.serve(at: listen, database: path) }
            let text = try LeaseReader(path: path).totals().exposition(at: Clock.realtime)
            if let output {
                try WholeFile(path: output).write(text)
            } else {
                try Output().write(text)
            }
        } catch let error as LeaseStoreError {
            throw Failure.unavailable("\(error)")
        }
    }

    private static func serve(at address: ListeningAddress, database: String) throws {
        let logger = StandardErrorLog.logger(of: .recorder)
        try MetricsIsolation.renouncePrivileges(database: database)
        // What is wrong with the database is said at once.
        var source = TotalsSource(path: database)
        _ = try source.totals()
        let loop = try ServiceLoop(signals: [SIGTERM, SIGINT], notification: .toNobody(logger: logger))
        try MetricsIsolation.confineFiles(database: database, logger: logger)
        let server = try MetricsServer(at: address, of: source)
        try MetricsIsolation.confineSystemCalls()
        try server.begin()
        while try loop.nextSignal() == nil { try loop.rest(until: nil, from: Clock.monotonic) }
    }
}
