internal import Addresses
internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import HostTables
internal import Kernel
internal import Logging
internal import Messages
internal import Service

/// The command line of discovery, which says which networks the host belongs to.
@main
struct Discovery: ComponentCommand, LoggingCommand {
    static let component = ComponentName.discovery

    static let configuration = CommandConfiguration(
        commandName: "discovery",
        abstract: "Says which networks this host belongs to.",
        discussion: """
            Reads the routing table and the addresses of the host as the kernel shows them, and prints a line for each \
            interface with a default gateway: the interface, the host's address in its network, and the gateway. It \
            needs no privilege.

            Examples:
            What is this host's network?
              $ discovery
              ens34 192.0.2.2/24 via 192.0.2.1

            In a container, tell another program about the host's network for as long as both run. /proc/net is \
            always the reader's own, so the files of the host's first process are mounted:
              $ docker run -v /proc/1/net/route:/host/route \\
                  -v /proc/1/net/fib_trie:/host/fib_trie ... \\
                  discovery --routes /host/route --watch --send-to /run/agent.sock

            \(EnvironmentOption.section(on: environmentOptions))

            Exit status:
              0   networks were found, or it was asked to stop
              64  wrong usage
              69  a file is missing or not as a kernel writes it, there is no network,
                  or nobody receives at the socket
              70  a fault of discovery
            """,
        version: Version.line(of: component))

    static let environmentOptions: [EnvironmentOption] =
        [.value("routes"), .value("addresses")] + InterfacesOption.environment
        + [.flag("json"), .flag("watch"), .value("send-to")] + LogOptions.environment

    @Option(
        help: ArgumentHelp(
            "The routing table: /proc/net/route, or that of another network namespace.", valueName: "path"),
        completion: .file())
    var routes = "/proc/net/route"

    @Option(
        help: ArgumentHelp(
            "The addresses, of the same network namespace (default: fib_trie beside the routing table).",
            valueName: "path"),
        completion: .file())
    var addresses: String?

    @OptionGroup var chosen: InterfacesOption

    @Flag(help: "Print one array of objects in JSON instead of lines for people.")
    var json = false

    @Flag(help: "Go on until SIGTERM, SIGINT or SIGHUP, and print again when the networks have changed.")
    var watch = false

    @Option(
        help: ArgumentHelp(
            "Send the networks to the program that receives at this Unix socket, and print them only with --json.",
            discussion: """
                With --watch they are sent when something changes and when the receiver is another; of another \
                namespace's tables (--routes) twice a second.
                """,
            valueName: "socket"),
        completion: .file())
    var sendTo: String?

    @OptionGroup var logging: LogOptions

    func validate() throws {
        // sun_path (linux/un.h) holds 108 bytes with the final NUL.
        guard let sendTo, !(1..<108).contains(sendTo.utf8.count) else { return }
        throw ValidationError("the path of --send-to has \(sendTo.utf8.count) bytes, not 1 to 107")
    }

    func run() throws {
        let logger = StandardErrorLog.logger(of: Self.component)
        let files = TableFiles(routes: routes, addresses: addresses)
        let survey = Survey(files: files, interfaces: chosen.interfaces)
        try DiscoveryIsolation.renouncePrivileges()
        let outlet = try Outlet(format: json ? .json : sendTo == nil ? .text : nil, receiver: sendTo)
        if watch {
            var lookout = try Lookout(
                survey: survey, outlet: outlet, changes: changes(of: files, logger),
                notification: ServiceNotification(logger: logger), logger: logger)
            try DiscoveryIsolation.confine(to: files, logger: logger)
            try lookout.run()
        } else {
            try DiscoveryIsolation.confine(to: files, logger: logger)
            let networks = try survey.networks()
            try outlet.print(networks)
            try outlet.deliver(networks)
        }
    }

    /// What tells that the files are others; nothing where they have to be looked at again and again.
    private func changes(of files: TableFiles, _ logger: Logger) -> NetworkChanges? {
        guard files.areOwn else { return nil }
        do { return try NetworkChanges() } catch {
            logger.notice("the kernel does not tell of changes: \(error); the networks are looked at twice a second")
            return nil
        }
    }
}
