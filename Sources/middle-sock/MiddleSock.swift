internal import Addresses
internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import Doctor
internal import Kernel
internal import Messages
internal import Service

/// The command line of the launcher.
struct MiddleSock: ComponentCommand, LoggingCommand {
    static let component = ComponentName.middleSock

    static let configuration = CommandConfiguration(
        commandName: component.description,
        abstract: "Runs an unchanged DHCP server in a namespace that looks like this host.",
        usage: """
            middle-sock [OPTION]... -- SERVER [ARGUMENT]...
            middle-sock doctor [OPTION]... [-- SERVER]
            middle-sock status [OPTION]...
            middle-sock failover [OPTION]...
            middle-sock leases|starts|packets|events|follow [OPTION]...
            middle-sock export|report|metrics [OPTION]...
            """,
        discussion: """
            What stands behind the two hyphens is the server's command, as it would be run on the host itself. The \
            server must stay in the foreground.

              middle-sock -- dhcpd -f -4 -cf /etc/dhcp/dhcpd.conf

            'middle-sock doctor' says before a start what would be in its way, and 'middle-sock status' shows how it runs. \
            What was recorded is read by these, which 'recorder' has; 'middle-sock leases --help' tells more of leases:

            \(ReadingCommands.section)

            The server sees one interface for each network of this host: same name, MAC address, IP address and \
            gateway. Which networks are served is found in the routing table. To serve some of them only, or one \
            without a gateway, name their interfaces:

              middle-sock --interface ens34 --interface ens35 -- \\
                  dhcpd -f -4 ens34 ens35

            In a container without the host's network, whose UDP port 67 is published, relay agents and clients that \
            have an address are served through the port. The host's /proc/1/net/route and fib_trie are mounted in, \
            for instance in /host:

              middle-sock --uplink runtime --routes /host/route -- dhcpd -f -4

            Packets, leases, starts and events are recorded in an SQLite database: packets for 30 days and 2 GiB, leases \
            for 24 months after their end. To keep less, or more ('forever', 'unlimited'):

              middle-sock --keep-packets 7d --max-size 500MB -- dhcpd -f -4

            With a second namespace kept ready, a server that ends or answers nobody any more has a successor at once; \
            'middle-sock failover' switches by hand:

              middle-sock --standby -- dhcpd -f -4

            Beside DHCP the server reaches nobody, and nobody reaches it. Whatever else its configuration names is opened by \
            name: where it may connect, and who may connect to it. What it tried in vain is told with the option:

              middle-sock --connect 192.168.50.9:647/tcp \\
                  --publish 647/tcp@192.168.50.9 -- dhcpd -f -4

            On a plain host the server can write nothing in /proc and /sys, and open no disk. To let it write only what it \
            has to:

              middle-sock --server-writes /var/lib/dhcp -- dhcpd -f -4

            It needs root. discovery, relay, recorder and proxy, which it starts, run without privileges as users of their \
            own. It stays in the foreground. SIGTERM and SIGINT stop everything, the server first; SIGHUP, SIGUSR1 and \
            SIGUSR2 reach the server.

            \(EnvironmentOption.section(on: environmentOptions))

            Files:
              /run/middle-sock
                  the sockets by which the components talk, while they run
              /var/lib/middle-sock/middle-sock.sqlite
                  the database

            Exit status:
              0   it was asked to stop
              64  wrong usage
              69  something is missing: a network, UDP port 67, a privilege, the server
              70  a fault of middle-sock
            Otherwise the server's own, when it ended before it was ever ready.
            """,
        version: Version.line(of: component),
        subcommands: [StatusCommand.self, FailoverSubcommand.self, DoctorCommand<MiddleSock>.self])

    @OptionGroup var chosen: InterfacesOption

    @OptionGroup var argument: ServerArgument

    @OptionGroup var transport: UplinkOption

    @Option(
        help: ArgumentHelp(
            "The host's routing table, with fib_trie beside it, where the container has it (default: its own).",
            valueName: "path"),
        completion: .file())
    var routes: String?

    @Option(
        help: ArgumentHelp(
            "Where packets, leases, starts and events are recorded; its directory is made if it is not there.",
            valueName: "path"),
        completion: .file())
    var database = "/var/lib/middle-sock/middle-sock.sqlite"

    @OptionGroup var retention: RetentionOptions

    @OptionGroup var standby: StandbyOptions

    @OptionGroup var opening: DoorOptions

    @OptionGroup var writing: ServerWritesOption

    @OptionGroup var directory: DirectoryOption

    @OptionGroup var logging: LogOptions

    @Option(help: ArgumentHelp("How long the server may take to stop before it is killed.", valueName: "seconds"))
    var grace: Seconds = 5

    @Option(
        help: ArgumentHelp(
            "The number of the group of relay, recorder, discovery and proxy, whose users are among the five numbers behind it. "
                + "Nobody else may have them.",
            valueName: "number"))
    var firstUser = UserRange()

    static let environmentOptions: [EnvironmentOption] =
        InterfacesOption.environment + UplinkOption.environment + [.value("routes"), .value("database")]
        + RetentionOptions.environment + StandbyOptions.environment + DoorOptions.environment
        + ServerWritesOption.environment
        + DirectoryOption.environment
        + LogOptions.environment + [.value("grace"), .value("first-user")]

    static func advice(on arguments: [String]) -> String? {
        let subcommands = Set(configuration.subcommands.compactMap { $0.configuration.commandName })
        return DoctorCommand<Self>.advice(on: arguments, subcommands: subcommands)
            ?? MisplacedServer.advice(
                on: arguments, of: "middle-sock", options: environmentOptions, subcommands: subcommands)
    }

    func run() throws {
        let logger = StandardErrorLog.logger(of: .middleSock)
        let launch = try Launch(self, environment: ProcessEnvironment.lines)
        let notification = ServiceNotification(logger: logger)
        try launch.checkPrivileges()
        try launch.checkServer()
        let sockets = try SocketDirectory(
            launch.runtimeDirectory, group: launch.users.group,
            stoppingTime: Supervision.longestStop(grace: launch.grace.microseconds), logger: logger)
        try launch.makeDatabaseDirectory()
        logger.tellVersion()
        let status = try Launcher.run(
            launch, in: sockets, notification: notification, startedAt: Entry.time, logger: logger)
        sockets.clear(logger: logger)
        guard status == 0 else { throw ExitCode(status) }
    }
}

extension MiddleSock: ExaminingProgram {
    static func neededCapabilities(externalServer: Bool) -> Capabilities { Launch.agentCapabilities }
}
