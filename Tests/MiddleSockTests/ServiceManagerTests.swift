import Foundation
import Kernel
import Messages
import Testing

@testable import middle_sock

@Suite("The launcher with a service manager", .timeLimit(.minutes(1)))
struct ServiceManagerTests {
    private let path = NSTemporaryDirectory() + "manager-\(UUID().uuidString.prefix(8)).sock"

    /// What a component does in Perl to tell something, then to be obedient.
    private func telling(_ text: String, at socket: String) -> String {
        """
        use Socket;
        socket my $socket, AF_UNIX, SOCK_DGRAM, 0;
        send($socket, "\(text)", 0, sockaddr_un(\(socket))) or report("cannot tell: $!");
        report("told");
        \(Stage.obedient)
        """
    }

    private struct Told: Equatable {
        var text: String
        var process: Int32?
    }

    /// The next message other than a sign of life, waited for, and who sent it.
    private func next(_ manager: borrowing MessageSocket) throws -> Told {
        let poller = try Poller(capacity: 1)
        try poller.watch(manager.descriptor, for: .reading, token: 0)
        while true {
            try #require(try !poller.wait(timeout: 20_000_000).isEmpty, "nothing was told")
            let received = try #require(try manager.receive(capacity: 4_096))
            let text = String(decoding: received.bytes, as: UTF8.self)
            if text != "WATCHDOG=1" { return Told(text: text, process: received.sender?.process) }
        }
    }

    @Test func `it is ready when netns-agent is, and believes nobody else`() throws {
        let manager = try MessageSocket(listeningAt: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let stage = try Stage()
        let socket = "\"\(stage.sockets)/middle-sock.sock\""
        try stage.write(telling("READY=1\\nSTATUS=lies", at: socket), as: .relay)
        // Behind the relay, which lies as soon as it can.
        let agent =
            "sleep 1 until -e '\(stage.path)/go';" + telling("READY=1\\nSTATUS=serves", at: "$ENV{NOTIFY_SOCKET}")
        try stage.write(agent, as: .netnsAgent)
        let performance = try stage.launch(environment: ["NOTIFY_SOCKET=\(path)", "WATCHDOG_USEC=20000"])
        try performance.says("relay told")
        try Data().write(to: URL(filePath: "\(stage.path)/go"))
        #expect(try next(manager) == Told(text: "READY=1\nSTATUS=serves", process: performance.process.pid))
        try performance.signal(SIGTERM)
        #expect(try next(manager) == Told(text: "STOPPING=1\nSTATUS=stopping", process: performance.process.pid))
        #expect(try performance.ended() == .status(0))
        #expect(!FileManager.default.fileExists(atPath: stage.sockets))
    }

    @Test func `it gives signs of life, and none when it is stopped`() throws {
        let manager = try MessageSocket(listeningAt: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let performance = try Stage().launch(environment: ["NOTIFY_SOCKET=\(path)", "WATCHDOG_USEC=20000"])
        let poller = try Poller(capacity: 1)
        try poller.watch(manager.descriptor, for: .reading, token: 0)
        for _ in 0..<3 {
            #expect(try poller.wait(timeout: 20_000_000) == 0..<1)
            let received = try #require(try manager.receive(capacity: 4_096))
            #expect(received.bytes == Array("WATCHDOG=1".utf8) && received.sender?.process == performance.process.pid)
        }
        try performance.signal(SIGTERM)
        #expect(try performance.ended() == .status(0))
    }

    @Test(arguments: [("STATUS=a=b", false, "a=b"), ("READY=1\nSTATUS=x", true, "x"), ("STATUS=\nREADY=1", true, "")])
    func `a report is what it does, and whether it is ready`(text: String, isReady: Bool, status: String) {
        let report = ComponentReports.Report(text)
        #expect(report?.isReady == isReady && report?.status == status)
    }

    @Test func `a report tells whether it is the last word`() {
        #expect(ComponentReports.Report("STATUS=why\nEXIT_STATUS=69")?.isFailing == true)
        #expect(ComponentReports.Report("STATUS=why\nEXIT_STATUS=0")?.isFailing == false)
        #expect(ComponentReports.Report("STATUS=EXIT_STATUS=69")?.isFailing == false)
    }

    @Test(arguments: ["", "READY=1", "WATCHDOG=1", "X_STATUS=1", "\n"])
    func `what tells nothing is no report`(text: String) {
        #expect(ComponentReports.Report(text) == nil)
    }
}
