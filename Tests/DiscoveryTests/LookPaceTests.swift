import Testing

@testable import discovery

@Suite("When what has changed is looked at")
struct LookPaceTests {
    @Test func `a burst is looked at once, and nothing while nothing changes`() {
        var pace = LookPace()
        #expect(pace.next(before: nil) == nil)
        pace.noteChange(now: 1_000)
        pace.noteChange(now: 15_000)
        #expect(pace.due == 21_000)
        #expect(pace.next(before: nil) == 21_000 && pace.next(before: 18_000) == 18_000)
        pace.noteLook(from: 21_000, to: 21_100)
        #expect(pace.next(before: nil) == nil)
    }

    @Test func `where changes never end, looking takes a tenth of the time`() {
        var pace = LookPace()
        pace.noteLook(from: 0, to: 300_000)
        pace.noteChange(now: 300_001)
        #expect(pace.due == 3_300_000)
        pace.noteLook(from: 3_300_000, to: 3_301_000)
        pace.noteChange(now: 4_000_000)
        #expect(pace.due == 4_020_000)
    }
}
