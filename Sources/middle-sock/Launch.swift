internal import Addresses
internal import CommandLine
internal import Diagnostics
internal import Doors
internal import Kernel
internal import Service

/// What is to be launched, all paths absolute.
struct Launch: Sendable {
    /// The interfaces whose networks are served; all networks with a gateway when there is none.
    var interfaces: [InterfaceName]
    /// How packets come in and go out.
    var uplink: Uplink
    /// The host's routing table; discovery's own default when there is none.
    var routes: String?
    /// The database that the recorder writes.
    var database: String
    /// What of the packets the recorder keeps, as options.
    var retention: [String] = []
    /// Whether there is a second server, as options of netns-agent.
    var standby: [String] = []
    /// What the server speaks beside DHCP.
    var doors = Doors.none
    /// What alone the server may write; all that its user may where there is nothing.
    var serverWrites: [String] = []
    /// How all of them say what they do, as options.
    var logging: [String] = []
    /// Where the sockets of the components are.
    var runtimeDirectory: RuntimeDirectory
    /// How long the server may take to stop.
    var grace: Seconds
    /// Whom the components without privileges run as.
    var users: UserRange
    /// The command of the DHCP server.
    var server: [String]
    /// The directory in which the executables of the components lie.
    var programs: String
    /// The environment of the launcher, as `NAME=value`.
    var environment: [String]
}

extension Launch {
    /// What a command line asks for.
    ///
    /// - Throws: `Failure` when no server is named or a path is too long, or the kernel does not say where we are.
    init(_ command: MiddleSock, environment: [String]) throws(Failure) {
        guard !command.argument.server.isEmpty else {
            throw Failure(
                .usage,
                "no DHCP server is given: its command stands behind two hyphens, as in "
                    + "'middle-sock -- dhcpd -f -4 -cf /etc/dhcp/dhcpd.conf'; 'middle-sock --help' tells more")
        }
        let here = try ProgramDirectory.destination(of: "/proc/self/cwd")
        interfaces = command.chosen.interfaces
        uplink = command.transport.uplink
        routes = command.routes.map { Self.absolute($0, from: here) }
        database = Self.absolute(command.database, from: here)
        retention = command.retention.arguments
        standby = command.standby.arguments
        doors = command.opening.doors
        serverWrites = command.writing.serverWrites.map { Self.absolute($0, from: here) }
        logging = command.logging.arguments
        runtimeDirectory = try Self.absolute(command.directory.runtimeDirectory, from: here)
        grace = command.grace
        users = command.firstUser
        server = command.argument.server
        programs = try ProgramDirectory.own()
        self.environment = environment
    }

    /// The path that begins at the root, for one that may begin `here`.
    static func absolute(_ path: String, from here: String) -> String {
        path.hasPrefix("/") ? path : here == "/" ? "/\(path)" : "\(here)/\(path)"
    }

    private static func absolute(
        _ directory: RuntimeDirectory, from here: String
    ) throws(Failure) -> RuntimeDirectory {
        let path = absolute(directory.path, from: here)
        guard let directory = RuntimeDirectory(argument: path) else {
            throw Failure(.usage, "\(path) is too long for the sockets' names; give another --runtime-directory")
        }
        return directory
    }
}

extension Launch {
    /// Checks that the launcher may do all that netns-agent will have to, beside starting the components.
    ///
    /// - Throws: `Failure` naming what is missing.
    func checkPrivileges() throws(Failure) {
        let missing = Self.agentCapabilities.subtracting(.effective)
        guard !missing.isEmpty else { return }
        throw .unavailable(
            "the privileges \(missing.names.joined(separator: ", ")) are missing; run it as root, with sudo, or in a "
                + "container that has these capabilities")
    }

    /// Checks that the server's program is there, before anything else is started for it.
    ///
    /// - Throws: `Failure` naming it.
    func checkServer() throws(Failure) {
        guard let name = server.first else { return }
        let searchPath = environment.first { $0.hasPrefix("PATH=") }.map { String($0.dropFirst("PATH=".count)) }
        guard Program.find(name, searchPath: searchPath) == nil else { return }
        let place = name.contains("/") ? "there" : "in \(searchPath ?? "the usual directories")"
        throw .unavailable(
            "cannot find the server \(name): there is no program of that name \(place); install it, or give its path")
    }
}
