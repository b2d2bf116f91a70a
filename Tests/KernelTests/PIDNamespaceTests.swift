import Foundation
import Glibc
import Kernel
import RootTesting
import Testing

@Suite("PID namespaces")
struct PIDNamespaceTests {
    @Test(.asRoot) func `as root, one goes when its lifeline is closed, with all that is in it`() throws {
        let pipe = try Descriptor.pipe()
        let namespace = try PIDNamespace(heldFor: pipe.reading)
        var program = Program(path: "/bin/sleep", arguments: ["1000"], environment: [])
        program.pidNamespace = namespace.descriptor.rawValue
        let sleeper = try ChildProcess(program)
        #expect(try sleeper.exit() == nil)
        pipe.writing.close()
        #expect(try sleeper.wait() == .signal(9))
        #expect(try namespace.wait() == .status(0))
    }

    @Test(.asRoot)
    func `as root, a process has the same number in its namespace as outside, and another one each time`() throws {
        var numbers: Set<Int32> = []
        for _ in 0..<20 {
            let pipe = try Descriptor.pipe()
            let output = try Descriptor.pipe()
            let namespace = try PIDNamespace(heldFor: pipe.reading)
            var program = Program(path: "/bin/sh", arguments: ["-c", "echo $$"], environment: [])
            program.pidNamespace = namespace.descriptor.rawValue
            program.keepsNumber = true
            program.output = output.writing.rawValue
            let shell = try ChildProcess(program)
            #expect(try shell.wait() == .status(0))
            #expect(try output.reading.read(capacity: 64) == Array("\(shell.pid)\n".utf8))
            numbers.insert(shell.pid)
            try namespace.end()
        }
        #expect(numbers.count == 20)
    }

    @Test(.asRoot) func `as root, its first process has no capability, and nobody with as few can look into it`() throws
    {
        let pipe = try Descriptor.pipe()
        let output = try Descriptor.pipe()
        let namespace = try PIDNamespace(heldFor: pipe.reading)
        let first = "/proc/\(namespace.firstProcess)"
        let deadline = Clock.monotonic + 10_000_000
        // It gives them up by itself, while others work.
        while try !String(contentsOfFile: first + "/status", encoding: .utf8).contains("CapPrm:\t0000000000000000") {
            try #require(Clock.monotonic < deadline, "it keeps capabilities")
        }
        let status = try String(contentsOfFile: first + "/status", encoding: .utf8)
        for set in ["CapInh", "CapEff", "CapAmb"] { #expect(status.contains("\(set):\t0000000000000000"), "\(status)") }

        let attempts = ["readlink", "head -c 1"]
        let script = zip(["root", "mem"], attempts).map { "\($1) \(first)/\($0) && echo \($0)" }
        var program = Program(
            path: "/bin/sh", arguments: ["-c", (script + ["readlink /proc/$$/root"]).joined(separator: "; ")],
            environment: [])
        // As few as it has, so that only what it said itself can keep them out.
        program.capabilities = []
        program.output = output.writing.rawValue
        #expect(try ChildProcess(program).wait() == .status(0))
        #expect(try output.reading.read(capacity: 4_096) == Array("/\n".utf8))
        try namespace.end()
    }
}
