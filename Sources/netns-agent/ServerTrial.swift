import Addresses
import CommandLine
import Diagnostics
import HostNetwork
import HostTables
import Kernel
import Messages
import Service

/// A command of a server's that ends by itself, such as the check of its configuration, where the server would run: in
/// surroundings made like those for it, which end with it.
struct ServerTrial {
    private let command: ServerCommand
    private let links: [Link]
    private var files: ServerFiles

    /// How long it may take, in microseconds.
    private static let patience: UInt64 = 20_000_000

    /// - Parameter interfaces: those that would be served; all with a gateway when there is none.
    /// - Throws: `Failure` when there is no such program, interface or network.
    init(
        _ words: [String], on interfaces: [InterfaceName], hiding directory: RuntimeDirectory
    ) throws(Failure) {
        command = try ServerCommand(words)
        links = try Self.links(on: interfaces)
        files = try ServerFiles(writes: [], hiding: directory, on: .look())
    }

    /// What the server would see of the host; nothing is held or opened there.
    private static func links(on interfaces: [InterfaceName]) throws(Failure) -> [Link] {
        let tables = try TableFiles(routes: "/proc/net/route").read(mindingInterfaces: true)
        let networks: [AttachedNetwork]
        do {
            networks = try HostNetworks.attached(
                routes: try RouteTable.parse(tables.routes),
                localAddresses: try LocalAddresses.parse(tables.addresses), interfaces: interfaces,
                present: tables.interfaces)
        } catch {
            throw .unavailable("\(error)")
        }
        let view = try HostView.look()
        let ways = view.waysOut(besides: networks.map(\.interface))
        var links: [Link] = []
        for state in try HostSide.State.all(of: networks, ways, by: .lan, in: view) {
            links.append(try state.get().link)
        }
        return Link.fitting(links).links
    }

    /// Runs it to its end.
    ///
    /// - Throws: `Failure` with the server's own words where it does not end with status 0.
    mutating func run() throws(Failure) {
        let ending: ChildProcess.Exit?
        let words: String
        do { (ending, words) = try follow() } catch { throw files.failure(to: error) }
        switch ending {
        case .status(0): return
        case .status(let status): throw .unavailable("\(command.name) ends with status \(status)\(words)")
        case .signal(let signal): throw .unavailable("\(command.name) is ended by signal \(signal)\(words)")
        case nil:
            throw .unavailable("\(command.name) does not end within \(Self.patience / 1_000_000) s\(words)")
        }
    }

    /// How it ended, if it did in time, and what it said.
    private mutating func follow() throws(SystemError) -> (ChildProcess.Exit?, words: String) {
        let relay = try NetworkNamespace.make()
        let side = try ServerSide(
            links, .first, in: NetworkNamespace.make(), beside: relay, alone: true, hasDoors: false)
        let number = UInt32.random(in: .min ... .max)
        let server = try files.start(command, number: number, at: side, StandardErrorLog.logger(of: .netnsAgent))
        let poller = try Poller(capacity: 2)
        try poller.watch(server.ending, for: .reading, token: 0)
        try poller.watch(server.output, for: .reading, token: 1)
        var said = LastWords()
        let deadline = Clock.monotonic + Self.patience
        while true {
            let now = Clock.monotonic
            guard now < deadline else { return (nil, said.reason) }
            _ = try poller.wait(timeout: deadline - now)
            let exit = try server.exit()
            // What it left behind may write on; then nobody does.
            if exit != nil { try server.sweep() }
            let hadOutput = !server.outputHasEnded
            for line in try server.readLines() { said.hear(line) }
            if hadOutput, server.outputHasEnded { try poller.forget(server.output) }
            if let exit { return (exit, said.reason) }
        }
    }
}
