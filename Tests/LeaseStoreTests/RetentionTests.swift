import GRDB
import Messages
import Testing

@testable import LeaseStore

/// What is to be removed next, from numbers alone.
@Suite struct RetentionPlanTests {
    /// 1000 pages of 4 KiB, 100 of them free, and a packet from the time 5000.
    private var use = DatabaseUse(pageSize: 4096, pages: 1000, freePages: 100, oldestPacket: 5000, canShrink: true)

    @Test func `nothing is removed unless somebody says so`() {
        #expect(Retention().steps(for: use, at: .max).isEmpty)
        #expect(Retention(keepsFrames: false).steps(for: use, at: .max).isEmpty)
    }

    @Test func `a packet is too old when it is older than it may be`() {
        #expect(Retention(age: 1000).steps(for: use, at: 6000).isEmpty)
        #expect(Retention(age: 1000).steps(for: use, at: 6001) == [.removePackets(before: 5001)])
    }

    @Test mutating func `packets go while more is in use than may be, what is left to the log and a backlog taken off`()
    {
        use.canShrink = false
        let size: Int64 = 900 * 4096
        #expect(Retention(size: size * 8 / 7 - 8).steps(for: use, at: 0) == [.removePackets(before: nil)])
        #expect(Retention(size: size * 8 / 7 + 8).steps(for: use, at: 0).isEmpty)
        let backlog = Retention(size: 2 * size, backlog: size)
        #expect(backlog.steps(for: use, at: 0) == [.removePackets(before: nil)])
    }

    @Test mutating func `what is kept aside pushes nothing out`() {
        (use.backlog, use.canShrink) = (1 << 40, false)
        #expect(Retention(size: 1000 * 4096).steps(for: use, at: 0).isEmpty)
    }

    @Test mutating func `without packets, clients, old counts, events and starts leases go, and they alone last`() {
        let retention = Retention(size: 1)
        (use.oldestStranger, use.oldestHour, use.oldestEnd) = (1, 2, 3)
        (use.hasOldEvents, use.hasOldStarts) = (true, true)
        var order: [Retention.Step] = []
        func next() -> Retention.Step? { retention.steps(for: use, at: .max).first }
        order.append(contentsOf: [next()].compactMap(\.self))
        use.oldestPacket = nil
        order.append(contentsOf: [next()].compactMap(\.self))
        use.oldestStranger = nil
        order.append(contentsOf: [next()].compactMap(\.self))
        use.oldestHour = nil
        order.append(contentsOf: [next()].compactMap(\.self))
        use.hasOldEvents = false
        order.append(contentsOf: [next()].compactMap(\.self))
        use.hasOldStarts = false
        order.append(contentsOf: [next()].compactMap(\.self))
        #expect(
            order == [
                .removePackets(before: nil), .removeClients(lastSeenUntil: nil), .foldHour(2), .removeFirstEvents,
                .removeFirstStarts, .removeLeases(endedBefore: nil),
            ])
        (use.oldestEnd, use.canShrink) = (nil, false)
        #expect(next() == nil)
    }

    @Test mutating func `leases go that ended too long ago, and with them clients that were not seen since`() {
        (use.oldestEnd, use.oldestStranger) = (4000, 4000)
        #expect(Retention(leases: 1000).steps(for: use, at: 5000).isEmpty)
        #expect(
            Retention(leases: 1000).steps(for: use, at: 5001)
                == [.removeClients(lastSeenUntil: 4000), .removeLeases(endedBefore: 4001)])
    }

    @Test mutating func `strangers have a bound whatever is kept`() {
        use.oldestStranger = 10
        use.surplus.clientsSeenUntil = 20
        use.surplus.events = Surplus.Events(kind: "foreign-server", until: 30)
        #expect(
            Retention().steps(for: use, at: 40)
                == [.removeClients(lastSeenUntil: 20), .removeEvents(kind: "foreign-server", until: 30)])
        #expect(Retention(size: 16 << 20).strangers == 4096 && Retention().strangers == 100_000)
    }

    @Test func `age goes before size`() {
        #expect(Retention(age: 1, size: 1).steps(for: use, at: 6000) == [.removePackets(before: 5999)])
    }

    @Test mutating func `a file larger than it may be is made smaller, as far as there are free pages`() {
        let retention = Retention(size: 8 * 950 * 4096 / 7 + 8)
        (use.pages, use.freePages) = (1000, 100)
        #expect(retention.steps(for: use, at: 0) == [.giveBack(pages: 50)])
        (use.pages, use.freePages) = (10_000, 9_990)
        #expect(retention.steps(for: use, at: 0) == [.giveBack(pages: Retention.pagesPerStep)])
        use.canShrink = false
        #expect(retention.steps(for: use, at: 0).isEmpty)
    }

    @Test mutating func `free pages beyond a quarter are given back, unless they are few`() {
        let retention = Retention(age: 1_000_000)
        (use.pages, use.freePages) = (100_000, 25_000)
        #expect(retention.steps(for: use, at: 0).isEmpty)
        use.freePages = 25_010
        #expect(retention.steps(for: use, at: 0) == [.giveBack(pages: 10)])
        (use.pages, use.freePages) = (20_000, 16_384)
        #expect(retention.steps(for: use, at: 0).isEmpty)
        #expect(Retention().steps(for: use, at: 0).isEmpty)
    }
}

/// What is removed from a database.
@Suite struct RetentionTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private func size() throws -> Int {
        try Int(database.rows("SELECT page_size * page_count FROM pragma_page_size, pragma_page_count")[0]) ?? 0
    }

    private func removeAll(from store: LeaseStore, at time: UInt64) throws -> Int {
        var steps = 0
        while try store.removeSurplus(at: time).hasMore { steps += 1 }
        return steps
    }

    @Test func `old packets go, the latest and everything else stays`() throws {
        let store = try LeaseStore(path: database.path, keeping: Retention(age: Int64(UInt64.hour)))
        try database.store(Client().exchange(.first, for: 3600, at: .noon), in: store)
        try database.store([Client().renew(.first, at: .noon + .hour), event("kept")], in: store)
        let others =
            "SELECT (SELECT count(*) FROM leases), (SELECT count(*) FROM events), (SELECT sum(packets) FROM packet_counts)"
        #expect(try removeAll(from: store, at: .noon + .hour) == 0)
        #expect(try database.rows("SELECT count(*) FROM packets") == ["5"])
        #expect(try removeAll(from: store, at: .noon + .hour + .second) == 1)
        #expect(try database.rows("SELECT id, message_type FROM packets") == ["5 REQUEST"])
        #expect(try database.rows(others) == ["1 1 5"])
    }

    @Test func `one transaction removes a bounded number, by the clock and not by the order`() throws {
        let store = try LeaseStore(path: database.path, keeping: Retention(age: 10))
        let count = UInt64(Retention.rowsPerStep) + 1
        // The clock was ahead when the first was stored.
        let times = [.noon + .hour] + (0..<count).map { .noon + $0 }
        try database.store(times.map { Client().discover(at: $0) }, in: store)
        #expect(try store.removeSurplus(at: .noon + .second).hasMore)
        #expect(try database.rows("SELECT id FROM packets ORDER BY id") == ["1", "\(count + 1)"])
        #expect(try store.removeSurplus(at: .noon + .second).hasMore)
        #expect(try !store.removeSurplus(at: .noon + .second).hasMore)
        #expect(try database.rows("SELECT id FROM packets") == ["1"])
    }

    @Test func `a database that is too large loses its first packets, and its file gets smaller`() throws {
        let packets = (0..<1000).map { Client().discover(at: .noon + UInt64($0)) }
        let unbounded = try LeaseStore(path: database.path)
        for _ in 0..<8 { try database.store(packets, in: unbounded) }
        try unbounded.close()
        let before = try size()
        let limit = before / 2
        let store = try LeaseStore(path: database.path, keeping: Retention(size: Int64(limit)))
        #expect(try removeAll(from: store, at: .noon) > 8)
        #expect(try size() <= limit)
        #expect(try store.checkpoint())
        let kept = try #require(Int(database.rows("SELECT count(*) FROM packets")[0]))
        #expect(try database.rows("SELECT min(id), max(id) FROM packets") == ["\(8001 - kept) 8000"])
        // An eighth is left to the log.
        #expect(kept > 2000 && kept < 4500)
        #expect(try database.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test func `the file of an older database keeps its size, and its room is used again`() throws {
        try database.execute("PRAGMA auto_vacuum = NONE; CREATE TABLE old (id); DROP TABLE old")
        let store = try LeaseStore(path: database.path, keeping: Retention(size: 1))
        let packets = (0..<1000).map { Client().discover(at: .noon + UInt64($0)) }
        try database.store(packets, in: store)
        let before = try size()
        #expect(try removeAll(from: store, at: .noon) == 2)
        #expect(try database.rows("SELECT count(*) FROM packets") == ["0"])
        #expect(try size() == before)
        try database.store(packets, in: store)
        #expect(try size() == before)
    }

    @Test func `without frames there is everything that was read from them`() throws {
        let store = try LeaseStore(path: database.path, keeping: Retention(keepsFrames: false))
        try database.store([Client(hostName: "laptop").discover(at: .noon)], in: store)
        #expect(
            try database.rows("SELECT message_type, host_name, length(frame) FROM packets") == ["DISCOVER laptop 0"])
        #expect(try database.rows("SELECT bytes > 240 FROM packet_counts") == ["1"])
        #expect(try database.rows("SELECT packets FROM clients") == ["1"])
    }
}
