import GRDB
import Testing

@testable import LeaseStore

@Suite struct RowStatementTests {
    private let queue: DatabaseQueue

    init() throws {
        queue = try DatabaseQueue()
        try queue.write { try $0.execute(sql: "CREATE TABLE things (name TEXT UNIQUE, number INTEGER, bytes BLOB)") }
    }

    private func insert(_ name: String?, _ number: Int64?, _ bytes: [UInt8]) throws {
        try queue.write { database in
            let statement = try RowStatement(database, sql: "INSERT INTO things VALUES (?, ?, ?)")
            try statement.execute { row in
                row.add(name)
                row.add(number)
                row.add(bytes)
            }
        }
    }

    @Test func `each row has its own values, and what is nothing is NULL`() throws {
        try insert("ä\u{0}z", .min, [0, 255])
        try insert(nil, nil, [])
        try insert("", 7, [1])
        let stored = try queue.read { database in
            try String.fetchAll(
                database,
                sql: "SELECT quote(CAST(name AS BLOB)) || quote(number) || quote(bytes) FROM things ORDER BY rowid")
        }
        #expect(stored == ["X'C3A4007A'-9223372036854775808X'00FF'", "NULLNULLX''", "X''7X'01'"])
    }

    @Test func `what is stored is found again, and the statement serves the next search`() throws {
        for number in 1...3 as ClosedRange<Int64> { try insert("n\(number)", number, []) }
        try insert(nil, 9, [])
        try queue.read { database in
            let statement = try RowStatement(
                database, sql: "SELECT name, number FROM things WHERE number > ? ORDER BY number")
            func names(above number: Int64) throws -> [String?] {
                try statement.all({ $0.add(number) }, read: { $0.text(0) })
            }
            #expect(try names(above: 1) == ["n2", "n3", nil])
            #expect(try statement.first({ $0.add(2) }, read: { $0.number(1) }) == 3)
            #expect(try names(above: 9) == [])
            #expect(try statement.first({ $0.add(9) }, read: { $0.number(1) }) == nil)
        }
    }

    @Test func `a row that SQLite refuses is an error that says why, and the next is stored`() throws {
        try insert("one", 1, [])
        let error = #expect(throws: DatabaseError.self) { try insert("one", 2, []) }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT)
        #expect(error?.message == "UNIQUE constraint failed: things.name")
        try insert("two", 2, [])
    }
}
