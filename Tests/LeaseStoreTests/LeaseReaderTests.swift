import Addresses
import Foundation
import LeaseStore
import Messages
import PacketTesting
import Reading
import Testing

@Suite final class LeaseReaderTests: StoreSuite {
    private func rows(
        of table: RecordTable, as form: RecordForm = .text, newest limit: Int? = nil
    ) throws -> (rows: [[String]], isCut: Bool) {
        var pages = try LeaseReader(path: database.path).pages(of: table, as: form, newest: limit)
        var rows: [[String]] = []
        while let page = try pages.nextPage() { rows += page }
        return (rows, pages.isCut)
    }

    @Test func `leases that are over are shown as expired although nobody marked them`() throws {
        let records = [
            Client().ack(.first, for: 60, at: .noon),
            Client(hardwareAddress: Station.stranger).ack(.second, for: .max, at: .noon),
        ]
        try database.store(records, in: store)
        #expect(try database.rows("SELECT state FROM leases") == ["bound", "bound"])
        #expect(
            try rows(of: .leases).rows == [
                [
                    "192.168.50.101", "02:00:5e:10:00:64", "", "ens34", "", "expired", "1700000000000000", "",
                    "1700000060000000",
                ],
                ["192.168.50.102", "02:00:5e:10:00:c8", "", "ens34", "", "bound", "1700000000000000", "", ""],
            ])
        #expect(try rows(of: .currentLeases).rows.map(\.[0]) == ["192.168.50.102"])
    }

    @Test func `JSON has every column of the table in its order`() throws {
        try database.store(Client(hostName: "a\"b").exchange(.first, for: 60, at: .noon) + [event("one")], in: store)
        for table in [RecordTable.leases, .packets, .events] {
            let columns = try database.rows("SELECT name FROM pragma_table_info('\(table.rawValue)') ORDER BY cid")
            let object = try #require(rows(of: table, as: .json).rows.first?.first)
            let positions = columns.map { object.range(of: "\"\($0)\":")?.lowerBound }
            #expect(positions.compactMap(\.self).count == columns.count, "\(table)")
            #expect(positions.compactMap(\.self) == positions.compactMap(\.self).sorted(), "\(table)")
        }
        let packet = try #require(rows(of: .packets, as: .json).rows.first?.first)
        let values = try JSONSerialization.jsonObject(with: Data(packet.utf8)) as? [String: Any]
        #expect(values?["host_name"] as? String == "a\"b")
        #expect(values?["captured_at"] as? UInt64 == .noon)
        #expect(values?["lease_seconds"] is NSNull)
        #expect((values?["frame"] as? String)?.hasPrefix("ffffffffffff02005e100064") == true)
    }

    @Test func `phases that were not reached are empty`() throws {
        var start = StartRecord(startedAt: .noon, uplink: "lan", serverCommand: "dhcpd")
        start.outcome = "no"
        start.phases.discovery = 1234
        try database.store([.start(start)], in: store)
        #expect(
            try rows(of: .starts).rows
                == [["1700000000000000", "lan", "no", "1234", "", "", "", "", "", "dhcpd"]])
        let object = try #require(rows(of: .starts, as: .json).rows.first?.first)
        #expect(object.contains("\"discovery_us\":1234,\"namespace_us\":null"))
    }

    // A page has 1000 rows.
    @Test(arguments: [0, 1, 999, 1000, 1001, 2500])
    func `all rows are read, page by page`(count: Int) throws {
        try database.store((0..<count).map { event("event-\($0)") }, in: store)
        let all = try rows(of: .events)
        #expect(all.rows.map(\.[2]) == (0..<count).map { "event-\($0)" })
        #expect(!all.isCut)
    }

    @Test(arguments: [(1, true), (4, true), (5, false), (6, false)])
    func `the newest rows are read, and it is known whether there are others`(limit: Int, isCut: Bool) throws {
        try database.store((0..<5).map { event("event-\($0)") }, in: store)
        let newest = try rows(of: .events, newest: limit)
        #expect(newest.rows.map(\.[2]) == (0..<5).suffix(limit).map { "event-\($0)" })
        #expect(newest.isCut == isCut)
    }

    @Test func `rows that come while pages are read do not make it endless`() throws {
        try database.store((0..<1000).map { event("event-\($0)") }, in: store)
        var pages = try LeaseReader(path: database.path).pages(of: .events, as: .text, newest: nil)
        #expect(try pages.nextPage()?.count == 1000)
        try database.store([event("later")], in: store)
        #expect(try pages.nextPage() == nil)
    }
}

/// That queries on millions of rows are answered from an index; docs/database.md has such queries.
@Suite struct QueryPlanTests {
    @Test(arguments: [
        "SELECT * FROM packets WHERE client_mac = 'x' ORDER BY captured_at DESC LIMIT 10",
        "SELECT * FROM packets WHERE transaction_id = 'x'",
        "SELECT * FROM packets WHERE your_address = 'x' ORDER BY captured_at DESC LIMIT 10",
        "SELECT * FROM packets WHERE message_type = 'NAK' ORDER BY captured_at DESC LIMIT 10",
        "SELECT message_type, count(*) FROM packets WHERE captured_at > 5 GROUP BY message_type",
        "SELECT count(*) FROM packets WHERE message_type = 'ACK' AND captured_at > 5",
        "SELECT * FROM exchanges WHERE started_at > 5",
        "SELECT * FROM exchanges WHERE client_mac = 'x' ORDER BY started_at DESC",
        "SELECT * FROM leases WHERE address = 'x' AND bound_at <= 5 AND coalesce(ended_at, 6) > 5",
        "SELECT * FROM leases WHERE client_mac = 'x'", "SELECT * FROM leases WHERE client_identifier = 'x'",
        "SELECT * FROM leases WHERE host_name = 'x'", "SELECT * FROM leases WHERE bound_at > 5",
        "SELECT * FROM current_leases WHERE address = 'x'", "SELECT * FROM current_leases WHERE client_mac = 'x'",
    ])
    func `a query for a few rows searches`(query: String) throws {
        let plan = try plan(of: query)
        #expect(!plan.contains { $0.contains("SCAN packets") || $0.contains("SCAN leases") }, "\(plan)")
        #expect(!plan.contains { $0.contains("SCAN opening") || $0.contains("SCAN earlier") }, "\(plan)")
    }

    @Test func `the newest exchanges are found from the end`() throws {
        let plan = try plan(of: "SELECT * FROM exchanges ORDER BY id DESC LIMIT 20")
        #expect(plan[0].hasSuffix("SCAN opening"))
        #expect(!plan.contains { $0.contains("TEMP B-TREE FOR ORDER BY") }, "\(plan)")
    }

    // What is rate-limited is no row.
    @Test(arguments: Verdict.allCases.filter { $0 != .forwarded && $0 != .rateLimited })
    func `packets dropped for one reason are found without reading the others`(verdict: Verdict) throws {
        let plan = try plan(of: "SELECT * FROM packets WHERE verdict = '\(verdict)'")
        #expect(plan.contains { $0.contains("USING INDEX packets_dropped") }, "\(plan)")
    }

    @Test func `why packets were dropped is counted without reading the others`() throws {
        let plan = try plan(
            of: "SELECT verdict, count(*) FROM packets WHERE verdict <> 'forwarded' GROUP BY verdict")
        #expect(plan.contains { $0.contains("COVERING INDEX packets_dropped") }, "\(plan)")
    }

    private func plan(of query: String) throws -> [String] {
        let database = try TemporaryDatabase()
        try LeaseStore(path: database.path).close()
        return try database.rows("EXPLAIN QUERY PLAN \(query)")
    }
}
