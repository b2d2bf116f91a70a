internal import ArgumentParser
internal import Component
internal import Glibc
internal import Kernel
internal import LeaseStore

/// `recorder metrics`.
struct MetricsCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Prints counters and states in the text format of Prometheus.",
        discussion: """
            With '--listen' it answers GET /metrics over HTTP until it is stopped by SIGTERM or SIGINT. Whoever reaches \
            the address can read all of them; no client is named in them.

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
            // Also before it serves them: what is wrong with the database is said at once.
            let text = try LeaseReader(path: path).totals().exposition(at: Clock.realtime)
            if let listen {
                try Self.serve(at: listen, database: path)
            } else if let output {
                try WholeFile(path: output).write(text)
            } else {
                try Output().write(text)
            }
        } catch let error as LeaseStoreError {
            throw Failure.unavailable("\(error)")
        }
    }

    private static func serve(at address: ListeningAddress, database: String) throws {
        let signals = try Signals([SIGTERM, SIGINT])
        try MetricsServer(at: address, database: database).begin()
        var poller = try Poller()
        try poller.watch(signals.descriptor, for: .reading, token: 0)
        while try signals.next() == nil { _ = try poller.wait() }
    }
}
