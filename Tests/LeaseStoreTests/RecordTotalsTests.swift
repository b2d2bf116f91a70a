import Addresses
import Foundation
import GRDB
import GRDBSQLite
import Messages
import Synchronization
import Testing

@testable import LeaseStore
@testable import Reading

/// What is asked for again and again: right, and bounded whatever was recorded.
@Suite final class RecordTotalsTests: StoreSuite {
    private func packet(hour: Int64, type: UInt8) throws -> Messages.Record {
        .packet(
            PacketRecord(
                capturedAt: UInt64(hour) * 3_600_000_000 + 1, interface: try #require(InterfaceName("ens34")),
                direction: .toServer, verdict: type == 0 ? .vlan : .malformedIP, frame: [type]))
    }

    @Test func `totals are the sums of all, in whatever order the hours come`() throws {
        let seed = UInt64.random(in: 1...UInt64.max)
        var numbers = Numbers(seed: seed)
        for _ in 0..<60 {
            let records = try (0..<5).map { _ in
                // The clock goes on, back, and far ahead once.
                try packet(
                    hour: Int64(numbers.next() % 12) + (numbers.next() % 40 == 0 ? 500 : 0),
                    type: UInt8(numbers.next() % 2))
            }
            try database.store(records + [event("kind-\(numbers.next() % 3)")], in: store)
        }
        try database.execute("DELETE FROM packet_counts WHERE hour_at < 0")
        let totals = try LeaseReader(path: database.path).totals()
        let counted = totals.packets.map { "\($0.verdict) \($0.count)" }.sorted()
        #expect(
            counted == (try database.rows("SELECT verdict, count(*) FROM packets GROUP BY 1 ORDER BY 1")),
            "seed \(seed)")
        let events = totals.events.map { "\($0.kind) \($0.count)" }.sorted()
        #expect(
            events == (try database.rows("SELECT kind, count(*) FROM events GROUP BY 1 ORDER BY 1")), "seed \(seed)")
    }

    @Test func `removed rows stay counted`() throws {
        try database.store([packet(hour: 1, type: 0), packet(hour: 2, type: 0), event("one")], in: store)
        try database.execute("DELETE FROM packet_counts WHERE hour_at < 7200000000; DELETE FROM events")
        let totals = try LeaseReader(path: database.path).totals()
        #expect(totals.packets.map(\.count) == [2] && totals.events.map(\.count) == [1])
    }

    @Test func `a question costs as much whatever was recorded`() throws {
        try fill(1)
        let few = try steps()
        try fill(2_000)
        let many = try steps()
        #expect(many < few + few / 5, "\(few) steps, and \(many) of two thousand times as much")
    }

    /// Starts that fail, events of one kind and hours with packets, as a crash loop and years make them.
    private func fill(_ count: Int) throws {
        try database.execute(
            """
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(count))
            INSERT INTO starts (started_at, uplink, server_command, outcome) SELECT n, 'lan', 'dhcpd', 'no' FROM number;
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(count))
            INSERT INTO events (happened_at, component, kind, detail, amount)
            SELECT n, 'relay', 'records-lost', '3 records', 3 FROM number;
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(count))
            INSERT INTO packet_counts SELECT n * 3600000000, 'ens34', 'to-server', 'vlan', '', 1, 1 FROM number
            WHERE true ON CONFLICT DO NOTHING;
            """)
    }

    /// How many steps of SQLite's machine the totals take.
    private func steps() throws -> Int {
        let reader = try LeaseReader(path: database.path)
        _ = try reader.totals()
        Self.counter.withLock { $0 = 0 }
        reader.connection.inDatabase { database in
            unsafe sqlite3_progress_handler(
                database.sqliteConnection, 1,
                { _ in
                    RecordTotalsTests.counter.withLock { $0 += 1 }
                    return 0
                }, nil)
        }
        _ = try reader.totals()
        return Self.counter.withLock { $0 }
    }

    private static let counter = Mutex(0)

    @Test func `a database that takes the place of another is the one that is asked, each time`() throws {
        var source = TotalsSource(path: database.path)
        #expect(try source.totals().events.isEmpty)
        for count in 1...10 {
            let other = try TemporaryDatabase()
            let store = try LeaseStore(path: other.path)
            try other.store((0..<count).map { _ in event("one") }, in: store)
            try store.checkpoint()
            try store.close()
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database.path + suffix) }
            guard unsafe rename(other.path, database.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
            #expect(try source.totals().events.map(\.count) == [Int64(count)])
        }
    }

    @Test func `a store that was closed is not in its place, although the file is`() throws {
        #expect(store.isInPlace)
        try store.close()
        #expect(!store.isInPlace)
    }
}

/// Listings of what was stored in another order than it happened: in a storm, by one that was away, by a clock that was set.
@Suite struct ListingOrderTests {
    @Test func `events and packets are listed by their times, the newest last`() throws {
        let database = try TemporaryDatabase()
        let store = try LeaseStore(path: database.path)
        let seed = UInt64.random(in: 1...UInt64.max)
        var numbers = Numbers(seed: seed)
        var times: [Int64] = []
        for _ in 0..<30 {
            let batch = (0..<100).map { _ in Int64(numbers.next() % 500) }
            times += batch
            let events = batch.map {
                Messages.Record.event(EventRecord(happenedAt: UInt64($0), kind: "\($0)", detail: ""))
            }
            try database.store(events, in: store)
        }
        let reader = try LeaseReader(path: database.path)
        let sorted = times.sorted().map(String.init)
        for limit in [nil, 1, 7, 999, 1000, 1001, 2_999, 3_000, 4_000] as [Int?] {
            var pages = try reader.pages(of: .events, as: .text, newest: limit)
            var kinds: [String] = []
            while let page = try pages.nextPage() { kinds += page.map { $0[2] } }
            #expect(kinds == limit.map { Array(sorted.suffix($0)) } ?? sorted, "limit \(limit ?? 0), seed \(seed)")
            #expect(pages.isCut == limit.map { $0 < times.count } ?? false, "limit \(limit ?? 0)")
        }
        var filter = RecordFilter()
        (filter.since, filter.until) = (100, 300)
        var pages = try reader.pages(of: .events, as: .text, where: filter, newest: 50)
        #expect(
            try pages.nextPage()?.map { $0[2] }
                == times.filter { (100..<300).contains($0) }.sorted().suffix(50).map(String.init), "seed \(seed)")
    }
}
