import CLinux
import Foundation
import Kernel
import Sandbox
import Testing

/// What a process gives up it cannot have back, so that each test is a process of its own.
@Suite("What a process gives up", .timeLimit(.minutes(1)))
struct ConfinementTests {
    @Test func `all privileges are gone, and nothing can give them back`() async {
        await #expect(processExitsWith: .success) {
            try Privileges.renounce()
            #expect(Capabilities.effective.isEmpty)
            let status = String(decoding: try Descriptor.contents(of: "/proc/thread-self/status"), as: UTF8.self)
            let lines = Set(status.split(separator: "\n").map { $0.replacing("\t", with: " ") })
            for set in ["Inh", "Prm", "Eff", "Amb"] { #expect(lines.contains("Cap\(set): 0000000000000000")) }
            if getuid() == 0 { #expect(lines.contains("CapBnd: 0000000000000000") && lines.contains("Groups:  ")) }
            #expect(lines.contains("NoNewPrivs: 1"))
            #expect(clinux_prctl(PR_GET_DUMPABLE, 0) == 0)
        }
    }

    @Test func `limits hold, and lower ones stay`() async {
        await #expect(processExitsWith: .success) {
            try ResourceLimits(descriptors: 100, memory: 1 << 30).enforce()
            try ResourceLimits(descriptors: 200, memory: 1 << 30).enforce()
            let null = try Descriptor(reading: "/dev/null")
            #expect(fcntl(null.rawValue, F_DUPFD, 99) == 99)
            #expect(fcntl(null.rawValue, F_DUPFD, 100) < 0 && errno == EINVAL)
        }
    }

    @Test func `a file is open to those who named it or its directory, and no other is`() async {
        await #expect(processExitsWith: .success) {
            let directory = NSTemporaryDirectory() + "landlock-\(UUID())"
            for name in ["in", "out"] {
                let place = URL(filePath: "\(directory)/\(name)")
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                try Data("x".utf8).write(to: place.appending(path: "file"))
            }
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let rules: [Landlock.Rule] = [
                .reading("\(directory)/in/file"), .reading("/proc/self/net/route"),
                .init("\(directory)/missing", .readFile),
            ]
            do throws(SystemError) {
                #expect(try Landlock.enforce(rules) >= 1)
            } catch {
                // A kernel without it: what the components say then is tested nowhere else.
                #expect(error.isUnsupported)
                return
            }
            for _ in 1...2 {
                #expect(try Descriptor.contents(of: "\(directory)/in/file") == Array("x".utf8))
                #expect(try !Descriptor.contents(of: "/proc/self/net/route").isEmpty)
            }
            #expect(throws: SystemError.self) { try Descriptor.contents(of: "\(directory)/out/file") }
            #expect(throws: SystemError.self) { _ = try Descriptor(replacing: "\(directory)/in/file") }
        }
    }

    /// What the threads of a process that runs a test call meanwhile, too: the first one waits for good.
    private static let kept = SystemCall.ofRuntime + SystemCall.ofThreads + ["rt_sigsuspend", "write"]

    @Test func `a call that was not kept ends the process`() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try SystemCallFilter.enforce(allowing: Self.kept)
            _ = getppid()
        }
    }

    /// The numbers are of no open file, whatever the process of a test has from those that run beside it.
    @Test func `a call is kept with the arguments that were named`() async {
        await #expect(processExitsWith: .success) {
            try SystemCallFilter.enforce(allowing: Self.kept + [SystemCall("dup").when(0, is: 1_000_000)])
            guard dup(1_000_000) < 0, errno == EBADF else { _exit(1) }
            _exit(0)
        }
        await #expect(processExitsWith: .signal(SIGSYS)) {
            try SystemCallFilter.enforce(allowing: Self.kept + [SystemCall("dup").when(0, is: 1_000_000)])
            _ = dup(1_000_001)
        }
    }

    @Test func `a call can be answered without being made`() async {
        await #expect(processExitsWith: .success) {
            let answered = [SystemCall("getppid").answeredAsDone, SystemCall("dup").answeredAsMissing]
            try SystemCallFilter.enforce(allowing: Self.kept + answered)
            guard getppid() == 0, dup(0) < 0, errno == ENOSYS else { _exit(1) }
            _exit(0)
        }
    }

    @Test func `a name that is none of a call is told`() {
        #expect(throws: SystemError("seccomp_rule_add sendframe", code: ENOENT)) {
            try SystemCallFilter.enforce(allowing: ["sendframe"])
        }
    }
}
