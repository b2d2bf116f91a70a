import Addresses
import Foundation
import GRDB
import LeaseStore
import Messages
import PacketTesting
import Reading
import Testing

@Suite struct LeaseStoreTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private var kinds: [String] { get throws { try database.rows("SELECT kind FROM events ORDER BY id") } }

    /// In a process of its own: the umask is one for all tests of a process.
    @Test func `a new database is in WAL mode, ours, and for everybody to read`() async {
        await #expect(processExitsWith: .success) {
            umask(0o077)
            let database = try TemporaryDatabase()
            let store = try LeaseStore(path: database.path)
            #expect(try database.rows("PRAGMA journal_mode") == ["wal"])
            #expect(try database.rows("PRAGMA application_id") == ["1297305419"])
            try store.close()
            for suffix in ["", "-wal", "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: database.path + suffix)
                #expect(attributes[.posixPermissions] as? Int == 0o644, "\(suffix)")
            }
        }
    }

    @Test func `a database whose recorder was killed when it had only begun is finished`() throws {
        try DatabaseQueue(path: database.path).write { database in
            try database.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        }
        try LeaseStore(path: database.path).close()
        #expect(try database.rows("PRAGMA application_id") == ["1297305419"])
    }

    @Test func `permissions that the administrator changed stay`() throws {
        try LeaseStore(path: database.path).close()
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: database.path)
        try LeaseStore(path: database.path).close()
        let attributes = try FileManager.default.attributesOfItem(atPath: database.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `a batch that is sent again after a crash is not stored again`() throws {
        let first = try LeaseStore(path: database.path)
        #expect(
            try first.store([batch(1, [event("one")]), batch(2, [event("two")])], at: .noon)
                == acknowledged(2))
        let second = try LeaseStore(path: database.path)
        let again = [batch(1, [event("one")]), batch(2, [event("two")]), batch(3, [event("three")])]
        #expect(try second.store(again, at: .noon) == acknowledged(3))
        #expect(try kinds == ["one", "two", "three"])
    }

    @Test func `in a database from a backup it goes on behind what is missing there, and says what that is`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.store([batch(1, [event("one")])], at: .noon)
        #expect(try store.store([batch(4, [event("four")])], at: .noon) == acknowledged(4))
        #expect(try store.store([batch(3, [event("three")]), batch(4, [])], at: .noon) == acknowledged(4))
        #expect(try kinds == ["one", "four", "batches-missing"])
        let told = try database.rows("SELECT component, detail FROM events WHERE kind = 'batches-missing'")
        #expect(told == ["recorder relay 2 to 3 are not in this database: it is older than what was acknowledged"])
    }

    @Test func `the first batch of an unknown instance is taken whatever its number`() throws {
        let store = try LeaseStore(path: database.path)
        #expect(
            try store.store([batch(41, [event("one")]), batch(42, [event("two")])], at: .noon)
                == acknowledged(42))
        #expect(
            try store.store([batch(43, []), batch(1, [event("three")], instance: .max)], at: .noon)
                == acknowledged(43).merging(acknowledged(1, instance: .max)) { $1 })
        #expect(try kinds == ["one", "two", "three"])
    }

    @Test func `sources with the same instance are told apart`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.store([batch(5, [event("one")])], at: .noon)
        _ = try store.store([batch(1, [event("two")], of: .netnsAgent)], at: .noon)
        #expect(try database.rows("SELECT component, kind FROM events") == ["relay one", "netns-agent two"])
    }

    @Test func `what a source threw away becomes an event before its records`() throws {
        let store = try LeaseStore(path: database.path)
        _ = try store.store([batch(1, [event("one")], lost: 12)], at: .noon + 5)
        #expect(
            try database.rows("SELECT happened_at - \(UInt64.noon), component, kind, detail FROM events")
                == ["5 relay records-lost 12 records", "0 relay one for a test"])
    }

    @Test func `of a component that begins again and again, the latest 64 runs are remembered`() throws {
        let store = try LeaseStore(path: database.path)
        for instance in 1...70 as ClosedRange<UInt64> {
            _ = try store.store([batch(1, [], instance: instance)], at: .noon)
        }
        #expect(try database.rows("SELECT count(*), min(instance) FROM sources") == ["64 7"])
    }

    @Test func `a start is stored with the phases it reached`() throws {
        var start = StartRecord(startedAt: .noon, uplink: "lan", serverCommand: "dhcpd -f -4")
        start.outcome = "the interface did not come up"
        start.phases.discovery = 900
        start.phases.namespace = 1500
        _ = try LeaseStore(path: database.path).store([batch(1, [.start(start)])], at: .noon)
        #expect(
            try database.rows("SELECT * FROM starts")
                == ["1 \(UInt64.noon) lan dhcpd -f -4 - the interface did not come up 900 1500 - - - -"])
    }

    @Test func `a frame that is no DHCP message is stored without fields`() throws {
        let interface = try #require(InterfaceName("ens34"))
        let record = PacketRecord(
            capturedAt: .max, interface: interface, direction: .toServer, verdict: .malformedDHCP, frame: [1, 2, 0xFF])
        _ = try LeaseStore(path: database.path).store([batch(1, [.packet(record)])], at: .noon)
        #expect(
            try database.rows(
                "SELECT captured_at, direction, verdict, message_type, client_mac, hex(frame) FROM packets")
                == ["\(Int64.max) to-server malformed-dhcp - - 0102FF"])
    }

    @Test func `every field of a packet has its column`() throws {
        let store = try LeaseStore(path: database.path)
        let client = Client(identifier: [1, 0xAB], hostName: "tab\tlet", relay: Station.routerAddress)
        try database.store([client.request(.first, at: .noon), client.ack(.first, for: 60, at: .noon)], in: store)
        #expect(
            try database.rows(
                """
                SELECT direction, verdict, message_type, transaction_id, client_mac, client_identifier, client_address,
                your_address, relay_address, server_identifier, requested_address, lease_seconds, host_name FROM packets
                """) == [
                    """
                    to-server forwarded REQUEST 0x1a2b3c4d 02:00:5e:10:00:64 01:ab - - 192.168.50.1 - 192.168.50.101 - \
                    tab\\x09let
                    """,
                    """
                    to-client forwarded ACK 0x1a2b3c4d 02:00:5e:10:00:64 - - 192.168.50.101 192.168.50.1 192.168.50.2 \
                    - 60 -
                    """,
                ])
    }

    @Test func `readers see what is committed while the store writes`() throws {
        let store = try LeaseStore(path: database.path)
        var configuration = Configuration()
        configuration.readonly = true
        let reader = try DatabaseQueue(path: database.path, configuration: configuration)
        try reader.inTransaction(.deferred) { reading in
            #expect(try Int.fetchOne(reading, sql: "SELECT count(*) FROM events") == 0)
            _ = try store.store([batch(1, [event("one")])], at: .noon)
            #expect(try Int.fetchOne(reading, sql: "SELECT count(*) FROM events") == 0)
            return .commit
        }
        #expect(try kinds == ["one"])
    }

    @Test func `while another process holds the write lock nothing is stored and nothing is acknowledged`() throws {
        let store = try LeaseStore(path: database.path, busyTimeout: 0.01)
        let other = try DatabaseQueue(path: database.path)
        try other.inTransaction(.immediate) { _ in
            #expect(throws: LeaseStoreError.failed(reason: "database is locked")) {
                try store.store([batch(1, [event("one")])], at: .noon)
            }
            return .rollback
        }
        #expect(
            try store.store([batch(1, [event("one")])], at: .noon) == acknowledged(1))
        #expect(try kinds == ["one"])
    }

    @Test func `a checkpoint empties the log, unless a reader needs it`() throws {
        let store = try LeaseStore(path: database.path, busyTimeout: 0.01)
        _ = try store.store([batch(1, [event("one")])], at: .noon)
        let reader = try DatabaseQueue(path: database.path)
        try reader.inTransaction(.deferred) { reading in
            _ = try Int.fetchOne(reading, sql: "SELECT count(*) FROM events")
            _ = try store.store([batch(2, [event("two")])], at: .noon)
            #expect(try store.checkpoint() == false)
            return .commit
        }
        #expect(try store.checkpoint())
        let attributes = try FileManager.default.attributesOfItem(atPath: database.path + "-wal")
        #expect(attributes[.size] as? Int == 0)
    }
}

@Suite struct DatabaseOpeningTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    @Test func `a database of a newer version is refused and left alone`() throws {
        try LeaseStore(path: database.path).close()
        try database.execute("INSERT INTO grdb_migrations VALUES ('from the future')")
        #expect(throws: LeaseStoreError.newerSchema(path: database.path)) { try LeaseStore(path: database.path) }
        #expect(throws: LeaseStoreError.newerSchema(path: database.path)) { try LeaseReader(path: database.path) }
        #expect("\(LeaseStoreError.newerSchema(path: "/x"))".contains("newer version"))
    }

    @Test func `a database of another program is refused and left alone`() throws {
        try database.execute("CREATE TABLE precious (id INTEGER)")
        #expect(throws: LeaseStoreError.foreign(path: database.path)) { try LeaseStore(path: database.path) }
        #expect(throws: LeaseStoreError.foreign(path: database.path)) { try LeaseReader(path: database.path) }
        #expect(try database.rows("SELECT name FROM sqlite_schema") == ["precious"])
        #expect(try database.rows("PRAGMA journal_mode") == ["delete"])
    }

    @Test func `a file that is no database is refused and left alone`() throws {
        let text = Data(repeating: 0x41, count: 4096)
        try text.write(to: URL(fileURLWithPath: database.path))
        #expect(throws: LeaseStoreError.foreign(path: database.path)) { try LeaseStore(path: database.path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: database.path)) == text)
    }

    @Test func `reading what is not there says so`() throws {
        #expect(throws: LeaseStoreError.missing(path: database.path)) { try LeaseReader(path: database.path) }
        #expect(FileManager.default.fileExists(atPath: database.path) == false)
    }

    @Test func `a directory that is missing is named with the reason`() throws {
        let path = database.path + "/missing"
        try Data().write(to: URL(fileURLWithPath: database.path))
        #expect(throws: LeaseStoreError.unusable(path: path, reason: "Not a directory")) { try LeaseStore(path: path) }
    }

    @Test func `an empty database cannot be read yet`() throws {
        try Data().write(to: URL(fileURLWithPath: database.path))
        #expect(throws: LeaseStoreError.empty(path: database.path)) { try LeaseReader(path: database.path) }
    }
}
