import Foundation
import GRDB
import GRDBSQLite
import LeaseStore
import Testing

@Suite struct DocumentationTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    @Test func `every example prints what stands below it`() throws {
        try ExampleSite.fill(database)
        let examples = try Documentation.examples()
        #expect(examples.count > 20)
        for example in examples {
            #expect(try printed(example.query) == example.output, "\(example.query)")
        }
    }

    @Test func `every table and every view has its words, and every column`() throws {
        try LeaseStore(path: database.path).close()
        let text = try Documentation.text()
        let names = try database.rows(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")
        #expect(names.count > 15)
        for name in names {
            #expect(
                text.contains("`\(name)`") || text.contains("## \(name)\n") || text.contains(" \(name),")
                    || text.contains(" \(name)\n"), "\(name)")
            guard !["grdb_migrations", "sources", "notices"].contains(name) else { continue }
            for column in try database.rows("SELECT name FROM pragma_table_info('\(name)')") {
                #expect(text.contains("`\(column)`"), "\(name).\(column)")
            }
        }
    }

    /// SQLite counts the rows that it passes without an index to lead it (`SQLITE_STMTSTATUS_FULLSCAN_STEP`).
    @Test func `no example reads rows one after the other where an index should lead`() throws {
        try LeaseStore(path: database.path).close()
        try database.execute(Self.manyRows)
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: database.path, configuration: configuration)
        for example in try Documentation.examples() {
            let steps = try queue.read { database in
                let statement = try database.makeStatement(sql: example.query)
                _ = try Row.fetchAll(statement)
                return unsafe sqlite3_stmt_status(statement.sqliteStatement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0)
            }
            #expect(steps < 200, "\(example.query)")
        }
    }

    /// 20,000 packets within two hours, and as many leases, of a hundred clients.
    private static let manyRows = """
        WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT 20000)
        INSERT INTO packets (captured_at, interface, direction, verdict, message_type, transaction_id, client_mac, frame)
        SELECT unixepoch('2026-11-24 13:00') * 1000000 + number * 250000, 'ens34', 'to-server', 'forwarded', 'DISCOVER',
            printf('0x%08x', number), printf('02:00:5e:10:00:%02x', number % 100), x'00'
        FROM numbers;
        INSERT INTO leases (address, client_mac, interface, state, bound_at, expires_at, ended_at)
        SELECT '192.168.50.' || (id % 100), client_mac, interface, 'expired', captured_at, captured_at + 1, captured_at + 1
        FROM packets;
        """

    /// What sqlite3 prints, without blanks at the ends of lines.
    private func printed(_ query: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sqlite3", "-readonly", "-header", "-column", database.path, query]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return text.replacing(#/ +\n/#, with: "\n")
    }
}
