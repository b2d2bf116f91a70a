import LeaseStore
import Messages
import Testing

@testable import recorder

@Suite struct StoringPaceTests {
    private var pace = StoringPace()

    @Test mutating func `what comes after a rest is stored at once, what follows it a little later`() {
        #expect(pace.isDue(1, at: 0))
        pace.noteTaken(0, at: 1_000_000)
        #expect(!pace.isDue(1, at: 1_049_999))
        #expect(pace.isDue(1, at: 1_050_000))
    }

    @Test mutating func `half of what a sender may have under way does not wait`() throws {
        var outbox = Outbox(source: .relay, instance: 7, batchLength: 256)
        let event = EventRecord(happenedAt: 1, kind: "tested", detail: String(repeating: "x", count: 150))
        while outbox.lost == 0 { outbox.append(.event(event)) }
        var batches = 0
        while outbox.sendNext(by: { _ in true }) { batches += 1 }
        pace.noteTaken(0, at: 1_000_000)
        #expect(!pace.isDue(batches / 2 - 1, at: 1_000_001))
        #expect(pace.isDue(batches / 2, at: 1_000_001))
    }

    @Test mutating func `more than 125 kB in 50 ms are a storm, a burst of less is none`() {
        pace.noteTaken(0, at: 1_000_000)
        #expect(!pace.isStorm(125_000, at: 1_000_001))
        #expect(pace.isStorm(125_001, at: 1_000_001))
        #expect(pace.isStorm(125_001, at: 1_050_000))
        #expect(!pace.isStorm(125_001, at: 1_050_001))
        #expect(!pace.isStorm(2_500_000, at: 2_000_000))
    }

    @Test mutating func `a backlog is stored when nothing has come for 0.1 s, or less than a storm`() {
        #expect(pace.nextStep(share: 0) == 0)
        pace.noteTaken(0, at: 950_000)
        pace.noteTaken(1_000_000, at: 1_000_000)
        #expect(pace.nextStep(share: 0) == 1_100_000)
        pace.noteTaken(1_000_000, at: 1_020_000)
        #expect(pace.nextStep(share: 0) == 1_120_000)
        pace.noteTaken(1_000, at: 1_070_000)
        #expect(pace.nextStep(share: 0) == 0)
    }

    @Test mutating func `in a storm a backlog gets a share of a processor`() {
        pace.noteTaken(0, at: 950_000)
        pace.noteTaken(1_000_000, at: 1_000_000)
        #expect(pace.nextStep(share: 0.25) == 0)
        pace.noteStep(from: 1_000_000, to: 1_010_000, share: 0.25)
        #expect(pace.nextStep(share: 0.25) == 1_040_000)
        pace.noteStep(from: 1_040_000, to: 1_050_000, share: 1)
        #expect(pace.nextStep(share: 1) == 1_050_000)
        pace.noteStep(from: 1_050_000, to: 1_060_000, share: 0.001)
        #expect(pace.nextStep(share: 0.001) == 1_100_000)
    }

    @Test mutating func `a transaction is short in a storm, and otherwise as long as nobody waits for its end`() {
        #expect(!pace.isEnough(from: 0, to: 149_999, hasArrived: false))
        #expect(pace.isEnough(from: 0, to: 150_000, hasArrived: false))
        #expect(!pace.isEnough(from: 0, to: 49_999, hasArrived: true))
        #expect(pace.isEnough(from: 0, to: 50_000, hasArrived: true))
        pace.noteTaken(0, at: 950_000)
        pace.noteTaken(1_000_000, at: 1_000_000)
        #expect(pace.isEnough(from: 1_050_000, to: 1_050_001, hasArrived: false))
        #expect(!pace.isEnough(from: 1_100_000, to: 1_100_001, hasArrived: false))
    }

    @Test(arguments: [
        (0, 0, 0.0), (50, 4_999_999, 0), (75, 0, 0.5), (100, 0, 1), (120, 0, 1), (10, 5_000_000, 0.25),
        (90, 5_000_000, 0.8),
    ])
    func `the share is a quarter after five seconds, and all when the backlog is full`(
        bytes: Int64, age: UInt64, share: Double
    ) {
        let backlog = Backlog(bytes: bytes, batches: 1, oldest: 1_000_000)
        #expect(abs(StoringPace.share(of: backlog, limit: 100, at: 1_000_000 + age) - share) < 1e-9)
    }
}
