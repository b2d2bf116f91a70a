internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import Messages
internal import Service

/// The program `relay`.
@main
struct Relay: ComponentCommand, LoggingCommand {
    static let component = ComponentName.relay

    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Carries DHCP, and only DHCP, between the LAN and the server's namespace.",
        usage: """
            relay [OPTION]...
            relay status [--runtime-directory <directory>]
            """,
        discussion: """
            The relay needs no privilege and no network: netns-agent opens the sockets and hands them over at \
            relay.sock in the runtime directory, one for the LAN and one for the server of each link. Until it does, \
            and whenever it is gone, the relay waits.

            From the LAN pass DHCP requests, and the answers to what the server asked by ARP and ping; from the \
            server pass DHCP replies, ARP requests and pings, from the host's own addresses only. Everything else is \
            dropped and counted by reason. Frames go on unchanged, but for checksums that were left to the network \
            card: those are completed.

            Each frame that is DHCP is told to the recorder with what became of it. While the recorder is away the \
            records wait here, within a bound; what had to be thrown away is counted. Forwarding never waits for it.

            'relay status' tells what was forwarded and dropped. SIGTERM and SIGINT end the relay, and SIGHUP, \
            when its terminal is gone.

            \(EnvironmentOption.section(on: environmentOptions))

            Files:
              /run/middle-sock/relay.sock  where netns-agent hands over the sockets

            Exit status:
              0   it was asked to stop
              64  wrong usage
              69  the runtime directory cannot be used, or another relay runs there
              70  a fault of the relay
            """,
        version: Version.line(of: component),
        subcommands: [StatusSubcommand<Relay>.self])

    static let environmentOptions = DirectoryOption.environment + LogOptions.environment

    @OptionGroup var directory: DirectoryOption
    @OptionGroup var logging: LogOptions

    func run() throws {
        let logger = StandardErrorLog.logger(of: Self.component)
        try RelayIsolation.renouncePrivileges()
        let service = try RelayService(
            directory: directory.runtimeDirectory, notification: ServiceNotification(logger: logger), logger: logger)
        try RelayIsolation.confineFiles(to: directory.runtimeDirectory, logger: logger)
        try RelayIsolation.confineSystemCalls()
        try service.run()
    }
}
