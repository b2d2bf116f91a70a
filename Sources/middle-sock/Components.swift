internal import Addresses
internal import CommandLine
internal import Doors
internal import Glibc
internal import Kernel
internal import Messages
internal import Service

extension ComponentName {
    /// What the launcher starts and stops, in the order of both: the server's start waits for the first two, and the
    /// server stops first; the recorder stops last, so that everything is recorded.
    static let launched: [ComponentName] = [.netnsAgent, .discovery, .relay, .recorder]

    /// The same with what is only there when there is a door.
    static let launchedWithDoors: [ComponentName] = [.netnsAgent, .discovery, .relay, .proxy, .recorder]
}

extension Launch {
    /// What is started.
    var components: [ComponentName] { doors.isEmpty ? ComponentName.launched : ComponentName.launchedWithDoors }

    /// What netns-agent needs for itself and to start the server with what that may need.
    static let agentCapabilities: Capabilities = [
        .netAdmin, .netRaw, .sysAdmin, .netBindService, .setuid, .setgid, .setpcap, .chown, .dacOverride, .kill,
    ]

    /// One of the components, with no more than it needs.
    ///
    /// - Parameter startedAt: when its start began, in microseconds of the monotonic clock; netns-agent times the
    ///   server's start from there.
    func program(of component: ComponentName, startedAt: UInt64) -> Program {
        switch component {
        case .netnsAgent: agent(startedAt: startedAt)
        case .discovery: unprivileged(component, users.discovery, .same, discoveryArguments, telling: reports)
        case .relay: unprivileged(component, users.relay, .empty, directoryArguments)
        case .recorder: unprivileged(component, users.recorder, .empty, recorderArguments)
        case .proxy: unprivileged(component, users.proxy, .empty, directoryArguments)
        case .middleSock: preconditionFailure("the launcher does not start itself")
        }
    }

    private var directoryArguments: [String] {
        ["--runtime-directory", runtimeDirectory.path] + logging
    }

    private var recorderArguments: [String] {
        directoryArguments + ["--database", database] + retention
    }

    private var discoveryArguments: [String] {
        ["--watch", "--send-to", runtimeDirectory.socket(of: .netnsAgent)]
            + logging + (routes.map { ["--routes", $0] } ?? [])
            + interfaces.flatMap { ["--interface", $0.description] }
    }

    /// Where netns-agent and discovery tell the launcher what a service manager is told.
    private var reports: String { "NOTIFY_SOCKET=\(runtimeDirectory.socket(of: .middleSock))" }

    /// Begins where the launcher did, so that relative paths in the server's command lead where they should.
    private func agent(startedAt: UInt64) -> Program {
        let arguments =
            directoryArguments + [
                "--uplink", uplink.rawValue, "--discovery-user", "\(users.discovery.user)", "--grace", "\(grace.value)",
            ] + standby + doors.arguments + serverWrites.flatMap { ["--server-writes", $0] } + ["--"] + server
        var program = component("\(programs)/\(ComponentName.netnsAgent)", arguments)
        program.environment.append("MIDDLE_SOCK_STARTED=\(startedAt)")
        program.environment.append(reports)
        program.capabilities = Self.agentCapabilities
        return program
    }

    /// Begins beside its executable: its user may be unable to get there, as in somebody's home directory.
    private func unprivileged(
        _ name: ComponentName, _ identity: Program.Identity, _ network: Program.Network, _ arguments: [String],
        telling reports: String? = nil
    ) -> Program {
        var program = component("./\(name)", arguments)
        if let reports { program.environment.append(reports) }
        program.directory = programs
        program.identity = identity
        program.capabilities = []
        program.network = network
        return program
    }

    private func component(_ path: String, _ arguments: [String]) -> Program {
        // The options are all in the arguments; a variable must not add to them.
        let environment = ProcessEnvironment.passedOn(environment)
        var program = Program(path: path, arguments: arguments, environment: environment)
        program.startsSession = true
        program.parentDeathSignal = SIGKILL
        return program
    }
}
