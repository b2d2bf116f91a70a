import Pacing
import Testing

@Suite("Waiting before a restart")
struct RestartBackoffTests {
    private var backoff = RestartBackoff(firstDelay: 100, maximum: 1_000, reset: 60_000)

    @Test mutating func `the first restart is at once, the next ones wait twice as long each, up to the maximum`() {
        var delays: [UInt64] = []
        for _ in 0..<7 { delays.append(backoff.next(after: 5)) }
        #expect(delays == [0, 100, 200, 400, 800, 1_000, 1_000])
    }

    @Test mutating func `what ran long enough is started again at once`() {
        for _ in 0..<4 { _ = backoff.next(after: 59_999) }
        #expect(backoff.next(after: 59_999) == 800)
        #expect(backoff.next(after: 60_000) == 0)
        #expect(backoff.next(after: 0) == 100)
    }

    @Test func `a maximum near the largest number does not overflow`() {
        var backoff = RestartBackoff(firstDelay: 1 << 62, maximum: .max, reset: .max)
        #expect((0..<4).map { _ in backoff.next(after: 0) } == [0, 1 << 62, 1 << 63, .max])
    }
}
