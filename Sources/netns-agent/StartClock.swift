import CommandLine
import Messages

/// Measures the phases of one start of the server; all times are microseconds of the monotonic clock.
struct StartClock {
    /// When the start began.
    private(set) var began: UInt64
    /// Whether the launcher began the start.
    let isBeginningKnown: Bool
    private(set) var phases = StartRecord.Phases()
    private var mark: UInt64

    /// Begins when the launcher did, which tells by `MIDDLE_SOCK_STARTED`, or now.
    init(environment: [String: String], now: UInt64) {
        let told = environment["MIDDLE_SOCK_STARTED"].flatMap { UInt64($0) }.flatMap { $0 <= now ? $0 : nil }
        began = told ?? now
        isBeginningKnown = told != nil
        mark = now
    }

    /// Begins now: a start after the first.
    init(now: UInt64) {
        self.init(environment: [:], now: now)
    }

    /// The next phase begins now.
    mutating func begin(now: UInt64) {
        mark = now
    }

    /// The phase that began last ends now.
    mutating func end(_ phase: WritableKeyPath<StartRecord.Phases, UInt32?>, now: UInt64) {
        phases[keyPath: phase] = UInt32(clamping: now - mark)
        mark = now
    }

    /// Finding the networks, which are known since now, took this long in discovery's process.
    ///
    /// A start that the launcher has not begun may have waited for them, for a host that has no network yet for instance:
    /// that is not part of it.
    mutating func discovered(in elapsed: UInt32, now: UInt64) {
        phases.discovery = elapsed
        if !isBeginningKnown { began = now - min(now, UInt64(elapsed) + UInt64(phases.namespace ?? 0)) }
    }

    /// The server is ready now.
    mutating func finish(now: UInt64) {
        end(\.ready, now: now)
        phases.total = UInt32(clamping: now - began)
    }

    /// What stands for the command line of a server that others start.
    static let external = "(started by others)"

    /// The row for the `starts` table.
    ///
    /// - Parameters:
    ///   - command: the server's command line; nothing when others start it.
    ///   - now: the time on the clock of this measurement, `realtime` the same moment since the Unix epoch.
    func record(
        of command: String?, uplink: Uplink, pid: Int32, outcome: String, now: UInt64, realtime: UInt64
    ) -> StartRecord {
        var record = StartRecord(
            startedAt: realtime - (now - began), uplink: uplink.rawValue, serverCommand: command ?? Self.external)
        record.serverPID = UInt32(clamping: pid)
        record.outcome = outcome
        record.phases = phases
        return record
    }
}
