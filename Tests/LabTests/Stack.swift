import Foundation
import Testing

/// One of the files in compose/, copied and with a configuration beside it, as an administrator would do it.
struct Stack: Sendable {
    let engine: Engine
    let file: ComposeFile
    let directory: String

    /// Copies the compose files and writes the server's configuration beside them.
    init(_ file: ComposeFile, on engine: Engine) throws {
        self.engine = engine
        self.file = file
        directory = engine.lab.host.path("/run/stack")
        try FileManager.default.copyItem(atPath: Project.compose, toPath: directory)
        for (path, text) in file.server.files {
            let name = URL(filePath: path).lastPathComponent
            try text.write(toFile: "\(directory)/\(name)", atomically: false, encoding: .utf8)
        }
    }

    /// Runs `docker-compose` in the directory of the copy.
    @discardableResult
    func compose(_ arguments: String...) async throws -> String {
        try await engine.run(command + arguments)
    }

    private var command: [String] {
        ["docker-compose", "--ansi", "never", "--file", "\(directory)/\(file.rawValue)", "--project-name", "stack"]
    }

    /// The images are there, built by script/engine/images; that they are not is no reason to build them here.
    ///
    /// - Parameter profiles: what else is to run than the services that always do.
    func up(_ profiles: String...) async throws {
        // Options of docker-compose itself come before the command.
        try await engine.run(command + profiles.flatMap { ["--profile", $0] } + ["up", "--detach", "--no-build"])
    }

    /// The name of the container of a service: docker-compose and `docker compose` give different ones.
    func container(_ service: String) async throws -> String {
        let names = try await engine.list(
            "ps", "--all", "--format", "{{.Names}}", "--filter", "label=com.docker.compose.service=\(service)")
        return try #require(names.first, "there is no container of \(service)")
    }

    /// A value that `docker inspect` tells about the container of a service.
    func inspect(_ service: String, _ format: String) async throws -> String {
        try await engine.docker("inspect", "--format", format, await container(service))
    }

    /// The first process of a service, as its host sees it.
    func process(_ service: String) async throws -> pid_t {
        try #require(pid_t(try await inspect(service, "{{.State.Pid}}")))
    }

    /// The database, where the engine keeps its volume.
    func recording() async throws -> Recording {
        let directory = try await engine.docker("volume", "inspect", "--format", "{{.Mountpoint}}", "stack_database")
        return Recording(path: "\(directory)/middle-sock.sqlite")
    }

    /// Waits until a query to the database gives these rows.
    func records(
        _ sql: String, _ expected: [[String]], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await recording().shows(sql, expected, sourceLocation: sourceLocation)
    }

    /// Waits until so many starts of the server have been recorded.
    func isReady(starts: Int = 1) async throws {
        try await wait(for: "start \(starts) of the server to be ready", within: .seconds(30)) {
            try await recording().rows("SELECT id FROM starts WHERE outcome = 'ready'").count >= starts
        }
    }
}

/// The compose files, each for a server.
enum ComposeFile: String, CaseIterable, CustomTestStringConvertible {
    case compose = "compose.yaml"
    case single = "single.yaml"
    case kea = "kea.yaml"
    case dnsmasq = "dnsmasq.yaml"
    case ownServer = "own-server.yaml"
    case publishedPort = "published-port.yaml"

    /// Those that serve clients on the host's own LAN.
    static let onTheLAN = allCases.filter { $0 != .publishedPort }

    var testDescription: String { rawValue }

    /// The server with its configuration for the host.
    var server: Server {
        switch self {
        case .compose, .single, .ownServer: .impatient
        case .kea: .kea
        case .dnsmasq: .dnsmasq()
        case .publishedPort: ComposeTests.PublishedPort.server
        }
    }

    /// The services of ours.
    var services: [String] {
        switch self {
        case .single: ["middle-sock"]
        case .ownServer: ["discovery", "netns-agent", "recorder", "relay", "namespace"]
        case .compose, .kea, .dnsmasq, .publishedPort: ["discovery", "netns-agent", "recorder", "relay"]
        }
    }
}

extension Lab {
    /// Makes a lab with an engine and one of the stacks ready to go up, and keeps what its services said.
    static func with(_ file: ComposeFile, _ work: (Stack) async throws -> Void) async throws {
        try await with { lab in
            let engine = try await Engine(in: lab)
            let stack = try Stack(file, on: engine)
            do { try await work(stack) } catch {
                try await stack.compose("logs", "--no-color", "--timestamps")
                throw error
            }
            try await stack.compose("logs", "--no-color", "--timestamps")
        }
    }
}
