import Glibc
import Testing

/// What can happen to a process while it is needed.
enum Fault: CaseIterable, CustomTestStringConvertible {
    /// SIGKILL.
    case kill
    /// SIGSTOP, and SIGCONT a moment later.
    case stop

    var testDescription: String { self == .kill ? "killed" : "stopped" }

    /// How long a process is stopped: long enough for others to notice if they ever would.
    static let pause = Duration.milliseconds(300)
}

/// A process of a service.
enum Component: String, CaseIterable, CustomTestStringConvertible {
    case launcher = "middle-sock"
    case agent = "netns-agent"
    case relay, recorder, discovery
    case server = "dhcpd"

    var testDescription: String { rawValue }
}

extension Service {
    /// Does it to a component, and gives the time when it is over: the process was killed, or goes on.
    ///
    /// - Parameter whileStopped: what is done while the component is stopped.
    func inflict(
        _ fault: Fault, on component: Component, whileStopped: () async throws -> Void = {}
    ) async throws -> ContinuousClock.Instant {
        let victim = try await process(component.rawValue)
        switch fault {
        case .kill: try #require(kill(victim, SIGKILL) == 0)
        case .stop:
            try #require(kill(victim, SIGSTOP) == 0)
            try await whileStopped()
            // Nothing is waited for: this is how long it lasts.
            try await Task.sleep(for: Fault.pause)
            try #require(kill(victim, SIGCONT) == 0)
        }
        return .now
    }
}

/// How long a service may take until it serves again: a second is what is aimed at, and measured (docs/operations.md); here
/// is room for a computer that has other things to do.
let patienceAfterFault = Duration.seconds(5)

/// Prints what was measured, for docs/operations.md.
func note(_ what: String, from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
    print("measured: \(what): \(max(0, (end - start) / .milliseconds(1)).rounded()) ms")
}
