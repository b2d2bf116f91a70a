import Testing

@testable import netns_agent

@Suite("Whether a server reads")
struct ReadingWatchTests {
    private static let second: UInt64 = 1_000_000
    private var watch = ReadingWatch(10 * second)
    private var now: UInt64 = 1

    /// Looks whenever it is due until something is found, `time` microseconds at most.
    private mutating func findings(
        for time: UInt64, _ look: (Int) -> ReadingWatch.Look
    ) -> (finding: ReadingWatch.Finding, after: UInt64) {
        let start = now
        var number = 0
        while now <= start + time {
            let finding = watch.note(look(number), now: now)
            if finding != .nothing { return (finding, now - start) }
            now = watch.nextLook(now: now)
            number += 1
        }
        return (.nothing, now - start)
    }

    private static func look(_ unread: Int, switches: Int, isStopped: Bool = false, read: Int = 0) -> ReadingWatch.Look
    {
        ReadingWatch.Look(
            unread: unread, datagramsRead: UInt64(read), switches: UInt64(switches), isStopped: isStopped)
    }

    @Test mutating func `one that is stopped, or does not run, while something waits is found`() {
        let stopped = findings(for: 60 * Self.second) { _ in Self.look(700, switches: 1, isStopped: true) }
        #expect(stopped.finding == .stopped && stopped.after <= 10_500_000 && stopped.after >= 10 * Self.second)
        watch = ReadingWatch(2 * Self.second)
        // dnsmasq does not run for long either while it waits for a ping.
        let hung = findings(for: 60 * Self.second) { _ in Self.look(700, switches: 3) }
        #expect(hung.finding == .deaf && hung.after >= 4 * Self.second && hung.after <= 4_500_000)
    }

    @Test mutating func `one for which nothing waits, or that runs, is not`() {
        let looks: [(Int) -> ReadingWatch.Look] = [
            { _ in Self.look(0, switches: 1, isStopped: true) }, { Self.look($0 % 2, switches: 1) },
            { Self.look(212_992, switches: $0) }, { Self.look(212_992, switches: 1, read: $0) },
            { Self.look(1_000_000 - $0, switches: 1) },
        ]
        for look in looks {
            let found = findings(for: 60 * Self.second, look)
            #expect(found.finding == .nothing)
        }
    }

    @Test mutating func `what is given nothing reads all it has, or some, or nothing`() {
        watch.beginExamination()
        let all = findings(for: 5 * Self.second) { Self.look(max(0, 700 - 70 * $0), switches: $0) }
        #expect(all.finding == .reads(isDone: true) && all.after <= 200_000)
        watch = ReadingWatch(10 * Self.second)
        watch.beginExamination()
        let some = findings(for: 5 * Self.second) { Self.look(100_000 - $0, switches: $0) }
        #expect(some.finding == .reads(isDone: false))
        watch = ReadingWatch(10 * Self.second)
        watch.beginExamination()
        let pinging = findings(for: 5 * Self.second) { Self.look(700, switches: 1, read: $0 / 300) }
        #expect(pinging.finding == .reads(isDone: false))
        watch = ReadingWatch(10 * Self.second)
        watch.beginExamination()
        let spinning = findings(for: 5 * Self.second) { Self.look(700, switches: $0) }
        #expect(spinning.finding == .deaf)
    }

    @Test mutating func `one that clients miss and that is stopped is found sooner`() {
        _ = watch.note(Self.look(700, switches: 1, isStopped: true), now: now)
        watch.beginExamination()
        let found = findings(for: 5 * Self.second) { _ in Self.look(700, switches: 1, isStopped: true) }
        #expect(found.finding == .stopped && found.after >= Self.second && found.after <= 1_100_000)
    }

    @Test mutating func `time in which nobody looked does not count`() {
        for _ in 0..<10 {
            let finding = watch.note(Self.look(700, switches: 1), now: now)
            #expect(finding == .nothing)
            now += 3_600 * Self.second
        }
    }
}
