import Addresses
import LeaseStore
import Messages
import PacketTesting
import Reading
import Testing

@Suite final class RecordFilterTests: StoreSuite {
    private func filter(_ set: (inout RecordFilter) -> Void) -> RecordFilter {
        var filter = RecordFilter()
        set(&filter)
        return filter
    }

    /// The first column of the rows.
    private func rows(
        of table: RecordTable, where filter: RecordFilter, newest limit: Int? = nil
    ) throws -> (rows: [String], isCut: Bool) {
        var pages = try LeaseReader(path: database.path).pages(of: table, as: .text, where: filter, newest: limit)
        var rows: [String] = []
        while let page = try pages.nextPage() { rows += page.map { $0[table == .events ? 2 : 1] } }
        return (rows, pages.isCut)
    }

    /// Who held the first address at a time, in seconds after noon.
    private func holders(at second: Int64) throws -> [String] {
        let filter = filter {
            $0.address = .first
            $0.narrow(to: Int64(UInt64.noon) + second * 1_000_000)
        }
        return try rows(of: .leases, where: filter).rows
    }

    @Test func `who had an address at a moment is found among all who ever had it`() throws {
        let (one, other) = (Client(), Client(hardwareAddress: Station.stranger))
        let records = [
            one.ack(.first, for: 60, at: .noon), one.ack(.second, for: 60, at: .noon + 70 * .second),
            other.ack(.first, for: 60, at: .noon + 100 * .second),
            other.release(.first, at: .noon + 130 * .second), one.ack(.first, for: .max, at: .noon + 140 * .second),
        ]
        try database.store(records, in: store)
        let (ours, theirs) = ("02:00:5e:10:00:64", "02:00:5e:10:00:c8")
        let expected: [(Int64, [String])] = [
            (-1, []), (0, [ours]), (59, [ours]), (60, []), (99, []), (100, [theirs]), (129, [theirs]), (130, []),
            (139, []), (140, [ours]), (1_000_000, [ours]),
        ]
        for (second, holders) in expected { #expect(try self.holders(at: second) == holders, "second \(second)") }
    }

    @Test func `leases of a period are those that were held at some time in it`() throws {
        try database.store(
            [
                Client().ack(.first, for: 60, at: .noon),
                Client(hardwareAddress: Station.stranger).ack(.second, for: 60, at: .noon + 30 * .second),
            ], in: store)
        let noon = Int64(UInt64.noon)
        func count(_ since: Int64?, _ until: Int64?) throws -> Int {
            let filter = filter {
                $0.since = since.map { noon + $0 * 1_000_000 }
                $0.until = until.map { noon + $0 * 1_000_000 }
            }
            return try rows(of: .leases, where: filter).rows.count
        }
        #expect(try count(nil, nil) == 2)
        #expect(try count(59, nil) == 2)
        #expect(try count(60, nil) == 1)
        #expect(try count(90, nil) == 0)
        #expect(try count(nil, 30) == 1)
        #expect(try count(nil, 0) == 0)
        #expect(try count(-10, 31) == 2)
    }

    @Test func `events and packets of a period begin with it and end before it ends`() throws {
        try database.store((0..<2500).map { Self.event($0) }, in: store)
        let noon = Int64(UInt64.noon)
        let filter = filter { ($0.since, $0.until) = (noon + 100, noon + 2200) }
        let all = try rows(of: .events, where: filter)
        #expect(all.rows == (100..<2200).map { "event-\($0)" })
        #expect(!all.isCut)
        let newest = try rows(of: .events, where: filter, newest: 2)
        #expect(newest.rows == ["event-2198", "event-2199"] && newest.isCut)
        #expect(try !rows(of: .events, where: filter, newest: 2100).isCut)
        #expect(try rows(of: .events, where: self.filter { $0.since = noon + 2500 }).rows.isEmpty)
    }

    @Test func `a period does not mind that the clock was set`() throws {
        try database.store([10, 5000, 20, 4000, 30].map(Self.event), in: store)
        let noon = Int64(UInt64.noon)
        #expect(
            try rows(of: .events, where: filter { $0.until = noon + 1000 }).rows
                == ["event-10", "event-20", "event-30"])
        #expect(
            try rows(of: .events, where: filter { $0.since = noon + 1000 }).rows == ["event-4000", "event-5000"])
    }

    @Test func `packets of an address are those that give it, ask for it or come from it`() throws {
        let (one, other) = (Client(), Client(hardwareAddress: Station.stranger))
        try database.store(
            other.exchange(.second, for: 60, at: .noon) + one.exchange(.first, for: 60, at: .noon)
                + [one.renew(.first, at: .noon), one.release(.first, at: .noon), one.decline(.first, at: .noon)],
            in: store)
        func types(_ filter: RecordFilter, newest limit: Int? = nil) throws -> [String] {
            var pages = try LeaseReader(path: database.path).pages(
                of: .packets, as: .text, where: filter, newest: limit)
            return try pages.nextPage()?.map { $0[3] } ?? []
        }
        let ofFirst = filter { $0.address = .first }
        #expect(try types(ofFirst) == ["REQUEST", "RELEASE", "DECLINE", "OFFER", "REQUEST", "ACK"])
        #expect(try types(ofFirst, newest: 2) == ["REQUEST", "ACK"])
        #expect(try types(filter { $0.client = Station.stranger }) == ["DISCOVER", "OFFER", "REQUEST", "ACK"])
        let neither = filter { ($0.client, $0.address) = (Station.stranger, .first) }
        #expect(try types(neither).isEmpty)
    }

    @Test func `rows about a client are read page by page, and cut only when there are more`() throws {
        let discovers = (0..<2100 as Range<UInt64>).map { Client().discover(at: .noon + $0) }
        try database.store(
            discovers + [Client(hardwareAddress: Station.stranger).discover(at: .noon)], in: store)
        let ofClient = filter { $0.client = Station.client }
        #expect(try rows(of: .packets, where: ofClient).rows.count == 2100)
        #expect(try rows(of: .packets, where: ofClient, newest: 2099).isCut)
        #expect(try !rows(of: .packets, where: ofClient, newest: 2100).isCut)
    }

    @Test func `the tail has each packet once, and none twice when all others are removed`() throws {
        var tail = try LeaseReader(path: database.path).tail(where: filter { $0.client = Station.client })
        func fresh() throws -> [String] {
            guard var pages = try tail.next() else { return [] }
            return try pages.nextPage()?.map { $0.messageType ?? "-" } ?? []
        }
        #expect(try fresh().isEmpty)
        let client = Client()
        try database.store(
            [client.discover(at: .noon), Client(hardwareAddress: Station.stranger).inform(.first, at: .noon)],
            in: store)
        #expect(try fresh() == ["DISCOVER"])
        #expect(try fresh().isEmpty)
        try database.store([client.request(.first, at: .noon)], in: store)
        #expect(try fresh() == ["REQUEST"])
        try database.execute("DELETE FROM packets")
        try database.store([client.release(.first, at: .noon)], in: store)
        #expect(try fresh() == ["RELEASE"])
    }

    @Test func `the tail can begin before now`() throws {
        try database.store([Client().discover(at: .noon), Client().request(.first, at: .noon + 5)], in: store)
        var tail = try LeaseReader(path: database.path).tail(where: filter { $0.since = Int64(UInt64.noon) + 5 })
        let first = try tail.next()
        var pages = try #require(first)
        #expect(try pages.nextPage()?.map(\.messageType) == ["REQUEST"])
        #expect(try pages.nextPage() == nil)
    }

    private static func event(_ microsecond: Int) -> Messages.Record {
        .event(EventRecord(happenedAt: .noon + UInt64(microsecond), kind: "event-\(microsecond)", detail: ""))
    }
}
