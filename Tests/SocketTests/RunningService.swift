import Addresses
import Foundation
import Kernel
import Messages
import Service

/// One of the six services that say what they do on standard error.
enum Service: CaseIterable {
    case discovery, relay, recorder, agent, holder, launcher

    /// The command, in a network namespace in which the host looks like one of a LAN.
    ///
    /// The server of those that start one never hears clients, and says more than there is room for anywhere.
    func command(in directory: String) -> String {
        let line = "the server says what it does, and says it again, and again"
        let server = "-- perl -e '$SIG{HUP} = q(IGNORE); print qq(\(line)\\n) for 1..20_000; sleep'"
        let place = "--runtime-directory \(directory)/run"
        return switch self {
        case .discovery: "discovery --watch --send-to \(directory)/run/netns-agent.sock"
        case .relay: "relay \(place)"
        case .recorder: "recorder \(place) --database \(directory)/records.sqlite"
        case .agent: "netns-agent \(place) \(server)"
        case .holder: "netns-agent hold \(place)"
        case .launcher: "middle-sock \(place) --database \(directory)/database/records.sqlite \(server)"
        }
    }

    /// What it says first.
    var firstWords: String {
        switch self {
        case .discovery: "discovery: "
        case .relay: "relay: waits for sockets"
        case .recorder: "recorder: storing in"
        case .agent: "netns-agent: perl sees this host's network"
        case .holder: "netns-agent: holds this network namespace"
        case .launcher: "middle-sock: started netns-agent"
        }
    }

    /// Whether the end of its terminal's session stops it; others give the signal to the server.
    var endsWithSession: Bool { self != .agent && self != .launcher }
}

/// A service that runs, and what it says goes where something is wrong.
final class RunningService {
    let service: Service
    let process: ChildProcess
    private let directory: String
    /// Takes what discovery and the holder of a namespace send.
    private let agent: MessageSocket?

    /// Makes an empty network namespace look like a host on a LAN; a command may follow.
    static let host = """
        ip link add ens34 type veth peer name other && ip link set other up && ip link set ens34 up \
        && ip address add 192.168.50.2/24 dev ens34 && ip route add default via 192.168.50.1 &&
        """

    /// The network of that host.
    static func network() throws -> AttachedNetwork {
        let network = InterfaceName("ens34").flatMap {
            AttachedNetwork(
                interface: $0, address: IPv4Address(192, 168, 50, 2), prefixLength: 24,
                gateway: IPv4Address(192, 168, 50, 1))
        }
        guard let network else { throw Missing("a network") }
        return network
    }

    /// Where the programs lie that were built with the tests.
    static func products() throws -> String {
        let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString
        return path.deletingLastPathComponent
    }

    init(_ service: Service, in directory: String, saying error: borrowing FaultyStandardError) throws {
        self.service = service
        self.directory = directory
        let run = directory + "/run"
        if service != .launcher {
            _ = try Directory.make(run)
        }
        let isHeard = service == .discovery || service == .holder
        agent = isHeard ? try MessageSocket(listeningAt: run + "/netns-agent.sock") : nil
        let command = "\(service == .holder ? "" : Self.host) exec ./\(service.command(in: directory))"
        var program = Program(path: "/bin/sh", arguments: ["-c", command], environment: ["PATH=/usr/sbin:/usr/bin"])
        if error.fault == .sessionGone {
            program.path = "/usr/bin/setsid"
            program.arguments = ["--ctty", "/bin/sh", "-c", command]
            program.input = error.writing.rawValue
        }
        program.directory = try Self.products()
        program.network = .empty
        program.parentDeathSignal = SIGKILL
        program.error = error.writing.rawValue
        process = try ChildProcess(program)
    }

    deinit {
        try? process.signal(SIGKILL)
        _ = try? process.wait()
    }

    /// Waits until it does what it is there for.
    func works() throws {
        switch service {
        case .discovery, .holder: try hears()
        case .relay, .recorder: try answers(as: service == .relay ? .relay : .recorder)
        case .agent, .launcher: try serverIsRead()
        }
    }

    private func hears() throws {
        try waitUntil("a message of \(service)") {
            guard let received = try agent?.receive(capacity: Message.maximumLength) else { return false }
            switch try Message(decoding: received.bytes) {
            case .networks(let networks): return service == .discovery && !networks.networks.isEmpty
            case .namespace: return service == .holder
            default: return false
            }
        }
    }

    private func answers(as component: ComponentName) throws {
        try waitUntil("an answer of \(component)") { try status(of: component) != nil }
    }

    private func status(of component: ComponentName) throws -> Status? {
        guard case .status(let status) = try RuntimeDirectory(directory + "/run").answer(of: component, within: 100_000)
        else { return nil }
        return status
    }

    /// The server has written more than pipes and all that waits can hold.
    private func serverIsRead() throws {
        let message = Message.networks(Networks(elapsed: 0, networks: [try Self.network()])).encoded()
        try waitUntil("the server writes on") {
            if service == .agent { _ = try MessageSocket().offer(message, to: directory + "/run/netns-agent.sock") }
            guard let server = try status(of: .netnsAgent)?["server-pid"], server != "-" else { return false }
            return try written(by: server) > 1 << 20
        }
    }

    private func written(by process: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/io", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("wchar: ") }
        return line.flatMap { Int($0.dropFirst("wchar: ".count)) } ?? 0
    }

    /// How it ends when it is told to.
    func stopped() throws -> ChildProcess.Exit {
        try process.signal(SIGTERM)
        return try end(of: process)
    }
}
