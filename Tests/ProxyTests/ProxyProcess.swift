import Foundation
import Glibc
import Kernel
import Messages
import Netlink

/// The program `proxy`, without any privilege and in an empty network namespace, and netns-agent's side of it.
final class ProxyProcess {
    let directory: String
    let process: ChildProcess
    let control: MessageSocket
    private let lines: Descriptor

    /// Another than those of the components, and without a name.
    private static let user: UInt32 = 60_779

    /// Starts it, waits until it receives, and introduces the agent that the test plays.
    init(environment: [String] = []) throws {
        directory = NSTemporaryDirectory() + "proxy-\(UUID().uuidString.prefix(8))"
        _ = try Directory.make(directory)
        guard unsafe chown(directory, Self.user, Self.user) == 0, unsafe chmod(directory, 0o755) == 0 else {
            throw Trouble("cannot give \(directory) away")
        }
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString
        let pipe = try Descriptor.pipe()
        var program = Program(path: "./proxy", arguments: ["--runtime-directory", directory], environment: environment)
        program.directory = products.deletingLastPathComponent
        program.error = pipe.writing.rawValue
        program.identity = Program.Identity(user: Self.user, group: Self.user)
        program.network = .empty
        program.capabilities = []
        process = try ChildProcess(program)
        lines = pipe.reading
        pipe.writing.close()
        let channel = try MessageSocket.channel()
        control = channel.near
        var text = ""
        while !text.contains("waits for flows") {
            guard becomesReady(lines.rawValue), let bytes = try lines.read(capacity: 4_096), !bytes.isEmpty else {
                throw Trouble("proxy did not begin: \(text)")
            }
            text += String(decoding: bytes, as: UTF8.self)
        }
        guard
            try MessageSocket().send(
                Message.flows.encoded(), to: "\(directory)/proxy.sock", passing: [channel.far.rawValue])
        else { throw Trouble("proxy's socket is full") }
    }

    deinit {
        try? process.signal(SIGKILL)
        _ = try? process.wait()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Hands over a flow.
    func hand(_ number: UInt64, _ kind: FlowKind, server: borrowing InternetSocket, peer: borrowing InternetSocket)
        throws
    {
        let order = FlowOrder(number: number, start: 1, door: 0, kind: kind, limit: 2, idle: 0)
        let sockets = [server.descriptor.rawValue, peer.descriptor.rawValue]
        guard try control.send(Message.flow(order).encoded(), passing: sockets) else {
            throw Trouble("the control channel is full")
        }
    }

    /// The next end of a flow that it tells.
    func nextEnd() throws -> FlowEnd {
        guard becomesReady(control.descriptor.rawValue), let received = try control.receive(capacity: 256),
            case .flowEnded(let end) = try Message(decoding: received.bytes)
        else { throw Trouble("proxy told of no end") }
        return end
    }

    /// Waits until it has ended and says how.
    func end() throws -> ChildProcess.Exit {
        guard becomesReady(process.descriptor.rawValue) else { throw Trouble("proxy does not stop") }
        return try process.wait()
    }
}

/// What a test cannot do without.
struct Trouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Waits until something can be read, for ten seconds at most.
func becomesReady(_ descriptor: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&request, 1, 10_000) > 0
}

extension NetworkNamespace {
    /// One that reaches itself and nobody else.
    static func withLoopback() throws(SystemError) -> NetworkNamespace {
        let namespace = try make()
        var session = try namespace.run { () throws(SystemError) in try NetlinkSession() }
        try session.perform([.up(1)])
        return namespace
    }
}

extension InternetSocket {
    /// The next datagram, or what comes of a connection.
    func await() throws -> [UInt8] {
        guard becomesReady(descriptor.rawValue), let arrival = try receive() else { throw Trouble("nothing came") }
        return arrival.bytes
    }
}

/// The loopback.
let here: UInt32 = 0x7F00_0001
