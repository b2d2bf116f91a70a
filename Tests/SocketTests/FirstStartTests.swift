import Foundation
import Kernel
import Testing

/// A start that fails is in the database, also the first.
@Suite(.timeLimit(.minutes(2)))
struct FirstStartTests {
    /// What is tried, how middle-sock ends, and what `starts` and `events` say.
    private static let failures: [(server: String, status: Int32, outcome: String, event: String)] = [
        ("sh -c 'exit 3'", 3, "ended with status 3 before it was ready", "server-exited"),
        ("true", 64, "ended with status 0 before it was ready", "start-failed"),
        ("./no-interpreter", 69, "No such file or directory", "start-failed"),
    ]

    @Test(arguments: failures)
    func `a first start that fails is recorded`(
        server: String, status: Int32, outcome: String, event: String
    ) throws {
        let directory = NSTemporaryDirectory() + "first-\(UUID().uuidString.prefix(8))"
        _ = try Directory.make(directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let script = directory + "/no-interpreter"
        try "#!/nowhere\n".write(toFile: script, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        let command = server.replacing("./no-interpreter", with: script)
        let database = "\(directory)/database/records.sqlite"
        let launch = "exec ./middle-sock --runtime-directory \(directory)/run --database \(database) -- \(command)"
        #expect(try run("\(RunningService.host) \(launch)", in: directory).exit == .status(status))
        let starts = try run("./recorder starts --json --database \(database)", in: directory).output
        #expect(starts.contains(outcome), "\(starts)")
        let events = try run("./recorder events --json --database \(database)", in: directory).output
        #expect(events.contains(event), "\(events)")
    }

    @Test func `where no recorder comes it ends all the same`() throws {
        let directory = NSTemporaryDirectory() + "first-\(UUID().uuidString.prefix(8))"
        _ = try Directory.make(directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let discovery = "./discovery --watch --send-to \(directory)/netns-agent.sock & discovery=$!"
        let agent = "./netns-agent --runtime-directory \(directory) -- sh -c 'exit 3'; status=$?"
        let command = "\(RunningService.host) true; \(discovery); \(agent); kill $discovery; exit $status"
        #expect(try run(command, in: directory).exit == .status(3))
    }

    /// Runs a shell command in an empty network namespace, where the programs are.
    private func run(_ command: String, in directory: String) throws -> (exit: ChildProcess.Exit, output: String) {
        var program = Program(path: "/bin/sh", arguments: ["-c", command], environment: ["PATH=/usr/sbin:/usr/bin"])
        program.directory = try RunningService.products()
        program.network = .empty
        program.parentDeathSignal = SIGKILL
        let path = "\(directory)/output-\(UUID().uuidString)"
        let output = try Descriptor(replacing: path)
        program.output = output.rawValue
        program.error = output.rawValue
        let exit = try end(of: ChildProcess(program))
        return (exit, try String(contentsOfFile: path, encoding: .utf8))
    }
}
