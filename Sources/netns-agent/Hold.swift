import ArgumentParser
import CommandLine
import Diagnostics
import HostNetwork
import HostTables
import Service

/// `netns-agent hold`: the command line of who holds a namespace for a server that others start.
struct Hold: EnvironmentCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Makes its own network namespace look like the host, for a server that others start.",
        discussion: """
            It belongs into a network namespace that is still empty, as a container has it with 'network_mode: none'. \
            What joins the namespace ('network_mode: service:...') sees the host's interface, address and gateway as \
            soon as 'netns-agent --external-server' has said what they are. They stay while the server, the agent or \
            the relay is started again.

            One agent has one such namespace: while another holds it, this one waits, and says so.

            It needs NET_ADMIN and the device /dev/net/tun, reads no packet, and has no way out of the namespace. \
            SIGTERM, SIGINT and SIGHUP end it, and with it the interfaces.

            \(EnvironmentOption.section(on: environmentOptions))

            Files:
              /run/middle-sock/netns-agent.sock  where netns-agent is asked

            Exit status:
              0   it was asked to stop
              64  wrong usage
              69  the namespace is somebody's network already, or an interface cannot be made; with --check: it does
                  not look like the host yet
              70  a fault of netns-agent
            """)

    static let environmentOptions = DirectoryOption.environment + LogOptions.environment

    @Flag(
        help: """
            Holds nothing: says by its exit status whether this namespace looks like the host by now, for the check of \
            a container's health.
            """)
    var check = false

    @OptionGroup var directory: DirectoryOption
    @OptionGroup var logging: LogOptions

    func run() throws {
        guard !check else { return try Self.checkNamespace() }
        try NamespaceHolder(in: directory.runtimeDirectory).run()
    }

    /// The interfaces come with routes, and nothing else makes any here.
    private static func checkNamespace() throws {
        let table = try TableFiles(routes: "/proc/self/net/route").read()
        guard try !RouteTable.parse(table.routes).isEmpty else {
            throw Failure.unavailable("this namespace does not look like the host yet: netns-agent has not made it")
        }
    }
}
