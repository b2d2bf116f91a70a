import Foundation
import Kernel
import RootTesting
import Testing

@testable import netns_agent

@Suite("A server's process", .serialized, .timeLimit(.minutes(1)))
struct ServerTests {
    @Test(.asRoot) func `as root, one that writes without end keeps nobody from anything else`() throws {
        let namespace = try NetworkNamespace.make()
        let server = try Server(ServerCommand(["/usr/bin/yes", "endless"]), start: 1, in: namespace)
        let poller = try Poller()
        try poller.watch(server.output, for: .reading, token: 0)
        for _ in 1...3 {
            #expect(try poller.wait() == 0..<1)
            let lines = try server.readLines()
            #expect(!lines.isEmpty && lines.allSatisfy { $0 == "endless" })
        }
        try server.signal(SIGKILL)
        while try server.exit() == nil { _ = try poller.wait() }
        try server.sweep()
    }

    @Test(.asRoot) func `as root, one that is gone when it is to be started leaves no process behind`() async throws {
        // Other tests have children as well.
        await #expect(processExitsWith: .success) {
            let namespace = try NetworkNamespace.make()
            let path = NSTemporaryDirectory() + "middle-sock-server-\(UUID().uuidString.prefix(8))"
            try FileManager.default.copyItem(atPath: "/bin/true", toPath: path)
            let command = try ServerCommand([path])
            try FileManager.default.removeItem(atPath: path)
            #expect(throws: SystemError("start \(path)", code: ENOENT)) {
                _ = try Server(command, start: 1, in: namespace)
            }
            #expect(try children(called: "server-init").isEmpty)
        }
    }
}

/// The processes of this one, whether they have ended or not.
private func children(called name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { process in
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else {
            return false
        }
        return status.contains("Name:\t\(name)\n") && status.contains("PPid:\t\(getpid())\n")
    }
}
