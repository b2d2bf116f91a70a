import Addresses
import LeaseStore
import Messages
import PacketTesting
import Reading
import Testing

/// What strangers can make a database keep, and what goes before what is evidence.
@Suite struct StrangerBoundTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private func stranger(_ number: Int, name: String? = nil) -> Client {
        // An odd factor, so that they are in no order.
        let address = UInt64(0x0200_0000_0000 + (number &* 40_503) & 0xFF_FFFF_FFFF)
        return Client(hardwareAddress: MACAddress(rawValue: address), hostName: name, transaction: UInt32(number))
    }

    private func resident(_ number: Int) -> Client {
        Client(
            hardwareAddress: MACAddress(rawValue: UInt64(0x0600_0000_0000 + number)),
            transaction: UInt32(1 << 30 + number))
    }

    private func removeAll(from store: LeaseStore, at time: UInt64) throws -> Int {
        var steps = 0
        while try store.removeSurplus(at: time).hasMore { steps += 1 }
        return steps
    }

    private func count(_ table: String) throws -> Int {
        try Int(database.rows("SELECT count(*) FROM \(table)")[0]) ?? -1
    }

    private func size() throws -> Int {
        try Int(database.rows("SELECT page_size * page_count FROM pragma_page_size, pragma_page_count")[0]) ?? 0
    }

    @Test func `with many random MAC addresses packets stay, all leases, and all clients that had one`() throws {
        let store = try LeaseStore(path: database.path, keeping: Retention(size: 16 << 20))
        for number in 0..<100 {
            let address = IPv4Address(192, 168, 50, UInt8(number + 10))
            try database.store(resident(number).exchange(address, for: 3600, at: .noon), in: store)
        }
        for batch in 1...40 {
            let time = UInt64.noon + UInt64(batch) * 2 * .second
            let strangers = (0..<1000).map { stranger(batch * 1000 + $0, name: "x").discover(at: time + UInt64($0)) }
            try database.store(strangers, in: store)
            _ = try removeAll(from: store, at: time)
        }
        #expect(try count("leases") == 100)
        #expect(try count("clients WHERE leased_at IS NOT NULL") == 100)
        #expect(try count("clients WHERE leased_at IS NULL") <= 4096 + 1000)
        #expect(try count("packets") > 5000)
        #expect(try size() <= 16 << 20)
        #expect(try database.rows("SELECT sum(packets) FROM packet_counts") == ["40400"])
        #expect(try database.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test func `of clients without a lease the ones stay that were seen last`() throws {
        let store = try LeaseStore(path: database.path, keeping: Retention(size: 16 << 20))
        let strangers = (0..<5000).map { stranger($0).discover(at: .noon + UInt64($0)) }
        try database.store(strangers, in: store)
        try database.store([stranger(3).discover(at: .noon + .second)], in: store)
        _ = try removeAll(from: store, at: .noon + .second)
        #expect(try count("clients") == 4096)
        #expect(try count("clients WHERE client_mac = '\(stranger(3).hardwareAddress)'") == 1)
        #expect(try count("clients WHERE client_mac = '\(stranger(4).hardwareAddress)'") == 0)
    }

    @Test func `unknown types count as one, and packets still have their numbers`() throws {
        let store = try LeaseStore(path: database.path)
        let records = (0...255).map { type in
            let layer = DHCPLayer.request(UInt8(type), from: Station.client)
            return Record.packet(
                PacketRecord(
                    capturedAt: .noon, interface: .ens34, direction: .toServer, verdict: .forwarded,
                    frame: layer.udp().ipv4(from: .unspecified, to: .broadcast)
                        .ethernet(from: Station.client, to: .broadcast).bytes))
        }
        try database.store(records, in: store)
        #expect(try count("packet_counts") == 9)
        #expect(try database.rows("SELECT packets FROM packet_counts WHERE message_type = 'other'") == ["248"])
        #expect(try database.rows("SELECT count(DISTINCT message_type) FROM packets") == ["256"])
    }

    @Test func `a database that counted each unknown type counts them as one`() throws {
        let store = try LeaseStore(path: database.path)
        try database.store(resident(0).exchange(.first, for: 3600, at: .noon), in: store)
        try database.store([stranger(0).discover(at: .noon)], in: store)
        try store.close()
        try database.execute(
            DatabaseVersions.unbounded + """
                INSERT INTO packet_counts VALUES (0, 'ens34', 'to-server', 'forwarded', '99', 5, 500),
                    (0, 'ens34', 'to-server', 'forwarded', '250', 7, 700);
                """)
        try LeaseStore(path: database.path).close()
        #expect(
            try database.rows("SELECT message_type, packets, bytes FROM packet_counts WHERE hour_at = 0")
                == ["other 12 1200"])
        #expect(
            try database.rows("SELECT leased_at IS NULL FROM clients ORDER BY client_mac LIKE '06:%'") == ["1", "0"])
    }

    @Test func `no name is longer than a name can be`() throws {
        let store = try LeaseStore(path: database.path)
        let long = String(repeating: "n", count: 250)
        var layer = DHCPLayer.request(1, from: Station.client)
        for _ in 0..<4 { layer = layer.option(12, Array(long.utf8)) }
        let frame = layer.udp().ipv4(from: .unspecified, to: .broadcast)
            .ethernet(from: Station.client, to: .broadcast).bytes
        let packet = PacketRecord(
            capturedAt: .noon, interface: .ens34, direction: .toServer, verdict: .forwarded, frame: frame)
        try database.store([.packet(packet)], in: store)
        #expect(try database.rows("SELECT length(host_name) FROM clients") == ["255"])
    }

    @Test func `events of one kind have a bound, and stay counted`() throws {
        let store = try LeaseStore(path: database.path, keeping: Retention(size: 16 << 20))
        for batch in 0..<3 {
            let events = (0..<1000).map { foreignServer(batch * 1000 + $0) }
            try database.store(events + [event("server-exited")], in: store)
        }
        try database.store([], of: .relay, lost: 7, at: .noon, in: store)
        _ = try removeAll(from: store, at: .noon)
        #expect(
            try database.rows("SELECT kind, count(*) FROM events GROUP BY kind") == [
                "foreign-server 1024", "records-lost 1", "server-exited 3",
            ])
        let totals = try LeaseReader(path: database.path).totals()
        #expect(totals.events.first { $0.kind == "foreign-server" }?.count == 3000)
        #expect(totals.losses.map(\.records) == [7])
    }

    private func foreignServer(_ number: Int) -> Messages.Record {
        let time = UInt64.noon + UInt64(number)
        return .event(EventRecord(happenedAt: time, kind: "foreign-server", detail: "one of many"))
    }

    @Test func `leases go that ended too long ago, none that is held; and counts of hours are brought together`() throws
    {
        let year = UInt64(365) * 24 * .hour
        let store = try LeaseStore(path: database.path, keeping: Retention(leases: Int64(year)))
        try database.store(resident(0).exchange(.first, for: 60, at: .noon), in: store)
        try database.store(resident(1).exchange(.second, for: .max, at: .noon + .hour), in: store)
        try database.store([resident(0).discover(at: .noon + year)], in: store)
        let later = UInt64.noon + year + .hour
        _ = try store.expireLeases(at: later)
        _ = try removeAll(from: store, at: later)
        #expect(try database.rows("SELECT address FROM leases") == ["192.168.50.102"])
        // It is a stranger again, and one that was seen lately.
        #expect(try database.rows("SELECT leased_at IS NULL FROM clients ORDER BY client_mac") == ["1", "0"])
        _ = try removeAll(from: store, at: later + year)
        #expect(try count("clients") == 1)
        #expect(try database.rows("SELECT sum(packets) FROM packet_counts") == ["9"])
        #expect(try database.rows("SELECT count(DISTINCT hour_at) FROM packet_counts") == ["2"])
    }

    @Test func `where nothing else is left leases go, a bounded number at a time, and that is told`() throws {
        let store = try LeaseStore(path: database.path, keeping: Retention(size: 1))
        for number in 0..<600 {
            let address = IPv4Address(10, 0, UInt8(number / 200), UInt8(number % 200))
            try database.store([resident(number).ack(address, for: 60, at: .noon)], in: store)
        }
        while try store.expireLeases(at: .noon + .hour) > 0 {}
        var (removed, steps): ([Int], Int) = ([], 0)
        while case let rows = try store.removeSurplus(at: .noon + .hour), rows.hasMore, steps < 100 {
            if rows.leases > 0 { removed.append(rows.leases) }
            steps += 1
        }
        #expect(removed == [500, 100])
    }
}

/// Limits that nobody set, and a database that was there before they were.
@Suite struct AnnouncementTests {
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private var defaults: Retention {
        var retention = Retention(age: Int64(UInt64.hour), size: 2 << 30, leases: Int64(UInt64.hour))
        retention.defaults = [.packets, .leases]
        return retention
    }

    private func open(_ retention: Retention) throws -> LeaseStore {
        try LeaseStore(path: database.path, keeping: retention)
    }

    /// What is left a day after what is there, once it is looked at.
    private func packets(left store: LeaseStore) throws -> [String] {
        while try store.removeSurplus(at: .noon + 24 * .hour).hasMore {}
        return try database.rows("SELECT count(*) FROM packets")
    }

    @Test func `they hold for a new database at once`() throws {
        let store = try open(defaults)
        #expect(store.unannounced.isEmpty)
        try database.store([Client().discover(at: .noon)], in: store)
        #expect(try packets(left: store) == ["0"])
        try store.close()
        #expect(try open(defaults).unannounced.isEmpty)
    }

    @Test func `they do not cut an older one before that was told, however often it is opened`() throws {
        let old = try open(Retention())
        try database.store([Client().discover(at: .noon)], in: old)
        try old.close()
        for _ in 0..<2 {
            let store = try open(defaults)
            #expect(store.unannounced == [.packets, .leases])
            #expect(try packets(left: store) == ["1"])
            try store.close()
        }
        let store = try open(defaults)
        try store.noteAnnouncement(at: .noon)
        #expect(try packets(left: store) == ["1"])
        try store.close()
        let next = try open(defaults)
        #expect(next.unannounced.isEmpty)
        #expect(try packets(left: next) == ["0"])
    }

    @Test func `what was set once and is not any longer is told anew`() throws {
        try open(defaults).close()
        var kept = defaults
        kept.defaults = [.packets]
        try open(kept).close()
        #expect(try open(defaults).unannounced == [.leases])
    }
}

extension InterfaceName {
    fileprivate static var ens34: InterfaceName {
        guard let name = InterfaceName("ens34") else { preconditionFailure("no name of an interface") }
        return name
    }
}
