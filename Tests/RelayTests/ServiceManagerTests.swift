import Addresses
import Foundation
import Kernel
import Messages
import Testing

@Suite("A relay with a service manager", .timeLimit(.minutes(1)))
struct ServiceManagerTests {
    private let path = NSTemporaryDirectory() + "manager-\(UUID().uuidString.prefix(8)).sock"

    /// The next message that is no sign of life.
    private func next(_ manager: borrowing MessageSocket) throws -> String {
        while true {
            let text = String(decoding: try manager.await().bytes, as: UTF8.self)
            if text != "WATCHDOG=1" { return text }
        }
    }

    @Test func `closed in, it tells that it is ready, alive and at its end`() throws {
        let manager = try MessageSocket(listeningAt: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let relay = try RelayProcess(environment: ["NOTIFY_SOCKET=\(path)", "WATCHDOG_USEC=20000"])
        #expect(try next(manager) == "READY=1\nSTATUS=waiting for sockets from netns-agent")
        for _ in 0..<3 { #expect(try manager.await().bytes == Array("WATCHDOG=1".utf8)) }
        do {
            let lan = try LAN()
            let agent = try Agent(handing: lan, to: relay)
            #expect(try next(manager) == "STATUS=forwarding for \(lan.link.network.interface)")
            _ = agent
        }
        #expect(try next(manager) == "STATUS=waiting for sockets from netns-agent")
        #expect(try relay.stop() == .status(0))
        #expect(try next(manager) == "STOPPING=1\nSTATUS=stopping")
    }

    @Test func `stopped in its tracks, it gives no sign of life`() throws {
        let manager = try MessageSocket(listeningAt: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let relay = try RelayProcess(environment: ["NOTIFY_SOCKET=\(path)", "WATCHDOG_USEC=20000"])
        #expect(try manager.await().bytes.starts(with: Array("READY=1".utf8)))
        try relay.process.signal(SIGSTOP)
        try relay.awaitStop()
        while try manager.receive(capacity: 64) != nil {}
        #expect(!becomesReady(manager.descriptor.rawValue, within: 500))
        try relay.process.signal(SIGCONT)
        #expect(try manager.await().bytes == Array("WATCHDOG=1".utf8))
    }
}
