import GRDB
import Testing

@testable import LeaseStore

/// What waits for the disk (`PRAGMA synchronous`: 2 is FULL, 1 is NORMAL).
@Suite struct DurabilityTests {
    private struct Failed: Error {}
    private let database: TemporaryDatabase
    private let store: LeaseStore

    init() throws {
        database = try TemporaryDatabase()
        store = try LeaseStore(path: database.path)
    }

    private func level(_ database: Database) throws -> Int? {
        try Int.fetchOne(database, sql: "PRAGMA synchronous")
    }

    @Test func `a commit that is acknowledged waits for the disk`() throws {
        #expect(try store.inTransaction { try level($0) } == 2)
        #expect(try store.remembering { database, _ in try level(database) } == 2)
    }

    @Test func `what is done again after a loss of power does not, and what comes behind it does`() throws {
        #expect(try store.inTransaction(isRepeatable: true) { try level($0) } == 1)
        #expect(try store.inTransaction { try level($0) } == 2)
        #expect(throws: LeaseStoreError.self) {
            try store.inTransaction(isRepeatable: true) { _ in throw Failed() }
        }
        #expect(try store.inTransaction { try level($0) } == 2)
    }
}
