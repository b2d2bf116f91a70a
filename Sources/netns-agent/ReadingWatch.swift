/// Judges whether a server reads what it is sent, by what the kernel shows of it.
///
/// A queue that is full tells nothing in a flood: it may be filled as fast as it is read. One that does not run reads
/// nothing for certain; and what is in a queue while nothing is added to it shrinks, if it is read.
///
/// All times are microseconds of a clock that never goes back. Only time counts that was seen to pass: between two looks
/// that were not much later than they were due.
struct ReadingWatch {
    /// What was seen.
    struct Look: Hashable {
        /// How much waits to be read, in bytes.
        var unread: Int
        /// How many datagrams were read from UDP sockets.
        var datagramsRead: UInt64
        /// How often it has begun or ceased to run.
        var switches: UInt64
        /// Whether a signal or a debugger has stopped it.
        var isStopped: Bool
    }

    /// What is to be said or done about it.
    enum Finding: Hashable {
        case nothing
        /// It has read everything, or reads, though it does not come to an end.
        case reads(isDone: Bool)
        /// It is stopped.
        case stopped
        /// It does not run, or it runs and reads nothing.
        case deaf
    }

    /// A look at a server that is given nothing.
    private struct Examination {
        var seen: UInt64 = 0
        var hasRead = false
        /// For how long of it the server has not run.
        var idle: UInt64 = 0
    }

    private let silence: UInt64
    private var last: (look: Look, time: UInt64)?
    /// For how long it has not run while something waited for it.
    private var idle: UInt64 = 0
    private var examination: Examination?

    /// The time from one look to the next.
    private static let interval: UInt64 = 250_000
    /// The same while it is given nothing.
    private static let shortInterval: UInt64 = 10_000
    /// How long a server may not run that is not stopped, and how long it may read nothing: dnsmasq does neither for the
    /// three seconds in which it waits for a ping.
    private static let pingTime: UInt64 = 3_500_000
    private static let leastIdleTime: UInt64 = 4_000_000

    /// A watch over a server that is deaf after so long, in microseconds.
    init(_ silence: UInt64) {
        self.silence = silence
    }

    /// When to look next.
    func nextLook(now: UInt64) -> UInt64 {
        last.map { $0.time + interval } ?? now
    }

    private var interval: UInt64 { examination == nil ? Self.interval : Self.shortInterval }

    /// From now on it is given nothing.
    mutating func beginExamination() {
        examination = Examination()
    }

    /// It is given everything again.
    mutating func endExamination() {
        examination = nil
    }

    /// Takes note of a look.
    mutating func note(_ look: Look, now: UInt64) -> Finding {
        defer { last = (look, now) }
        guard let (before, time) = last else { return .nothing }
        // One that was stopped at both, and has not run, was so all the time, however late the look is.
        let wasStopped = look.isStopped && before.isStopped && look.switches == before.switches
        let elapsed = wasStopped ? now - time : min(now - time, 2 * interval)
        let hasRead = look.unread < before.unread || look.datagramsRead != before.datagramsRead
        let isIdle = look.isStopped && before.isStopped || look.switches == before.switches
        idle = look.unread > 0 && before.unread > 0 && isIdle && !hasRead ? idle + elapsed : 0
        if look.isStopped, idle >= silence { return .stopped }
        if idle >= max(silence, Self.leastIdleTime) { return .deaf }
        return examine(look, hasRead: hasRead, elapsed: elapsed)
    }

    private mutating func examine(_ look: Look, hasRead: Bool, elapsed: UInt64) -> Finding {
        guard var current = examination else { return .nothing }
        current.seen += elapsed
        current.hasRead = current.hasRead || hasRead
        current.idle = idle > 0 ? current.idle + elapsed : 0
        examination = current
        if look.unread == 0 {
            examination = nil
            return .reads(isDone: true)
        }
        // The clients have waited for the rest of the time before.
        if look.isStopped, current.idle >= min(silence / 4, 1_000_000) { return .stopped }
        guard current.seen >= Self.pingTime else { return .nothing }
        examination = nil
        return current.hasRead ? .reads(isDone: false) : .deaf
    }
}
