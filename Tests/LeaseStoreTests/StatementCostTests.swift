import Addresses
import GRDB
import GRDBSQLite
import Messages
import Testing

@testable import LeaseStore

/// What a packet, and each look at the database, costs beside tables that were made to hurt.
///
/// It is counted in steps of SQLite's virtual machine, of which each goes down one tree or to one neighbour in it. All
/// statements count, whoever prepares them.
@Suite struct StatementCostTests {
    /// A table with many rows that have as much in common with what comes as a stranger can bring about.
    enum Hostile: String, CaseIterable {
        /// Of another transaction: no packet is looked up by that. (What a reply answers: `LeaseTable`.)
        case packets = """
            INSERT INTO packets SELECT NULL, @, 'ens34', 'to-server', 'forwarded', 'DISCOVER', '0x00000001',
            '02:00:5e:10:00:64', '01', NULL, NULL, NULL, NULL, NULL, NULL, 'x', x'' FROM n
            """
        case clients = """
            INSERT INTO clients SELECT printf('02:%010d', x), 'ens34', 'x', NULL, @, @, 1, 1, 0, NULL, 1, @, NULL FROM n
            """
        case leasedClients = """
            INSERT INTO clients SELECT printf('03:%010d', x), 'ens34', 'x', NULL, @, @, 1, 1, 1, @, 0, NULL, @ FROM n
            """
        /// The address has changed hands again and again.
        case addressHistory = """
            INSERT INTO leases (address, client_mac, client_identifier, interface, state, bound_at, expires_at, ended_at)
            SELECT '192.168.50.101', printf('04:%d', x), printf('%d', x), 'ens34', 'released', @, @ + 9e15, @ FROM n
            """
        /// The client has had addresses and given them back again and again.
        case clientHistory = """
            INSERT INTO leases (address, client_mac, interface, state, bound_at, expires_at, ended_at)
            SELECT printf('10.%d', x), '02:00:5e:10:00:64', 'ens34', 'released', @, @ + 9e15, @ FROM n
            """
        /// A clock that was wrong has ended them, and none can go on.
        case endedTooEarly = """
            INSERT INTO leases (address, client_mac, client_identifier, interface, state, bound_at, expires_at, ended_at)
            SELECT '10.0.0.' || (x % 200), printf('05:%d', x % 300), printf('%d', x), 'ens34', 'expired', @,
            1700000000000000 + 1e12 + x, @ FROM n
            """
        /// All at once.
        case endingNow = """
            INSERT INTO leases (address, client_mac, interface, state, bound_at, expires_at)
            SELECT printf('10.%d', x), printf('06:%d', x), 'ens34', 'bound', @, 1699999999000000 FROM n
            """
        case history = """
            INSERT INTO leases (address, client_mac, interface, state, bound_at, expires_at, ended_at)
            SELECT printf('10.%d', x), printf('07:%d', x % 7), 'ens34', 'expired', x, x, x FROM n
            """
        case gaps = "INSERT INTO events SELECT NULL, @, 'relay', 'records-lost', '5 records', 5 FROM n"
        case events = "INSERT INTO events SELECT NULL, @, 'relay', 'foreign-server', 'of many', NULL FROM n"
        case starts = "INSERT INTO starts SELECT NULL, @, 'lan', 'dhcpd', 1, 'ready', 1, 1, 1, 1, 1, 1 FROM n"
        case counts = """
            INSERT INTO packet_counts SELECT x * 3600000000, 'ens34', 'to-server', 'forwarded', 'DISCOVER', 1, 1 FROM n
            """
        case backlog = "INSERT INTO backlog SELECT NULL, @, x * 100, x'00', 1 FROM n"

        /// Fills the table.
        func fill(_ rows: Int, in database: TemporaryDatabase) throws {
            try database.execute(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < \(rows)) "
                    + rawValue.replacing("@", with: "(1600000000000000 + x)"))
        }
    }

    /// Something that is done for each packet, or now and then.
    enum Work: CaseIterable {
        case asking, exchange, release, overtaking, keeping, gap, expiring, backlogSize, removing, unpacking, fullness
        case networks
    }

    /// Counts the steps of a connection.
    private final class Steps {
        var count = 0

        func watch(_ store: LeaseStore) throws {
            let context = unsafe Unmanaged.passUnretained(self).toOpaque()
            try store.inTransaction { database in
                unsafe sqlite3_progress_handler(
                    database.sqliteConnection, 1,
                    { context in
                        if let context = unsafe context {
                            unsafe Unmanaged<Steps>.fromOpaque(context).takeUnretainedValue().count += 1
                        }
                        return 0
                    }, context)
            }
        }
    }

    private func steps(of work: Work, beside hostile: Hostile?, rows: Int) throws -> Int {
        let database = try TemporaryDatabase()
        var retention = Retention(size: 16 << 20, backlog: 4 << 20, leases: 1 << 60)
        if work != .removing { retention = Retention() }
        let store = try LeaseStore(path: database.path, keeping: retention)
        try database.store([Client(hardwareAddress: Self.other).discover(at: .noon)], in: store)
        _ = try store.expireLeases(at: .noon)
        if work == .release || work == .overtaking {
            try database.store(Client().exchange(.first, for: 60, at: .noon), in: store)
        }
        if let hostile { try hostile.fill(rows, in: database) }
        let steps = Steps()
        try steps.watch(store)
        try perform(work, store, database)
        withExtendedLifetime(steps) {}
        return steps.count
    }

    private func perform(_ work: Work, _ store: LeaseStore, _ database: TemporaryDatabase) throws {
        let client = Client(identifier: [1, 2, 3], hostName: "x")
        switch work {
        case .asking: try database.store([client.discover(at: .noon)], in: store)
        case .exchange: try database.store(client.exchange(.first, for: 60, at: .noon), in: store)
        case .release: try database.store([Client().release(.first, at: .noon)], in: store)
        // It is read behind the request, and seen before the answer.
        case .overtaking:
            let request = Client().request(.first, at: .noon)
            try database.store(
                [request, Client().release(.first, at: .noon), Client().ack(.first, for: 60, at: .noon)], in: store)
        case .keeping:
            let message = Message.records(batch(9, client.exchange(.first, for: 60, at: .noon))).encoded()
            let received = try #require(ReceivedBatch(message))
            _ = try store.keep([received], at: .noon)
        case .gap: try database.store([], of: .relay, lost: 3, at: .noon, in: store)
        // The clock was set back by a moment.
        case .expiring: try store.expireLeases(at: .noon - 1)
        case .backlogSize: _ = try store.backlog()
        case .removing: _ = try store.removeSurplus(at: .noon)
        case .unpacking: _ = try? store.storeBacklog(atMost: 16)
        case .fullness:
            try database.store([Client().release(.first, at: .noon)], in: store)
            _ = try store.fullNetworks(at: .noon + .hour)
        case .networks: _ = try store.networks(at: .noon)
        }
    }

    private static let other = MACAddress(rawValue: 0x0800_0000_0001)

    @Test(arguments: Work.allCases)
    func `no number of rows makes it cost more`(work: Work) throws {
        let alone = try steps(of: work, beside: nil, rows: 0)
        for hostile in Hostile.allCases {
            // As many rows as are ever looked at together, and as many more.
            let rows = work == .networks ? NetworkUse.mostCounted + 1000 : 6000
            let some = try steps(of: work, beside: hostile, rows: rows)
            let more = try steps(of: work, beside: hostile, rows: 2 * rows)
            #expect(more <= some + 200, "\(work) beside \(hostile): \(some) steps, \(more) beside twice as many")
            switch work {
            case .expiring, .removing, .unpacking, .fullness, .networks: break
            default: #expect(some <= alone + 300, "\(work) beside \(hostile): \(some) steps, alone \(alone)")
            }
        }
    }
}
