import Component
import Messages

/// Measures the phases of one start of the server; all times are microseconds of the monotonic clock.
struct StartClock {
    /// When the start began.
    let began: UInt64
    private(set) var phases = StartRecord.Phases()
    private var mark: UInt64

    /// Begins when the launcher did, which tells by `MIDDLE_SOCK_STARTED`, or now.
    init(environment: [String: String], now: UInt64) {
        let told = environment["MIDDLE_SOCK_STARTED"].flatMap { UInt64($0) } ?? now
        self.init(began: told <= now ? told : now, now: now)
    }

    /// Begins now: a start after the first, in surroundings that are there already.
    init(now: UInt64) {
        self.init(began: now, now: now)
    }

    private init(began: UInt64, now: UInt64) {
        self.began = began
        mark = now
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

    /// Finding the networks took this long in discovery's process.
    mutating func discovered(in elapsed: UInt32) {
        phases.discovery = elapsed
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
