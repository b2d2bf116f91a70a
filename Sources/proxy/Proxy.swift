internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import Messages
internal import Service

/// The program `proxy`.
@main
struct Proxy: ComponentCommand, LoggingCommand {
    static let component = ComponentName.proxy

    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Carries what the server speaks with others beside DHCP, where --connect and --publish name it.",
        usage: """
            proxy [OPTION]...
            proxy status [--runtime-directory <directory>]
            """,
        discussion: """
            The proxy needs no privilege and no network: netns-agent accepts what comes to a door, checks from whom, makes \
            the connection on the other side, and hands both sockets over at proxy.sock in the runtime directory. What \
            comes from one the proxy sends on by the other. It can open no socket, and connect none.

            It can be ended at any time: connections that it carried are broken off, and new ones wait for the next proxy.

            'proxy status' tells how many flows there are. SIGTERM and SIGINT end the proxy, and SIGHUP, when its \
            terminal is gone.

            \(EnvironmentOption.section(on: environmentOptions))

            Files:
              /run/middle-sock/proxy.sock  where netns-agent hands over the sockets

            Exit status:
              0   it was asked to stop
              64  wrong usage
              69  the runtime directory cannot be used, or another proxy runs there
              70  a fault of the proxy
            """,
        version: Version.line(of: component),
        subcommands: [StatusSubcommand<Proxy>.self])

    static let environmentOptions = DirectoryOption.environment + LogOptions.environment

    @OptionGroup var directory: DirectoryOption
    @OptionGroup var logging: LogOptions

    func run() throws {
        let logger = StandardErrorLog.logger(of: Self.component)
        try ProxyIsolation.renouncePrivileges()
        let service = try ProxyService(
            directory: directory.runtimeDirectory, notification: ServiceNotification(logger: logger), logger: logger)
        try ProxyIsolation.confineFiles(to: directory.runtimeDirectory, logger: logger)
        try ProxyIsolation.confineSystemCalls()
        try service.run()
    }
}
