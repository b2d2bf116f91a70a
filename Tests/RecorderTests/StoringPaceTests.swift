import Messages
import Testing

@testable import recorder

@Suite struct StoringPaceTests {
    private var pace = StoringPace()

    @Test mutating func `what comes after a rest is stored at once, what follows it a little later`() {
        #expect(pace.isDue(1, at: 0))
        pace.noteStored(at: 1_000_000)
        #expect(!pace.isDue(1, at: 1_049_999))
        #expect(pace.isDue(1, at: 1_050_000))
    }

    @Test mutating func `half of what a sender may have under way does not wait`() throws {
        var outbox = Outbox(source: .relay, instance: 7, batchLength: 256)
        let event = EventRecord(happenedAt: 1, kind: "tested", detail: String(repeating: "x", count: 150))
        while outbox.lost == 0 { outbox.append(.event(event)) }
        var batches = 0
        while outbox.nextDatagram() != nil {
            outbox.markSent()
            batches += 1
        }
        pace.noteStored(at: 1_000_000)
        #expect(!pace.isDue(batches / 2 - 1, at: 1_000_001))
        #expect(pace.isDue(batches / 2, at: 1_000_001))
    }
}
