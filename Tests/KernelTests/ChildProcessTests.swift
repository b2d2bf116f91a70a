import Foundation
import Kernel
import RootTesting
import Testing

@Suite("Starting programs")
struct ChildProcessTests {
    /// Runs a shell command to its end and gives how it ended and what it wrote.
    private func run(
        _ command: String, with settings: (inout Program) -> Void = { _ in }
    ) throws -> (exit: ChildProcess.Exit, output: String) {
        let pipe = try Descriptor.pipe()
        let reading = pipe.reading
        var program = Program(path: "/bin/sh", arguments: ["-c", command], environment: ["GREETING=hello"])
        program.output = pipe.writing.rawValue
        settings(&program)
        let child = try ChildProcess(program)
        pipe.writing.close()
        var output: [UInt8] = []
        while let bytes = try reading.read(capacity: 4_096), !bytes.isEmpty { output += bytes }
        return (try child.wait(), String(decoding: output, as: UTF8.self))
    }

    @Test func `a program gets its arguments, its environment and its output`() throws {
        let result = try run("echo \"$GREETING $0\"; exit 3")
        #expect(result.output == "hello /bin/sh\n")
        #expect(result.exit == .status(3))
    }

    @Test func `a program that ends by a signal says so`() throws {
        #expect(try run("kill -9 $$").exit == .signal(9))
    }

    @Test func `a program gets only its standard descriptors`() throws {
        let open = try Descriptor(reading: "/dev/null")
        let result = try run("ls /proc/self/fd | wc -l")
        // The three and the one with which ls reads the directory.
        #expect(result.output == "4\n")
        #expect(open.rawValue > 2)
    }

    @Test func `what cannot be started is an error that names it`() throws {
        let error = #expect(throws: SystemError.self) {
            _ = try ChildProcess(Program(path: "/no/such/server", arguments: [], environment: []))
        }
        #expect(error?.code == ENOENT && error?.call == "start /no/such/server")
    }

    @Test func `no program gains privileges unless it may`() throws {
        #expect(try run("grep NoNewPrivs /proc/self/status").output == "NoNewPrivs:\t1\n")
        let result = try run("grep NoNewPrivs /proc/self/status") { $0.mayGainPrivileges = true }
        #expect(result.output == "NoNewPrivs:\t0\n")
    }

    @Test(.asRoot)
    func `as root, a program gets the user, the capabilities and the namespace it is meant to have`() throws {
        let identity = Program.Identity(user: 60_768, group: 60_767)
        let status = try run("grep -E '^(Uid|Gid|Groups|CapEff|CapBnd)' /proc/self/status; ls /sys/class/net") {
            $0.identity = identity
            $0.capabilities = []
        }.output
        for line in ["Uid:\t60768\t60768\t60768\t60768", "Gid:\t60767\t60767\t60767\t60767", "Groups:\t \n"] {
            #expect(status.contains(line))
        }
        #expect(status.contains("CapEff:\t0000000000000000") && status.contains("CapBnd:\t0000000000000000"))
        let interfaces = try run("tail -n +3 /proc/net/dev") { $0.network = .empty }.output
        #expect(interfaces.split(separator: "\n").count == 1 && interfaces.contains("lo:"))
        let root = try run("grep CapEff /proc/self/status") { $0.capabilities = [.netRaw, .netBindService] }.output
        #expect(root == "CapEff:\t0000000000002400\n")
    }

    @Test func `how a program ended is known also where its end was to be ignored`() async {
        await #expect(processExitsWith: .success) {
            // As whoever started this process may have left it (execve(2)).
            _ = signal(SIGCHLD, SIG_IGN)
            let child = try ChildProcess(Program(path: "/bin/sh", arguments: ["-c", "exit 3"], environment: []))
            #expect(try child.wait() == .status(3))
        }
    }

    @Test func `that a process has ended is seen without collecting it`() throws {
        let sleeper = try ChildProcess(Program(path: "/bin/sleep", arguments: ["1000"], environment: []))
        #expect(try !sleeper.hasEnded)
        try sleeper.signal(SIGKILL)
        let poller = try Poller(capacity: 1)
        try poller.watch(sleeper.descriptor, for: .reading, token: 0)
        #expect(try !poller.wait(timeout: 20_000_000).isEmpty)
        #expect(try sleeper.hasEnded && sleeper.hasEnded)
        #expect(try sleeper.exit() == .signal(SIGKILL))
    }

    @Test func `a program is found as a shell finds it`() {
        #expect(Program.find("sh", searchPath: "/nowhere:/bin") == "/bin/sh")
        #expect(Program.find("sh", searchPath: "/nowhere") == nil)
        #expect(Program.find("/bin/sh", searchPath: nil) == "/bin/sh")
        #expect(Program.find("/bin", searchPath: nil) == nil)
    }
}
