extension Migration {
    /// How full each network is, by what was seen: a row for each of the first 1,000.
    ///
    /// Triggers keep them, whatever is done to leases; `LeaseStatements.addNetwork` makes them.
    ///
    /// They are a part of what each lease costs, so they have nothing that makes SQLite copy pages or make tables of its
    /// own: no subqueries, no `max`, and no error at which one statement alone would be undone (`OR FAIL` in
    /// `LeaseStatements`).
    static let networks = [networkTable, earlierNetworks, networkTriggers]

    private static let networkTable = """
        CREATE TABLE networks (
            -- How many addresses are held in each network, and the most there ever were; of the first 1,000.
            interface TEXT NOT NULL,
            relay_address TEXT NOT NULL,    -- the relay agent; empty: the LAN itself
            held INTEGER NOT NULL,          -- leases that are bound
            most_held INTEGER NOT NULL,
            most_held_at INTEGER NOT NULL,  -- when there were so many first, in microseconds since the Unix epoch
            reached_at INTEGER NOT NULL,    -- when there were so many last, likewise
            PRIMARY KEY (interface, relay_address)
        )
        """

    private static let earlierNetworks = """
        INSERT INTO networks
        WITH changes AS (
            SELECT interface, coalesce(relay_address, '') AS relay, bound_at AS at, 1 AS step FROM leases
            UNION ALL
            SELECT interface, coalesce(relay_address, ''), ended_at, -1 FROM leases WHERE state <> 'bound'
        ), counted AS (
            SELECT interface, relay, at, step, sum(step) OVER (PARTITION BY interface, relay ORDER BY at, step) AS held
            FROM changes
        )
        SELECT interface, relay, sum(step), max(held), at, at FROM counted GROUP BY interface, relay
        ORDER BY relay = '' DESC, max(held) DESC LIMIT 1000
        """

    private static let holdsMore = """
        UPDATE networks SET
            held = held + 1,
            most_held = iif(held + 1 > most_held, held + 1, most_held),
            most_held_at = iif(held + 1 > most_held, coalesce(NEW.renewed_at, NEW.bound_at), most_held_at),
            reached_at = iif(held + 1 >= most_held, coalesce(NEW.renewed_at, NEW.bound_at), reached_at)
        WHERE interface = NEW.interface AND relay_address = coalesce(NEW.relay_address, '');
        """

    private static let holdsLess = """
        UPDATE networks SET held = iif(held > 0, held - 1, 0)
        WHERE interface = OLD.interface AND relay_address = coalesce(OLD.relay_address, '');
        """

    // A renewal changes neither: it costs a comparison.
    private static let networkTriggers = """
        CREATE TRIGGER address_taken AFTER INSERT ON leases WHEN NEW.state = 'bound' BEGIN \(holdsMore) END;
        CREATE TRIGGER address_given_back AFTER UPDATE OF state, relay_address ON leases
        WHEN OLD.state = 'bound' AND (NEW.state <> 'bound' OR NEW.relay_address IS NOT OLD.relay_address) BEGIN
            \(holdsLess)
        END;
        CREATE TRIGGER address_taken_again AFTER UPDATE OF state, relay_address ON leases
        WHEN NEW.state = 'bound' AND (OLD.state <> 'bound' OR NEW.relay_address IS NOT OLD.relay_address) BEGIN
            \(holdsMore)
        END;
        CREATE TRIGGER address_forgotten AFTER DELETE ON leases WHEN OLD.state = 'bound' BEGIN \(holdsLess) END;
        """
}
