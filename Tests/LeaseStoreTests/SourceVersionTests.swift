import LeaseStore
import Messages
import Reading
import Testing

/// Which version the runs had whose records are stored.
@Suite struct SourceVersionTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private func version(_ text: String) -> Record { .event(EventRecord(version: text, at: .noon)) }

    private var versions: [String] {
        get throws { try database.rows("SELECT component, instance, version FROM sources ORDER BY id") }
    }

    @Test func `each run has the version that it said, and keeps it`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.store([batch(1, [version("1.0.0"), event("one")]), batch(2, [event("two")])], at: .noon)
        _ = try store.store([batch(1, [event("one"), version("1.1.0")], of: .netnsAgent, instance: 8)], at: .noon)
        _ = try store.store([batch(3, [event("three")])], at: .noon)
        #expect(try versions == ["relay 7 1.0.0", "netns-agent 8 1.1.0"])
        #expect(try database.rows("SELECT detail FROM events WHERE kind = 'version'") == ["1.0.0", "1.1.0"])
    }

    @Test func `a run that says none has none`() throws {
        _ = try LeaseStore(path: database.path).store([batch(1, [event("started")])], at: .noon)
        #expect(try versions == ["relay 7 -"])
    }

    @Test func `a run that a newer program took over has that one's`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.store([batch(1, [version("1.0.0")]), batch(2, [version("1.0.1"), version("1.1.0")])], at: .noon)
        #expect(try versions == ["relay 7 1.1.0"])
    }

    @Test func `a batch that is kept for later says it at once`() throws {
        let received = try #require(ReceivedBatch(Message.records(batch(1, [version("1.0.0")])).encoded()))
        _ = try LeaseStore(path: database.path).keep([received], at: .noon)
        #expect(try versions == ["relay 7 1.0.0"])
    }

    @Test func `a database from before there were versions goes on`() throws {
        try LeaseStore(path: database.path).close()
        try database.execute(
            """
            ALTER TABLE sources DROP COLUMN version;
            DELETE FROM grdb_migrations WHERE identifier = 'source-versions';
            INSERT INTO sources (component, instance, sequence) VALUES ('relay', 7, 4);
            """)
        #expect(throws: LeaseStoreError.olderSchema(path: database.path)) { try LeaseReader(path: database.path) }
        let store = try LeaseStore(path: database.path)
        #expect(try versions == ["relay 7 -"])
        _ = try store.store([batch(5, [version("1.0.0")])], at: .noon)
        #expect(try versions == ["relay 7 1.0.0"])
    }
}
