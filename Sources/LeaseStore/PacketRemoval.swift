internal import GRDB

/// Removes packets within one transaction.
struct PacketRemoval {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Does the next step of `retention`, and says whether there was one.
    func perform(_ retention: Retention, at time: Int64) throws -> Bool {
        switch try retention.step(for: use(), at: time) {
        case .removeOlder(let limit)?: try remove("WHERE captured_at < \(limit) ORDER BY captured_at")
        case .removeFirst?: try remove("ORDER BY id")
        case .giveBack(let pages)?: try database.execute(sql: "PRAGMA incremental_vacuum(\(pages))")
        case nil: return false
        }
        return true
    }

    private func remove(_ which: String) throws {
        try database.execute(
            sql: """
                DELETE FROM packets WHERE id IN (SELECT id FROM packets \(which) LIMIT \(Retention.packetsPerStep))
                """)
    }

    /// How much room the database takes.
    func use() throws -> DatabaseUse {
        func number(_ sql: String) throws -> Int64 { try Int64.fetchOne(database, sql: sql) ?? 0 }
        return try DatabaseUse(
            pageSize: number("PRAGMA page_size"), pages: number("PRAGMA page_count"),
            freePages: number("PRAGMA freelist_count"),
            oldestPacket: Int64.fetchOne(database, sql: "SELECT min(captured_at) FROM packets"),
            canShrink: number("PRAGMA auto_vacuum") == 2)
    }
}
