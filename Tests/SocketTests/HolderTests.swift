import Addresses
import Foundation
import Kernel
import Messages
import Testing

/// Of several that hold namespaces for one agent the first stays.
@Suite(.timeLimit(.minutes(2)))
struct HolderTests {
    /// A program that runs in a network namespace of its own, and what it says.
    private final class Part {
        let process: ChildProcess
        private let path: String

        init(_ command: String, in directory: String) throws {
            var program = Program(
                path: "/bin/sh", arguments: ["-c", command], environment: ["PATH=/usr/sbin:/usr/bin"])
            program.directory = try RunningService.products()
            program.network = .empty
            program.parentDeathSignal = SIGKILL
            path = "\(directory)/said-\(UUID().uuidString)"
            let log = try Descriptor(replacing: path)
            program.error = log.rawValue
            process = try ChildProcess(program)
        }

        deinit {
            try? process.signal(SIGKILL)
            _ = try? process.wait()
        }

        var said: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

        func count(_ words: String) -> Int { said.components(separatedBy: words).count - 1 }
    }

    @Test func `the first stays, the second is told who it is, and follows`() throws {
        let directory = NSTemporaryDirectory() + "hold-\(UUID().uuidString.prefix(8))"
        _ = try Directory.make(directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let agent = try Part(
            "\(RunningService.host) exec ./netns-agent --runtime-directory \(directory) --external-server",
            in: directory)
        let hold = "exec ./netns-agent hold --runtime-directory \(directory)"
        let networks = Message.networks(Networks(elapsed: 0, networks: [try RunningService.network()])).encoded()
        let first = try Part(hold, in: directory)
        try waitUntil("the first shows the host: \(agent.said)\(first.said)") {
            _ = try MessageSocket().offer(networks, to: directory + "/netns-agent.sock")
            return first.said.contains("shows ens34")
        }
        let second = try Part(hold, in: directory)
        let words = "'netns-agent hold' (process \(first.process.pid)) holds the server's namespace already"
        try waitUntil("the second is told: \(second.said)") { second.said.contains(words) }
        // Long enough for it to ask again, twice.
        let deadline = Clock.monotonic + 1_200_000
        try waitUntil("it has asked again") { Clock.monotonic > deadline }
        #expect(second.count(words) == 1)
        #expect(first.count("shows ens34") == 1)
        #expect(!agent.said.contains("is gone"))
        try first.process.signal(SIGKILL)
        try waitUntil("the second follows: \(second.said)") { second.said.contains("shows ens34") }
    }
}
