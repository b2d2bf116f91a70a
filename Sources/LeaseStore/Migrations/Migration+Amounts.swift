extension Migration {
    /// How many records an event tells of is a number; until then it was read from the words of the event.
    static let amounts = [
        "ALTER TABLE events ADD COLUMN amount INTEGER",
        "UPDATE events SET amount = CAST(detail AS INTEGER) WHERE kind = 'records-lost'",
        "DROP TRIGGER event_happened", "DROP TRIGGER more_records_lost", eventAmounts,
    ]

    private static let eventAmounts = """
        CREATE TRIGGER event_happened AFTER INSERT ON events BEGIN
            INSERT INTO event_totals VALUES (
                NEW.component,
                iif(
                    EXISTS (SELECT 1 FROM event_totals WHERE component = NEW.component AND kind = NEW.kind)
                        OR (SELECT count(*) FROM event_totals) < 500,
                    NEW.kind, 'other'),
                1, iif(NEW.kind = 'records-lost', coalesce(NEW.amount, 0), 0)
            ) ON CONFLICT DO UPDATE SET events = events + 1, records = records + excluded.records;
        END;
        CREATE TRIGGER more_records_lost AFTER UPDATE OF amount ON events WHEN NEW.kind = 'records-lost' BEGIN
            UPDATE event_totals SET records = records + coalesce(NEW.amount, 0) - coalesce(OLD.amount, 0)
            WHERE component = NEW.component AND kind = NEW.kind;
        END;
        """
}
