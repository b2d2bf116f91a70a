import Foundation
import Kernel
import Testing

@Suite("A recorder with a service manager", .timeLimit(.minutes(1)))
struct ServiceManagerTests {
    private let path = NSTemporaryDirectory() + "manager-\(UUID().uuidString.prefix(8)).sock"

    /// The next message, waited for.
    private func next(_ manager: borrowing MessageSocket) throws -> String {
        let poller = try Poller(capacity: 1)
        try poller.watch(manager.descriptor, for: .reading, token: 0)
        try #require(try !poller.wait(timeout: RunningRecorder.patience).isEmpty, "a message")
        return String(decoding: try #require(try manager.receive(capacity: 4_096)).bytes, as: UTF8.self)
    }

    @Test func `closed in, it tells that it is ready, alive and at its end`() throws {
        let manager = try MessageSocket(listeningAt: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let recorder = try RunningRecorder(environment: ["NOTIFY_SOCKET=\(path)", "WATCHDOG_USEC=20000"])
        #expect(try next(manager) == "READY=1\nSTATUS=storing in \(recorder.database)")
        for _ in 0..<3 { #expect(try next(manager) == "WATCHDOG=1") }
        #expect(try recorder.stop(SIGTERM) == .status(0))
        var last = "WATCHDOG=1"
        while last == "WATCHDOG=1" { last = try next(manager) }
        #expect(last == "STOPPING=1\nSTATUS=stopping")
    }
}
