import Foundation
import Kernel
import Testing

/// Nobody waits for whoever reads what it says: each of the services does its work and ends as it is told.
@Suite(.timeLimit(.minutes(3)))
struct StandardErrorTests {
    /// Starts a service with something wrong, in a directory that is gone afterwards.
    ///
    /// Each has a thread of its own: they wait most of the time.
    private func with(
        _ service: Service, _ fault: StandardErrorFault,
        _ body: @escaping @Sendable (RunningService, FaultyStandardError, String) throws -> Void
    ) async throws {
        let directory = NSTemporaryDirectory() + "said-\(UUID().uuidString.prefix(8))"
        _ = try Directory.make(directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(
                    with: Result {
                        let error = try FaultyStandardError(fault, in: directory)
                        try body(RunningService(service, in: directory, saying: error), error, directory)
                    })
            }.start()
        }
    }

    private static let full: [(Service, StandardErrorFault)] =
        Service.allCases.map { ($0, .pipeFull) } + [(.relay, .socketFull), (.agent, .socketFull)]

    @Test(arguments: full)
    func `while nobody reads, everything goes on`(service: Service, fault: StandardErrorFault) async throws {
        try await with(service, fault) { running, error, _ in
            try running.works()
            #expect(!error.isChanged)
            #expect(try running.stopped() == .status(0))
            #expect(!error.isChanged)
        }
    }

    private static let stopped: [(Service, StandardErrorFault)] =
        Service.allCases.map { ($0, .readerStopped) } + [(.relay, .terminalStopped), (.agent, .terminalStopped)]

    @Test(arguments: stopped)
    func `when somebody reads again, what was said is there`(
        service: Service, fault: StandardErrorFault
    ) async throws {
        try await with(service, fault) { running, error, _ in
            try running.works()
            try error.mend()
            // Nothing makes it say more.
            try waitUntil("'\(service.firstWords)'") { try error.said().contains(service.firstWords) }
            if service == .agent || service == .launcher {
                let words = " lines were lost while nobody read standard error"
                try waitUntil("how much was lost") { try error.said().contains(words) }
            }
            #expect(try running.stopped() == .status(0))
        }
    }

    @Test(arguments: Service.allCases)
    func `whose terminal is gone ends as the session does, or goes on`(service: Service) async throws {
        try await with(service, .sessionGone) { running, error, directory in
            try running.works()
            try waitUntil("'\(service.firstWords)'") { try error.said().contains(service.firstWords) }
            error.strike()
            if !service.endsWithSession {
                try running.works()
                try running.process.signal(SIGTERM)
            }
            #expect(try end(of: running.process) == .status(0))
            // The others' socket is the test's own.
            let own = service.endsWithSession ? ["relay", "recorder"] : ["netns-agent", "relay", "recorder"]
            #expect(own.allSatisfy { !FileManager.default.fileExists(atPath: "\(directory)/run/\($0).sock") })
        }
    }

    @Test(arguments: [Service.relay, .agent])
    func `a terminal that is gone without its session takes nobody along`(service: Service) async throws {
        try await with(service, .terminalGone) { running, error, _ in
            error.strike()
            try running.works()
            #expect(try running.stopped() == .status(0))
        }
    }
}
