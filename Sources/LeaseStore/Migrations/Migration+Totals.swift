extension Migration {
    /// Running totals for whoever asks again and again: to read them takes as long whatever was recorded, and they stay when
    /// rows are removed.
    ///
    /// Triggers keep them, so that every way of storing counts. Of packets the hour that is counted last is not among them
    /// yet: what is stored for a packet is one row of `packet_counts`, as before.
    static var totals: [String] {
        [
            packetTotals, "INSERT INTO packet_totals_hour SELECT coalesce(max(hour_at), 0) FROM packet_counts",
            "INSERT INTO packet_totals \(sums) WHERE hour_at < \(hour) GROUP BY 1, 2, 3, 4", packetTriggers,
            eventTotals,
            "INSERT INTO event_totals SELECT component, kind, count(*), sum(\(lost(in: "events"))) FROM events GROUP BY 1, 2",
            eventTriggers, startTotals,
            """
            INSERT INTO start_totals SELECT uplink, \(outcome(of: "starts")), \(bound(of: "starts")), count(*),
            sum(coalesce(total_us, 0)) FROM starts GROUP BY 1, 2, 3
            """, startTrigger,
        ]
    }

    private static let packetTotals = """
        CREATE TABLE packet_totals (
            -- How many packets there were before the hour of packet_totals_hour.
            interface TEXT NOT NULL,
            direction TEXT NOT NULL,
            verdict TEXT NOT NULL,
            message_type TEXT NOT NULL,
            packets INTEGER NOT NULL,
            PRIMARY KEY (interface, direction, verdict, message_type)
        ) WITHOUT ROWID;
        CREATE TABLE packet_totals_hour (hour_at INTEGER NOT NULL);
        """

    private static let hour = "(SELECT hour_at FROM packet_totals_hour)"
    private static let addPackets = "ON CONFLICT DO UPDATE SET packets = packets + excluded.packets"

    private static let sums = "SELECT interface, direction, verdict, message_type, sum(packets) FROM packet_counts"

    // When the first packet of another hour comes, the hour before is over; what comes late for it is added to both.
    private static let packetTriggers = """
        CREATE TRIGGER packet_hour_is_over AFTER INSERT ON packet_counts WHEN NEW.hour_at > \(hour) BEGIN
            INSERT INTO packet_totals \(sums) WHERE hour_at >= \(hour) AND hour_at < NEW.hour_at GROUP BY 1, 2, 3, 4
            \(addPackets);
            UPDATE packet_totals_hour SET hour_at = NEW.hour_at;
        END;
        CREATE TRIGGER packets_came_late AFTER INSERT ON packet_counts WHEN NEW.hour_at < \(hour) BEGIN
            INSERT INTO packet_totals
            VALUES (NEW.interface, NEW.direction, NEW.verdict, NEW.message_type, NEW.packets) \(addPackets);
        END;
        CREATE TRIGGER more_packets_came_late AFTER UPDATE OF packets ON packet_counts WHEN NEW.hour_at < \(hour) BEGIN
            INSERT INTO packet_totals
            VALUES (NEW.interface, NEW.direction, NEW.verdict, NEW.message_type, NEW.packets - OLD.packets) \(addPackets);
        END;
        """

    private static let eventTotals = """
        CREATE TABLE event_totals (
            -- How many events there were of each kind, and of records-lost how many records. Kinds behind the first 500 are
            -- counted as one: only a component that was taken over invents them.
            component TEXT NOT NULL,
            kind TEXT NOT NULL,
            events INTEGER NOT NULL,
            records INTEGER NOT NULL,
            PRIMARY KEY (component, kind)
        ) WITHOUT ROWID
        """

    private static func lost(in row: String) -> String {
        "iif(\(row).kind = 'records-lost', CAST(\(row).detail AS INTEGER), 0)"
    }

    private static let eventTriggers = """
        CREATE TRIGGER event_happened AFTER INSERT ON events BEGIN
            INSERT INTO event_totals VALUES (
                NEW.component,
                iif(
                    EXISTS (SELECT 1 FROM event_totals WHERE component = NEW.component AND kind = NEW.kind)
                        OR (SELECT count(*) FROM event_totals) < 500,
                    NEW.kind, 'other'),
                1, \(lost(in: "NEW"))
            ) ON CONFLICT DO UPDATE SET events = events + 1, records = records + excluded.records;
        END;
        CREATE TRIGGER more_records_lost AFTER UPDATE OF detail ON events WHEN NEW.kind = 'records-lost' BEGIN
            UPDATE event_totals SET records = records + \(lost(in: "NEW")) - \(lost(in: "OLD"))
            WHERE component = NEW.component AND kind = NEW.kind;
        END;
        """

    private static let startTotals = """
        CREATE TABLE start_totals (
            -- How many starts there were, by how long they took.
            uplink TEXT NOT NULL,
            outcome TEXT NOT NULL,       -- ready, failed
            within_us INTEGER NOT NULL,  -- the least bound of the histogram that the total was within; NULL's is -1
            starts INTEGER NOT NULL,
            total_us INTEGER NOT NULL,   -- all of them together
            PRIMARY KEY (uplink, outcome, within_us)
        ) WITHOUT ROWID
        """

    private static func outcome(of row: String) -> String { "iif(\(row).outcome = 'ready', 'ready', 'failed')" }

    /// Microseconds.
    private static let startBounds = [
        10_000, 20_000, 30_000, 40_000, 50_000, 75_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000,
    ]

    private static func bound(of row: String) -> String {
        let bounds = startBounds.map { "WHEN \(row).total_us <= \($0) THEN \($0)" }.joined(separator: " ")
        return "CASE WHEN \(row).total_us IS NULL THEN -1 \(bounds) ELSE \(Int64.max) END"
    }

    private static let startTrigger = """
        CREATE TRIGGER server_started AFTER INSERT ON starts BEGIN
            INSERT INTO start_totals VALUES (
                NEW.uplink, \(outcome(of: "NEW")), \(bound(of: "NEW")), 1, coalesce(NEW.total_us, 0)
            ) ON CONFLICT DO UPDATE SET starts = starts + 1, total_us = total_us + excluded.total_us;
        END;
        """
}
