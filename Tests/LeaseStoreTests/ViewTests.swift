import Addresses
import LeaseStore
import Messages
import PacketTesting
import Testing

@Suite final class ViewTests: StoreSuite {
    private func store(starts totals: [UInt32], of server: String = "dhcpd", outcome: String = "ready") throws {
        let starts = totals.map { total in
            var start = StartRecord(startedAt: .noon, uplink: "lan", serverCommand: server)
            start.serverPID = 42
            start.outcome = outcome
            start.phases.total = total
            return Record.start(start)
        }
        try database.store(starts, in: store)
    }

    private func exchanges() throws -> [String] {
        try database.rows(
            """
            SELECT (started_at - \(UInt64.noon)) / 1000000, began_with, ended_with, address, discover_to_offer_ms,
            discover_to_ack_ms, request_to_ack_ms FROM exchanges ORDER BY id
            """)
    }

    @Test func `times are ISO 8601 in UTC with microseconds`() throws {
        try database.store([Client().exchange(.first, for: 60, at: .noon + 1234)[0]], in: store)
        #expect(try database.rows("SELECT started_time FROM exchanges") == ["2023-11-14T22:13:20.001234Z"])
    }

    // The golden numbers are those of the paper's kind: milliseconds of some runs.
    @Test(
        arguments: [
            ([18_800], "1 18.8 18.8 18.8 18.8"),
            ([10_000, 20_000], "2 15.0 15.0 10.0 20.0"),
            ([112_500, 27_100, 18_800], "3 52.8 27.1 18.8 112.5"),
            ([4_000, 1_000, 3_000, 2_000], "4 2.5 2.5 1.0 4.0"),
            ([7, 7, 7, 7, 100], "5 0.026 0.007 0.007 0.1"),
        ] as [([UInt32], String)])
    func `start_summary has runs, mean, median, minimum and maximum`(totals: [UInt32], summary: String) throws {
        try store(starts: totals)
        try store(starts: [900_000], outcome: "the server ended with status 1")
        #expect(
            try database.rows("SELECT runs, mean_ms, median_ms, min_ms, max_ms FROM start_summary") == [summary])
    }

    @Test func `start_summary has a row for each server`() throws {
        try store(starts: [1000, 3000])
        try store(starts: [5000], of: "dnsmasq")
        #expect(
            try database.rows("SELECT uplink, server_command, runs, median_ms FROM start_summary")
                == ["lan dhcpd 2 2.0", "lan dnsmasq 1 5.0"])
    }

    @Test func `current_leases knows the time`() throws {
        let now = try #require(UInt64(database.rows("SELECT CAST(strftime('%s') AS INTEGER) * 1000000")[0]))
        let records = [
            Client().ack(.first, for: 600, at: now),
            Client(hardwareAddress: Station.stranger).ack(.second, for: 60, at: now - 61 * .second),
            Client(hardwareAddress: Station.router).ack(Station.routerAddress, for: .max, at: .noon),
        ]
        try database.store(records, in: store)
        #expect(
            try database.rows("SELECT address, expires_time IS NULL FROM current_leases ORDER BY id")
                == ["192.168.50.101 0", "192.168.50.1 1"])
        let remaining = try database.rows("SELECT remaining_seconds FROM current_leases WHERE expires_at NOT NULL")
        #expect((570...600).contains(try #require(Int(remaining[0]))))
        #expect(try database.rows("SELECT state FROM leases ORDER BY id") == ["bound", "bound", "bound"])
    }

    @Test func `an exchange has the milliseconds from DISCOVER to OFFER and ACK`() throws {
        try database.store(Client().exchange(.first, for: 60, at: .noon), in: store)
        #expect(try exchanges() == ["0 DISCOVER ACK 192.168.50.101 1.0 3.0 1.0"])
    }

    @Test func `retransmissions are part of the exchange`() throws {
        let client = Client()
        let records = [
            client.discover(at: .noon), client.discover(at: .noon + 4 * .second),
            client.offer(.first, at: .noon + 4 * .second + 500), client.offer(.first, at: .noon + 5 * .second),
            client.request(.first, at: .noon + 6 * .second), client.request(.first, at: .noon + 7 * .second),
            client.ack(.first, for: 60, at: .noon + 8 * .second), client.ack(.first, for: 60, at: .noon + 9 * .second),
        ]
        try database.store(records, in: store)
        #expect(try exchanges() == ["0 DISCOVER ACK 192.168.50.101 4000.5 8000.0 2000.0"])
    }

    @Test func `a renewal with the transaction identifier of the first exchange is another exchange`() throws {
        let client = Client()
        let renewal = [
            client.renew(.first, at: .noon + 30 * .second), client.ack(.first, for: 60, at: .noon + 30 * .second + 250),
        ]
        try database.store(client.exchange(.first, for: 60, at: .noon) + renewal, in: store)
        #expect(
            try exchanges() == ["0 DISCOVER ACK 192.168.50.101 1.0 3.0 1.0", "30 REQUEST ACK 192.168.50.101 - - 0.25"])
    }

    /// All with one transaction identifier, as some clients have it.
    @Test(arguments: [
        Client().decline(.first, at: .noon + 4 * .second), Client().release(.first, at: .noon + 4 * .second),
        Client().offer(.second, at: .noon + 4 * .second),
    ])
    func `what comes behind an answer and asks nothing hides no exchange`(packet: Record) throws {
        let next = Client().exchange(.second, for: 60, at: .noon + 14 * .second)
        try database.store(Client().exchange(.first, for: 60, at: .noon) + [packet] + next, in: store)
        #expect(
            try exchanges() == [
                "0 DISCOVER ACK 192.168.50.101 1.0 3.0 1.0", "14 DISCOVER ACK 192.168.50.102 1.0 3.0 1.0",
            ])
    }

    @Test func `an INFORM and its answer have no times of a REQUEST`() throws {
        let records = [
            Client().inform(.first, at: .noon), Client().ack(.first, for: nil, at: .noon + 2 * .second),
        ]
        try database.store(records, in: store)
        #expect(try exchanges() == ["0 INFORM ACK 192.168.50.101 - - -"])
    }

    @Test func `what was kept for a while, or answered, was not dropped`() throws {
        let verdicts: [Verdict] = [.forwarded, .held, .answered, .probe, .undeliverable]
        let records = verdicts.map { Client().ack(.first, for: 60, verdict: $0, at: .noon) }
        try database.store(records, in: store)
        #expect(try database.rows("SELECT reason, packets FROM drop_counts") == ["undeliverable 1"])
    }

    @Test func `exchanges without an answer, with a denial, and of other clients stand for themselves`() throws {
        let client = Client()
        let records = [
            client.discover(at: .noon), Client(hardwareAddress: Station.stranger).discover(at: .noon + 1 * .second),
            Client(interface: "ens35").request(.second, at: .noon + 2 * .second),
            Client(interface: "ens35").nak(at: .noon + 2 * .second),
            client.discover(at: .noon + 200 * .second), client.offer(.first, at: .noon + 201 * .second),
        ]
        try database.store(records, in: store)
        #expect(
            try exchanges() == [
                "0 DISCOVER - - - - -", "1 DISCOVER - - - - -", "2 REQUEST NAK - - - -",
                "200 DISCOVER OFFER 192.168.50.101 1000.0 - -",
            ])
    }

    @Test func `who had an address at some time is one row of lease_history`() throws {
        let stranger = Client(hardwareAddress: Station.stranger)
        let records = [
            Client().ack(.first, for: 60, at: .noon), stranger.ack(.first, for: .max, at: .noon + 100 * .second),
            Client().ack(.second, for: 3600, at: .noon + 100 * .second),
            Client().release(.second, at: .noon + 160 * .second),
        ]
        try database.store(records, in: store)
        func holder(_ time: String, of address: IPv4Address = .first) throws -> [String] {
            try database.rows(
                """
                SELECT client_mac, state FROM lease_history WHERE address = '\(address)'
                AND bound_time <= '\(time)' AND held_until_time > '\(time)'
                """)
        }
        #expect(try holder("2023-11-14T22:13:19") == [])
        #expect(try holder("2023-11-14T22:14:19") == ["\(Station.client) expired"])
        #expect(try holder("2023-11-14T22:14:30") == [])
        #expect(try holder("2023-11-14T22:15:00Z") == ["\(Station.stranger) bound"])
        #expect(try holder("2199-01-01") == ["\(Station.stranger) bound"])
        #expect(try holder("2023-11-14T22:15:59", of: .second) == ["\(Station.client) released"])
        #expect(try holder("2023-11-14T22:16:01", of: .second) == [])
    }

    @Test func `the logs have readable times, and gaps the number of records`() throws {
        var start = StartRecord(startedAt: .noon, uplink: "lan", serverCommand: "dhcpd")
        start.outcome = "ready"
        start.phases.total = 18_800
        _ = try store.store([batch(1, [.start(start), event("tested")], lost: 12)], at: .noon + 5)
        #expect(
            try database.rows("SELECT started_time, link_ms, total_ms FROM start_log")
                == ["2023-11-14T22:13:20.000000Z - 18.8"])
        #expect(
            try database.rows("SELECT happened_time, component, records FROM gaps")
                == ["2023-11-14T22:13:20.000005Z relay 12"])
        #expect(try database.rows("SELECT kind FROM event_log") == ["records-lost", "tested"])
    }
}
