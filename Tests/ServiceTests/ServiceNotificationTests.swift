import Foundation
import Kernel
import Logging
import Service
import Testing

@Suite("What the service manager is told", .timeLimit(.minutes(1)))
struct ServiceNotificationTests {
    /// Who receives what services tell, as systemd does.
    private struct Manager: ~Copyable {
        let path = NSTemporaryDirectory() + "manager-\(UUID().uuidString.prefix(8)).sock"
        let socket: MessageSocket

        init() throws { socket = try MessageSocket(listeningAt: path) }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// The next message that waits, as lines.
        func next() throws -> [Substring]? {
            try socket.receive(capacity: 4_096).map { String(decoding: $0.bytes, as: UTF8.self).split(separator: "\n") }
        }
    }

    private let logger: Logger
    private let log = Log()

    init() {
        let log = log
        logger = Logger(label: "test") { _ in log }
    }

    private func notification(_ environment: [String: String], process: Int32 = getpid()) -> ServiceNotification {
        ServiceNotification(environment: environment, process: process, logger: logger)
    }

    @Test func `readiness, what it is doing and its end are told as sd_notify(3) has it`() throws {
        let manager = try Manager()
        var notification = notification(["NOTIFY_SOCKET": manager.path])
        let hasManager = notification.hasManager
        #expect(hasManager)
        notification.ready("waits")
        notification.show("waits")
        notification.show("serves\nclients")
        notification.stopping()
        #expect(try manager.next() == ["READY=1", "STATUS=waits"])
        #expect(try manager.next() == ["STATUS=serves clients"])
        #expect(try manager.next() == ["STOPPING=1", "STATUS=stopping"])
        #expect(try manager.next() == nil && log.lines.isEmpty)
    }

    @Test func `an abstract socket is found by its name`() throws {
        let name = "middle-sock-\(UUID())"
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        defer { close(receiver) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0[1...].copyBytes(from: Array(name.utf8)) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(receiver, $0, size) }
        }
        try #require(status == 0)
        var notification = notification(["NOTIFY_SOCKET": "@\(name)"])
        notification.ready("serves")
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe recv(receiver, &bytes, bytes.count, 0)
        #expect(count > 0 && String(decoding: bytes.prefix(count), as: UTF8.self) == "READY=1\nSTATUS=serves")
    }

    @Test func `the watchdog is told whenever half of its time is over, and no earlier`() throws {
        let manager = try Manager()
        var notification = notification(["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "40000"])
        let poller = try Poller(capacity: 1)
        try notification.watch(with: poller, token: 7)
        try notification.keepAlive()
        #expect(try manager.next() == nil)
        for _ in 0..<3 {
            #expect(try poller.wait(timeout: 30_000_000) == 0..<1)
            #expect(poller[0].token == 7)
            try notification.keepAlive()
            #expect(try manager.next() == ["WATCHDOG=1"])
        }
    }

    /// Variables, and how often process 42 then tells that it works.
    private static let watchdogs: [([String: String], UInt64?)] = [
        (["WATCHDOG_USEC": "30000000"], 15_000_000),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"], 15_000_000),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"], nil),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": ""], nil),
        (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "1"], nil), (["WATCHDOG_USEC": "-4"], nil),
        (["WATCHDOG_USEC": "soon"], nil), (["WATCHDOG_USEC": "18446744073709551615"], nil),
        (["WATCHDOG_PID": "42"], nil), ([:], nil),
    ]

    @Test(arguments: watchdogs)
    func `the time of a watchdog is that of this process`(environment: [String: String], interval: UInt64?) {
        #expect(ServiceNotification.watchdogInterval(in: environment, process: 42) == interval)
    }

    @Test func `another process's watchdog wakes nobody`() throws {
        let manager = try Manager()
        var notification = notification(
            ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "4000", "WATCHDOG_PID": "1"], process: 42)
        let poller = try Poller(capacity: 1)
        try notification.watch(with: poller, token: 0)
        #expect(try poller.wait(timeout: 50_000).isEmpty)
        try notification.keepAlive()
        #expect(try manager.next() == nil)
    }

    @Test(arguments: [[:], ["NOTIFY_SOCKET": ""], ["WATCHDOG_USEC": "4000"]] as [[String: String]])
    func `without a manager there is nothing to tell, and no timer`(environment: [String: String]) throws {
        var notification = notification(environment)
        let hasManager = notification.hasManager
        #expect(!hasManager)
        let poller = try Poller(capacity: 1)
        try notification.watch(with: poller, token: 0)
        notification.ready("serves")
        notification.stopping()
        #expect(try poller.wait(timeout: 50_000).isEmpty && log.lines.isEmpty)
    }

    @Test(arguments: ["/nowhere/manager.sock", "vsock:2:1234", "@" + String(repeating: "x", count: 200)])
    func `a manager that cannot be reached is complained about, and the service goes on`(name: String) {
        var notification = notification(["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "4000"])
        notification.ready("serves")
        let hasManager = notification.hasManager
        #expect(!hasManager && log.lines.count == 1)
        #expect(log.lines.first?.contains(name) == true)
    }

    @Test func `a manager that is gone or has no room is complained about once, and never waited for`() throws {
        let path: String
        var first: ServiceNotification
        do {
            let manager = try Manager()
            path = manager.path
            first = notification(["NOTIFY_SOCKET": path])
        }
        first.ready("serves")
        first.show("serves on")
        #expect(log.lines.count == 1)

        let manager = try Manager()
        var second = notification(["NOTIFY_SOCKET": manager.path])
        for number in 0..<10_000 { second.show("\(number)") }
        #expect(log.lines.count == 2 && log.lines.last?.contains("no room") == true)
        #expect(try manager.next() == ["STATUS=0"])
    }

    @Test func `no process that is started hears of the manager`() {
        let lines = [
            "PATH=/bin", "NOTIFY_SOCKET=/run/systemd/notify", "WATCHDOG_USEC=30000000", "WATCHDOG_PID=42",
            "MIDDLE_SOCK_UPLINK=lan", "LANG=C", "NOTIFY_SOCKET_OF_MINE=1",
        ]
        #expect(ProcessEnvironment.passedOn(lines) == ["PATH=/bin", "LANG=C", "NOTIFY_SOCKET_OF_MINE=1"])
    }
}

/// Keeps what is logged.
private final class Log: LogHandler, @unchecked Sendable {
    private(set) var lines: [String] = []
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    func log(event: LogEvent) { lines.append("\(event.message)") }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}
