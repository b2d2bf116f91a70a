import Pacing
import Testing

@Suite("How often people are told")
struct NoticePaceTests {
    private var pace = NoticePace()

    @Test mutating func `at once, whenever that is, and then once a minute at most`() {
        let times: [UInt64] = [5, 6, 60_000_004, 60_000_005, 60_000_006, 120_000_004, 300_000_000, 300_000_001]
        var due: [UInt64] = []
        for time in times where pace.isDue(at: time) { due.append(time) }
        #expect(due == [5, 60_000_005, 300_000_000])
    }

    @Test func `as often as it is told`() {
        var pace = NoticePace(interval: 1_000)
        var due: [UInt64] = []
        for time in stride(from: 0, through: 3_000, by: 500) as StrideThrough<UInt64> where pace.isDue(at: time) {
            due.append(time)
        }
        #expect(due == [0, 1_000, 2_000, 3_000])
    }

    @Test mutating func `those that nobody was told of yet are told of together, and none when there are none`() {
        #expect(pace.news(of: 0, at: 1) == nil)
        #expect(pace.news(of: 1, at: 2) == 1)
        #expect(pace.news(of: 8, at: 60_000_001) == nil)
        #expect(pace.news(of: 9, at: 60_000_002) == 8)
        #expect(pace.news(of: 9, at: 200_000_000) == nil)
        #expect(pace.news(of: 11, at: 200_000_001) == 2)
    }
}
