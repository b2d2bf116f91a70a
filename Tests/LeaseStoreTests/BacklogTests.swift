import Addresses
import Foundation
import LeaseStore
import Messages
import Reading
import Testing

/// What is kept as it came, and gets into the tables later.
@Suite struct BacklogTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private var kinds: [String] {
        get throws { try database.rows("SELECT kind FROM events WHERE component = 'relay' ORDER BY id") }
    }

    private func received(_ sequence: UInt64, _ kind: String, lost: UInt32 = 0) throws -> ReceivedBatch {
        let batch = batch(sequence, [event(kind)], lost: lost)
        return try #require(ReceivedBatch(Message.records(batch).encoded()))
    }

    private func event(_ kind: String) -> Messages.Record {
        .event(EventRecord(happenedAt: 1, kind: kind, detail: ""))
    }

    private func upTo(_ sequence: UInt64) -> [RecordSource: Acknowledgement] {
        let acknowledgement = Acknowledgement(instance: 7, sequence: sequence)
        return [RecordSource(batch(1, [])): acknowledgement]
    }

    @Test func `what is kept gets into the tables in its order, a part at a time`() throws {
        let store = try LeaseStore(path: database.path)
        let batches = try ["one", "two", "three"].enumerated().map { try received(UInt64($0 + 1), $1) }
        let (kept, backlog) = try store.keep(batches, at: 1_000)
        #expect(kept == upTo(3))
        let bytes = batches.map { Int64($0.datagram.count) }
        #expect(backlog == Backlog(bytes: bytes.reduce(0, +), batches: 3, oldest: 1_000))
        #expect(try kinds == [])
        let (records, rest) = try store.storeBacklog(atMost: 2)
        #expect(records == 2)
        #expect(rest == Backlog(bytes: bytes[2], batches: 1, oldest: 1_000))
        #expect(try kinds == ["one", "two"])
        let (_, both) = try store.keep([received(4, "four")], at: 2_000)
        #expect(both.batches == 2 && both.oldest == 1_000)
        #expect(try store.storeBacklog(atMost: 16) == (2, .none))
        #expect(try kinds == ["one", "two", "three", "four"])
        #expect(try store.storeBacklog(atMost: 16) == (0, .none))
    }

    private func received(_ sequence: UInt64, _ records: [Messages.Record]) throws -> ReceivedBatch {
        try #require(ReceivedBatch(Message.records(batch(sequence, records)).encoded()))
    }

    private func exchange(_ sequence: UInt64, _ address: IPv4Address, at time: UInt64) throws -> ReceivedBatch {
        try received(sequence, Self.laptop.exchange(address, for: 3600, at: time))
    }

    private static let laptop = Client(identifier: [1, 2], hostName: "laptop")

    private let leases = "SELECT address, client_identifier, host_name, state FROM leases ORDER BY id"

    @Test func `leases do not wait for what is kept, and are not changed by it again`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.keep([exchange(1, .first, at: .noon)], at: .noon)
        #expect(try database.rows(leases) == ["192.168.50.101 01:02 laptop bound"])
        #expect(try database.rows("SELECT count(*) FROM packets") == ["0"])
        _ = try store.keep([exchange(2, .second, at: .noon + .second)], at: .noon + .second)
        let now = ["192.168.50.101 01:02 laptop superseded", "192.168.50.102 01:02 laptop bound"]
        #expect(try database.rows(leases) == now)
        // However long they are kept, leases end in time.
        #expect(try store.expireLeases(at: .noon + 2 * .hour) == 1)
        while try !store.storeBacklog(atMost: 1).rest.isEmpty {}
        #expect(try database.rows(leases) == [now[0], "192.168.50.102 01:02 laptop expired"])
        #expect(try database.rows("SELECT count(*), sum(client_identifier IS NULL) FROM packets") == ["8 4"])
    }

    @Test func `one transaction takes parts until it is told that they are enough`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.keep((1...4).map { try received($0, "\($0)") }, at: .noon)
        var asked = 0
        let (records, rest) = try store.storeBacklog(atMost: 1) {
            asked += 1
            #expect((try? kinds) == [])
            return asked == 3
        }
        #expect(records == 3 && rest.batches == 1)
        #expect(try kinds == ["1", "2", "3"])
        // Where nothing is left nobody is asked.
        #expect(try store.storeBacklog(atMost: 2) { asked > 3 }.rest.isEmpty)
        #expect(asked == 3)
    }

    @Test func `who comes after a recorder that was killed knows what was asked, and whom, by what is kept`() throws {
        let asked = Self.laptop.exchange(.first, for: 3600, at: .noon).dropLast()
        let start = StartRecord(startedAt: .noon, uplink: "lan", serverCommand: "dhcpd -f -4")
        _ = try LeaseStore(path: database.path).keep([received(1, [.start(start)] + asked)], at: .noon)
        let next = try LeaseStore(path: database.path)
        let ack = Self.laptop.ack(.first, for: 3600, at: .noon + 3000)
        _ = try next.keep([received(2, [ack])], at: .noon)
        #expect(try database.rows(leases) == ["192.168.50.101 01:02 laptop bound"])
        // dhcpd believes it of anybody.
        let decline = Client(hardwareAddress: MACAddress(rawValue: 0x0200_0000_0007)).decline(.first, at: .noon + 4000)
        _ = try LeaseStore(path: database.path).keep([received(3, [decline])], at: .noon)
        #expect(try database.rows(leases) == ["192.168.50.101 01:02 laptop declined"])
    }

    @Test func `what an older version has kept comes before what follows, leases too`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.keep([exchange(1, .first, at: .noon)], at: .noon)
        try database.execute("DELETE FROM leases; UPDATE backlog SET has_leases_stored = 0")
        _ = try store.keep([exchange(2, .second, at: .noon + .second)], at: .noon + .second)
        #expect(try database.rows(leases) == [])
        while try !store.storeBacklog(atMost: 1).rest.isEmpty {}
        #expect(
            try database.rows(leases)
                == ["192.168.50.101 01:02 laptop superseded", "192.168.50.102 01:02 laptop bound"])
        _ = try store.keep([exchange(3, .first, at: .noon + 2 * .second)], at: .noon)
        #expect(try database.rows(leases).count == 3)
    }

    @Test func `another recorder finds what one has kept, and takes nothing twice`() throws {
        let first = try LeaseStore(path: database.path)
        _ = try first.store([batch(1, [event("one")])], at: .noon)
        _ = try first.keep([received(1, "one"), received(2, "two")], at: .noon)
        let second = try LeaseStore(path: database.path)
        #expect(try second.backlog().batches == 1)
        #expect(try second.keep([received(2, "two"), received(3, "three")], at: .noon).kept == upTo(3))
        #expect(try second.storeBacklog(atMost: 16).records == 2)
        #expect(try second.store([batch(3, [event("three")]), batch(4, [event("four")])], at: .noon) == upTo(4))
        #expect(try kinds == ["one", "two", "three", "four"])
    }

    @Test func `that batches are missing before those that are kept is told at once`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.store([batch(1, [event("one")])], at: .noon)
        #expect(try store.keep([received(3, "three")], at: .noon).kept == upTo(3))
        #expect(try kinds == ["one"])
        #expect(try database.rows("SELECT kind FROM events WHERE component = 'recorder'") == ["batches-missing"])
        #expect(try store.storeBacklog(atMost: 16).records == 1)
    }

    @Test func `a gap has the time when it was told, and the recorder's own events do not wait`() throws {
        let store = try LeaseStore(path: database.path)
        let own = EventRecord(happenedAt: 5, kind: "started", detail: "")
        _ = try store.keep([received(1, "one", lost: 3)], and: [own], at: 1_000)
        #expect(try database.rows("SELECT kind FROM events") == ["started"])
        _ = try store.storeBacklog(atMost: 16)
        #expect(try database.rows("SELECT happened_at, component, records FROM gaps") == ["1000 relay 3"])
    }

    @Test func `a batch that cannot be read is an error, and stays with all that comes after it`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.keep([received(1, "one"), received(2, "two")], at: .noon)
        try database.execute("UPDATE backlog SET message = x'00' WHERE id = 2")
        #expect(throws: LeaseStoreError.failed(reason: "batch 2 of the table backlog cannot be read")) {
            try store.storeBacklog(atMost: 16)
        }
        #expect(try kinds == [])
        #expect(try store.backlog().batches == 2)
    }

    @Test func `a database of an older version gets its backlog`() throws {
        try LeaseStore(path: database.path).close()
        try database.execute(
            DatabaseVersions.unbounded + "DROP TABLE backlog; DELETE FROM grdb_migrations WHERE identifier = '5'")
        #expect(throws: LeaseStoreError.olderSchema(path: database.path)) { try LeaseReader(path: database.path) }
        #expect(try LeaseStore(path: database.path).backlog() == .none)
    }

    @Test func `what is stored leaves nothing of itself in the backlog`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.keep([received(1, "conspicuous")], at: .noon)
        #expect(try store.checkpoint())
        let file = URL(fileURLWithPath: database.path)
        #expect(try occurrences(of: "conspicuous", in: file) == 1)
        _ = try store.storeBacklog(atMost: 16)
        try database.execute("DELETE FROM events; DELETE FROM event_totals")
        #expect(try store.checkpoint())
        #expect(try occurrences(of: "conspicuous", in: file) == 0)
    }

    private func occurrences(of text: String, in file: URL) throws -> Int {
        let bytes = try Data(contentsOf: file)
        var (found, rest) = (0, bytes.startIndex..<bytes.endIndex)
        while let range = bytes.range(of: Data(text.utf8), in: rest) {
            found += 1
            rest = range.upperBound..<bytes.endIndex
        }
        return found
    }
}
