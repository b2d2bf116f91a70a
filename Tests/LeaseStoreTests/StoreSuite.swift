import LeaseStore
import Messages

/// A suite of which each test has a database of its own, and the store that writes it.
class StoreSuite {
    let database: TemporaryDatabase
    let store: LeaseStore

    init() throws {
        database = try TemporaryDatabase()
        store = try LeaseStore(path: database.path)
    }

    /// The record that a server was started with this command line.
    func start(_ command: String) -> Record {
        .start(StartRecord(startedAt: .noon, uplink: "lan", serverCommand: command))
    }
}
