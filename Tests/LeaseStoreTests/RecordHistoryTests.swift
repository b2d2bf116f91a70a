import Addresses
import LeaseStore
import Messages
import PacketTesting
import Reading
import Testing

/// What is shown of a period: few numbers, whatever is recorded.
@Suite struct RecordHistoryTests {
    private let database: TemporaryDatabase
    /// The time 2026-11-24T13:00:00Z.
    private static let one: Int64 = 1_795_525_200_000_000
    private static let minute: Int64 = 60_000_000

    init() throws {
        database = try TemporaryDatabase()
    }

    private func history(since: Int64? = nil, until: Int64? = nil) throws -> RecordHistory? {
        try LeaseReader(path: database.path).history(since: since, until: until)
    }

    @Test(arguments: [
        (0..<1, 1_000_000, 1), (999_999..<1_000_001, 1_000_000, 2), (0..<100_000_000, 1_000_000, 100),
        (0..<100_000_001, 2_000_000, 51), (one..<one + 60 * minute, minute, 60),
        (one..<one + 100 * 60 * minute, 60 * minute, 100), (0..<one, 32 * 7 * 24 * 60 * minute, 93),
    ])
    func `slots cover the period, and are at most a hundred`(_ period: Range<Int64>, _ width: Int64, _ count: Int) {
        let slots = TimeSlots(covering: period)
        #expect(slots.width == width && slots.count == count)
        #expect(slots.begin.isMultiple(of: width) && slots.begin <= period.lowerBound && slots.end >= period.upperBound)
        #expect(slots.ranges.first?.lowerBound == slots.begin && slots.ranges.last?.upperBound == slots.end)
    }

    @Test func `packets are counted by whole hours`() {
        let slots = TimeSlots(covering: Self.one + 1..<Self.one + 2, shortest: TimeSlots.hour)
        #expect(slots.begin == Self.one && slots.width == TimeSlots.hour && slots.count == 1)
    }

    @Test func `the example site is told as its tables tell it`() throws {
        try ExampleSite.fill(database)
        let history = try #require(try history(since: Self.one))
        // Leases come and go at 13:02, 13:03, 13:09, 13:17, 13:20 and 13:25; one for ever at 13:40.
        let leases = try #require(history.leases.first)
        #expect(history.leases.count == 1 && history.slots.width == Self.minute && leases.given.reduce(0, +) == 5)
        #expect([1, 2, 3, 9, 17, 20, 25, 40, 50].map { leases.held[$0] } == [0, 1, 2, 1, 0, 1, 2, 3, 3])
        #expect(leases.held.last == 3)
        #expect(history.latencies.reduce(0) { $0 + $1.exchanges } == 7)
        #expect(history.latencies.reduce(0) { $0 + $1.unanswered } == 1)
        #expect(history.latencies[2].discoverToOffer == [1.012] && history.latencies[2].discoverToAck == [3.305])
        #expect(history.latencies[7].requestToAck == [1.44])
        #expect(history.drops.map { [$0.reason, "\($0.packets)"] } == [["foreign-server", "1"]])
        #expect(history.packets.map(\.messageType) == ["DISCOVER", "OFFER", "REQUEST", "ACK", "NAK", "RELEASE", ""])
        #expect(history.packets.map { $0.counts.reduce(0, +) } == [7, 5, 6, 5, 1, 1, 1])
        #expect(history.packets.map(\.forwarded) == [7, 4, 6, 5, 1, 1, 1])
        #expect(history.recordsLost == 3 && history.starts.isEmpty)
    }

    @Test func `starts are those of the period, and those that failed are counted`() throws {
        try ExampleSite.fill(database)
        let history = try #require(try history(until: Self.one))
        #expect(history.starts.map { [$0.count, $0.ready] } == [[4, 3]])
        #expect(history.starts.first?.mean == 19.42 && history.starts.first?.longest == 19.94)
        #expect(history.newestStarts.map { $0.durations["total"] } == [18_900, 19_420, 19_940])
        #expect(history.leases.isEmpty && history.packets.allSatisfy { $0.forwarded == 0 })
    }

    @Test func `in a flood the first packets of a slot stand for it`() throws {
        let store = try LeaseStore(path: database.path)
        let client = Client()
        let records = (0..<500).flatMap { number -> [Record] in
            let time = UInt64(Self.one) + UInt64(number) * 1_000
            var client = client
            client.transaction = UInt32(number + 1)
            return [client.discover(at: time), client.offer(IPv4Address(192, 168, 50, 101), at: time + 500)]
        }
        try database.store(records, of: .relay, at: UInt64(Self.one), in: store)
        try store.close()
        let history = try #require(try history())
        #expect(history.slots.count == 1 && history.latencies.map(\.exchanges) == [RecordHistory.packetLimit / 2])
        #expect(history.packets.map { $0.counts } == [[500], [500]])
    }

    @Test func `hours whose packets were removed belong to what is recorded`() throws {
        try ExampleSite.fill(database)
        let first = try #require(try history()).period.lowerBound
        #expect(first == Self.one - 9_000_000)
        try database.execute(
            "INSERT INTO packet_counts VALUES (\(Self.one - 120 * Self.minute), 'a', 'b', 'c', 'd', 9, 1)")
        #expect(try history()?.hours.begin == Self.one - 120 * Self.minute)
    }

    @Test func `where nothing is recorded there is no history`() throws {
        try LeaseStore(path: database.path).close()
        #expect(try history() == nil)
        try ExampleSite.fill(database)
        #expect(try history(since: Self.one + 60 * Self.minute) == nil)
        #expect(try history(until: 1) == nil)
    }
}
