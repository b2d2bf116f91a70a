import ArgumentParser
import CommandLine
import Diagnostics
import Doctor
import Doors
import Kernel
import Messages
import Service

/// The command line of `netns-agent`.
@main
struct NetnsAgent: ComponentCommand, LoggingCommand {
    static let component = ComponentName.netnsAgent

    static let configuration = CommandConfiguration(
        commandName: "netns-agent",
        abstract: "Starts a DHCP server in a network namespace that looks like the host.",
        usage: """
            netns-agent [OPTION]... -- SERVER [ARGUMENT]...
            netns-agent [OPTION]... --external-server
            netns-agent hold [OPTION]...
            netns-agent check [--tun]
            netns-agent doctor [OPTION]... [-- SERVER [ARGUMENT]...]
            netns-agent status [OPTION]...
            netns-agent failover [OPTION]...
            """,
        discussion: """
            What stands behind the two hyphens is the server's command, as it would be run on the host itself: it has to \
            stay in the foreground, and is looked for in PATH.

            discovery says which networks the host belongs to. For each, the namespace gets an interface with the \
            host's name, MAC address, address and gateway; the sockets on both sides go to relay. The server is \
            started when everything is in place, and again when it ends.

            With --uplink runtime it runs in a container that sees nothing of the host's network ('docker run -p \
            67:67/udp'). The server then has the container's MAC address, and one network only. Relay agents and \
            clients that have an address are served; the broadcasts of those that have none arrive, but no answer \
            reaches them.

            With --standby a second namespace is kept ready. When the server ends, or answers nobody any more, it is \
            killed, and its successor started there; requests that came meanwhile are given to that one.

            Beside DHCP the server reaches nobody, and nobody it. --connect and --publish name who may: netns-agent makes \
            the connections, and proxy carries them.

            On a plain host the server can write nothing in /proc and /sys, and open no disk; with --server-writes it can \
            write nothing but what is named. In a container, or a unit of systemd, others have seen to that.

            With --external-server it starts none: others do, in the namespace that 'netns-agent hold' holds.

            Of the four programs this is the only one with privileges: it needs root with NET_ADMIN, NET_RAW, \
            SYS_ADMIN, and what the server itself needs; with --external-server only NET_RAW and NET_BIND_SERVICE.

            SIGTERM and SIGINT stop the server and then netns-agent; SIGHUP, SIGUSR1 and SIGUSR2 reach the server.

            Examples:
              netns-agent -- dhcpd -f -4 -cf /etc/dhcp/dhcpd.conf
              netns-agent --standby --silence 8s -- \\
                  dnsmasq -k --port=0 --dhcp-range=192.0.2.100,192.0.2.199

            \(EnvironmentOption.section(on: environmentOptions))

            Files:
              /run/middle-sock/netns-agent.sock  where discovery tells of networks
              /run/middle-sock/relay.sock        where relay gets its sockets
              /run/middle-sock/recorder.sock     where recorder gets its channels

            Exit status:
              0   it was asked to stop
              64  wrong usage
              69  something is missing: a privilege, the server's program, UDP port 67
              70  a fault of netns-agent
            Otherwise the server's own, when it ended before it was ever ready.
            """,
        version: Version.line(of: component),
        subcommands: [
            StatusSubcommand<NetnsAgent>.self, FailoverSubcommand.self, Hold.self, Check.self,
            DoctorCommand<NetnsAgent>.self,
        ])

    @OptionGroup var directory: DirectoryOption

    @OptionGroup var transport: UplinkOption

    @Option(
        help: ArgumentHelp(
            "The number of the user whose networks are believed, beside root: the one discovery runs as.",
            valueName: "number"))
    var discoveryUser: UInt32?

    @Option(help: ArgumentHelp("How long the server may take to stop before it is killed.", valueName: "seconds"))
    var grace: UInt32 = 10

    @OptionGroup var starting: ExternalServerOption

    @OptionGroup var standby: StandbyOptions

    @OptionGroup var opening: DoorOptions

    @OptionGroup var writing: ServerWritesOption

    @OptionGroup var logging: LogOptions

    @OptionGroup var argument: ServerArgument

    private var externalServer: Bool { starting.externalServer }
    private var server: [String] { argument.server }

    static let environmentOptions: [EnvironmentOption] =
        DirectoryOption.environment + UplinkOption.environment
        + [.value("discovery-user"), .value("grace"), .flag("external-server")]
        + StandbyOptions.environment + DoorOptions.environment + ServerWritesOption.environment + LogOptions.environment

    static func advice(on arguments: [String]) -> String? {
        let subcommands = Set(configuration.subcommands.compactMap { $0.configuration.commandName })
        return DoctorCommand<Self>.advice(on: arguments, subcommands: subcommands)
            ?? MisplacedServer.advice(
                on: arguments, of: "netns-agent", options: environmentOptions, subcommands: subcommands)
    }

    func run() throws {
        guard server.isEmpty == externalServer else {
            let advice =
                externalServer
                ? "a server is given beside --external-server, which means that others start it"
                : "no server is given, as in 'netns-agent -- dhcpd -f -cf /etc/dhcp/dhcpd.conf'"
            throw Failure(.usage, advice)
        }
        guard !externalServer || standby.threshold == nil else {
            throw Failure(.usage, "--standby is for servers that netns-agent starts, not for --external-server")
        }
        guard !externalServer || writing.serverWrites.isEmpty else {
            throw Failure(.usage, "--server-writes is for servers that netns-agent starts, not for --external-server")
        }
        guard !externalServer || opening.doors.isEmpty else {
            throw Failure(
                .usage,
                "--connect and --publish are for servers that netns-agent starts so far, not for --external-server")
        }
        let clock = StartClock(environment: ProcessEnvironment.variables, now: Clock.monotonic)
        let servers = externalServer ? .external : try Servers(server, standby)
        let files = try ServerFiles(
            writes: writing.serverWrites, hiding: directory.runtimeDirectory, on: .look())
        let agent = try Agent(
            servers, opening.doors, uplink: transport.uplink, directory: directory.runtimeDirectory, files: files,
            grace: UInt64(grace) * 1_000_000, discoveryUser: discoveryUser, clock: clock,
            notification: ServiceNotification(logger: StandardErrorLog.logger(of: Self.component)))
        let status = try agent.run()
        if status != 0 { throw ExitCode(status) }
    }
}

extension NetnsAgent: ExaminingProgram {
    /// Without those that only some servers need (dnsmasq: SETUID, SETGID, KILL, CHOWN).
    static func neededCapabilities(externalServer: Bool) -> Capabilities {
        externalServer ? [.netRaw, .netBindService] : [.netAdmin, .netRaw, .netBindService, .setpcap, .sysAdmin]
    }
}
