import Foundation
import GRDB
import Messages
import Reading
import Testing

@testable import LeaseStore

/// Databases of every version so far, as `Databases` keeps them, with the same few rows in each.
@Suite("Databases of earlier versions")
struct MigrationTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private static let versions = Migration.all.map(\.name)

    private func restore(_ version: String) throws {
        let url = Bundle.module.url(forResource: version, withExtension: "sql", subdirectory: "Databases")
        let file = try #require(url, "each migration has a database that was made with it as the last")
        let dump = try String(contentsOf: file, encoding: .utf8)
        try DatabaseQueue(path: database.path).inDatabase { try $0.execute(sql: dump) }
    }

    /// What makes tables, indexes and triggers, and views if asked for; SQLite's own are left out.
    private static func schema(of database: Database, withViews: Bool) throws -> Set<String> {
        let kinds = withViews ? "" : "AND type <> 'view'"
        return try Set(
            String.fetchAll(database, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL \(kinds)")
                .map { $0.replacingOccurrences(of: "IF NOT EXISTS ", with: "") })
    }

    private func schema(withViews: Bool = true) throws -> Set<String> {
        try DatabaseQueue(path: database.path).read { try Self.schema(of: $0, withViews: withViews) }
    }

    @Test(arguments: versions)
    func `what was published is what it was`(version: String) throws {
        try restore(version)
        let new = try DatabaseQueue()
        try Schema.migrator.migrate(new, upTo: version)
        #expect(try new.read { try Self.schema(of: $0, withViews: false) } == schema(withViews: false))
    }

    @Test(arguments: versions)
    func `each becomes one of today, with all that was in it`(version: String) throws {
        try restore(version)
        try LeaseStore(path: database.path).close()
        let new = try TemporaryDatabase()
        try LeaseStore(path: new.path).close()
        let today = try DatabaseQueue(path: new.path).read { try Self.schema(of: $0, withViews: true) }
        #expect(try schema() == today)

        #expect(try database.rows("SELECT count(*), count(client_mac) FROM packets") == ["7 6"])
        #expect(
            try database.rows("SELECT address, state FROM lease_history ORDER BY id").last == "192.168.50.31 released")
        #expect(try database.rows("SELECT ended_with, address FROM exchanges ORDER BY id").first == "ACK 192.168.50.30")
        #expect(try database.rows("SELECT client_mac, requests FROM unanswered_clients") == ["02:00:00:00:00:0b 1"])
        #expect(try database.rows("SELECT records FROM gaps") == ["12"])
        #expect(
            try database.rows("SELECT kind, amount FROM events ORDER BY id") == ["started -", "records-lost 12"])
        #expect(
            try database.rows("SELECT message_type, packets FROM message_counts WHERE message_type = 'other'")
                == ["other 1"])
        #expect(try database.rows("SELECT starts FROM start_totals WHERE within_us = 20000") == ["1"])
        #expect(try database.rows("SELECT component, instance, sequence FROM sources") == ["relay 7 3"])
        #expect(try database.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test func `a view with another text is made anew, and what others made stays`() throws {
        try LeaseStore(path: database.path).close()
        let today = try schema()
        try database.execute(
            """
            DROP VIEW gaps; CREATE VIEW gaps AS SELECT 'of an older version' AS records; DROP VIEW event_log;
            CREATE VIEW ours AS SELECT address FROM current_leases;
            """)
        try LeaseStore(path: database.path).close()
        #expect(try schema() == today.union(["CREATE VIEW ours AS SELECT address FROM current_leases"]))
    }

    @Test func `where all views are today's nothing is written`() throws {
        try LeaseStore(path: database.path).close()
        let before = try database.rows("PRAGMA schema_version")
        try LeaseStore(path: database.path).close()
        #expect(try database.rows("PRAGMA schema_version") == before)
    }

    @Test func `starts are counted within the bounds that are shown`() throws {
        let trigger = try #require(Migration.all.flatMap(\.statements).last { $0.contains("server_started") })
        for bound in RecordTotals.startBounds { #expect(trigger.contains("<= \(bound) THEN \(bound)")) }
    }
}
