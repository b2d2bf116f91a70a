import Foundation
import Kernel
import Testing

@Suite("Processes of others")
struct OtherProcessTests {
    @Test func `the end of a process is waited for, but not for ever`() throws {
        let process = try ChildProcess(Program(path: "/bin/sleep", arguments: ["1000"], environment: []))
        #expect(try !OtherProcess.end(of: process.pid, within: 1_000))
        try process.signal(SIGKILL)
        #expect(try OtherProcess.end(of: process.pid, within: 10_000_000))
        #expect(try process.wait() == .signal(SIGKILL))
        #expect(try OtherProcess.end(of: process.pid, within: 0))
    }
}
