import Addresses
import GRDB
import LeaseStore
import Messages
import PacketTesting
import Reading
import Testing

/// What is counted while packets are stored, and what a database from before it was counted gets.
@Suite final class CountTests: StoreSuite {
    /// Packets of two hours: a client that is served, one that is not, one that was and is not any longer.
    private var records: [Messages.Record] {
        let stranger = Client(hardwareAddress: Station.stranger, hostName: "printer")
        let later = UInt64.noon + .hour
        let gone = Client(hardwareAddress: Station.router, transaction: 9, relay: Station.routerAddress)
        return Client(hostName: "laptop").exchange(.first, for: 60, at: .noon)
            + [stranger.discover(at: .noon + 1), stranger.discover(at: later)]
            + gone.exchange(.second, for: 60, at: .noon)
            + [gone.ack(.second, for: 60, verdict: .spoofedSource, at: later), gone.renew(.second, at: later + 5)]
            + [Client().release(.first, at: later)]
    }

    private var counts: [String] {
        get throws {
            try database.rows(
                """
                SELECT (hour_at - 1699999200000000) / 3600000000, direction, verdict, message_type, packets
                FROM hourly_counts ORDER BY hour_at, direction, message_type, verdict
                """)
        }
    }

    private var clients: [String] {
        get throws { try database.rows("SELECT * FROM clients ORDER BY client_mac") }
    }

    @Test func `packets are counted by hour, direction, verdict and type`() throws {
        try database.store(records, in: store)
        #expect(
            try counts == [
                "0 to-client forwarded ACK 2", "0 to-client forwarded OFFER 2", "0 to-server forwarded DISCOVER 3",
                "0 to-server forwarded REQUEST 2", "1 to-client spoofed-source ACK 1",
                "1 to-server forwarded DISCOVER 1", "1 to-server forwarded RELEASE 1",
                "1 to-server forwarded REQUEST 1",
            ])
        #expect(
            try database.rows("SELECT direction, message_type, packets, forwarded FROM message_counts")
                == [
                    "to-client ACK 3 2", "to-client OFFER 2 2", "to-server DISCOVER 4 4", "to-server RELEASE 1 1",
                    "to-server REQUEST 3 3",
                ])
        #expect(
            try database.rows("SELECT direction, reason, packets FROM drop_counts") == ["to-client spoofed-source 1"])
        #expect(
            try database.rows("SELECT sum(bytes) = (SELECT sum(length(frame)) FROM packets) FROM packet_counts") == [
                "1"
            ])
    }

    @Test func `what was no DHCP is counted beside that, and whoever invents reasons invents no more than 500`() throws
    {
        try database.store(records, in: store)
        let interface = try #require(InterfaceName("ens34"))
        func drops(_ reason: String, _ count: UInt32) -> Messages.Record {
            .drops(
                DropRecord(
                    countedAt: .noon, interface: interface, direction: .toClient, count: count, reason: reason))
        }
        try database.store([drops("udp/53", 2), drops("tcp/80", 1), drops("udp/53", 5)], in: store)
        let query = "SELECT direction, reason, packets, last_hour FROM drop_counts WHERE reason LIKE '%/%'"
        let hour = "2023-11-14T22:00:00.000000Z"
        #expect(try database.rows(query) == ["to-client tcp/80 1 \(hour)", "to-client udp/53 7 \(hour)"])
        #expect(try database.rows("SELECT packets FROM drop_counts WHERE reason = 'spoofed-source'") == ["1"])
        #expect(try database.rows("SELECT count(*) FROM packet_counts WHERE verdict LIKE '%/%'") == ["0"])
        try database.store((0..<600).map { drops("udp/\($0)", 1) }, in: store)
        #expect(try database.rows("SELECT count(*), sum(frames) FROM dropped_frames") == ["501 608"])
    }

    @Test func `clients that wait for an answer are known, those that wait for longest first`() throws {
        try database.store(records, in: store)
        #expect(
            try database.rows(
                """
                SELECT client_mac, host_name, relay_address, requests, since_time, last_answer_time
                FROM unanswered_clients
                """) == [
                    "\(Station.stranger) printer - 2 2023-11-14T22:13:20.000001Z -",
                    "\(Station.router) - 192.168.50.1 1 2023-11-14T23:13:20.000005Z 2023-11-14T22:13:20.003000Z",
                ])
        #expect(
            try database.rows("SELECT client_mac, packets, requests, answers FROM top_talkers") == [
                "\(Station.router) 6 3 2", "\(Station.client) 5 2 2", "\(Station.stranger) 2 2 0",
            ])
    }

    @Test(arguments: [1, 3, 7])
    func `it does not matter in how many batches the packets come`(length: Int) throws {
        try database.store(records, in: store)
        let atOnce = try (counts, clients)
        let other = try TemporaryDatabase()
        let otherStore = try LeaseStore(path: other.path)
        for start in stride(from: 0, to: records.count, by: length) {
            try other.store(Array(records.dropFirst(start).prefix(length)), in: otherStore, twice: start == 0)
        }
        #expect(try other.rows("SELECT * FROM clients ORDER BY client_mac") == atOnce.1)
        #expect(try other.rows("SELECT sum(packets) FROM packet_counts") == ["\(records.count)"])
    }

    @Test func `a database of version 1 gets the counts of what it holds`() throws {
        let bootp = Client(hardwareAddress: Station.router).bootReply(.first, at: .noon + 4 * .hour)
        try database.store(records + [bootp], in: store)
        let before = try (counts, clients)
        try store.close()
        try database.execute(DatabaseVersions.backToFirst)
        #expect(throws: LeaseStoreError.olderSchema(path: database.path)) { try LeaseReader(path: database.path) }
        try LeaseStore(path: database.path).close()
        #expect(try counts == before.0)
        // Through which relay agent they came was not looked for.
        let columns = """
            SELECT client_mac, interface, host_name, first_seen_at, last_seen_at, packets, requests, answers,
            last_answer_at, unanswered, unanswered_since FROM clients ORDER BY client_mac
            """
        let upgraded = try database.rows(columns)
        #expect(upgraded.count == 3)
        try database.execute("UPDATE clients SET relay_address = '192.168.50.1' WHERE client_mac = '\(Station.router)'")
        #expect(try clients == before.1)
    }
}

/// How a database becomes one of an earlier version.
enum DatabaseVersions {
    static let backToFirst =
        unbounded + """
            DROP VIEW lease_history; DROP VIEW packet_log; DROP VIEW event_log; DROP VIEW start_log; DROP VIEW gaps;
            DROP VIEW unanswered_clients; DROP VIEW top_talkers; DROP VIEW message_counts;
            DROP VIEW hourly_counts; DROP TABLE clients; DROP TABLE packet_counts; DROP INDEX leases_by_end;
            CREATE INDEX leases_by_expiry ON leases (expires_at) WHERE state = 'bound';
            DELETE FROM grdb_migrations WHERE identifier = '2';
            """

    /// Before strangers' clients, events and types had a bound.
    static let unbounded = """
        DROP INDEX clients_without_lease; ALTER TABLE clients DROP COLUMN leased_at; DROP INDEX leases_by_ended;
        DROP TABLE notices; ALTER TABLE backlog DROP COLUMN has_leases_stored;
        DROP VIEW drop_counts; DROP TABLE dropped_frames;
        DELETE FROM grdb_migrations WHERE identifier IN ('bounds', 'dropped-frames');
        """
}
