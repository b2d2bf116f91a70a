extension Schema {
    /// The table of what was dropped without being DHCP, and the view of all that was dropped.
    static let drops = [droppedFrames, "DROP VIEW IF EXISTS drop_counts", allDropCounts]

    private static let droppedFrames = """
        CREATE TABLE dropped_frames (
            -- How many frames that were no DHCP were dropped. Reasons behind the first 500 are counted as one.
            interface TEXT NOT NULL,   -- the LAN
            direction TEXT NOT NULL,   -- to-server, to-client
            reason TEXT NOT NULL,      -- a verdict as in packets, or what they were: udp/53, tcp/80, icmp/3, arp, ipv6
            frames INTEGER NOT NULL,
            last_at INTEGER NOT NULL,  -- when they were counted last, in microseconds since the Unix epoch
            PRIMARY KEY (interface, direction, reason)
        ) WITHOUT ROWID
        """

    /// Adds to the table: interface, direction, reason, frames, time.
    static let addDrops = """
        INSERT INTO dropped_frames SELECT ?1, ?2,
            iif(
                EXISTS (SELECT 1 FROM dropped_frames WHERE interface = ?1 AND direction = ?2 AND reason = ?3)
                    OR (SELECT count(*) FROM dropped_frames) < 500,
                ?3, 'other'),
            ?4, ?5
        WHERE true
        ON CONFLICT DO UPDATE SET frames = frames + excluded.frames, last_at = max(last_at, excluded.last_at)
        """

    private static let allDropCounts = """
        CREATE VIEW drop_counts AS
        -- How many packets were dropped for each reason since the beginning, and how many frames that were no DHCP.
        SELECT interface, direction, reason, sum(packets) AS packets, \(readable("max(hour_at)")) AS last_hour FROM (
            SELECT interface, direction, verdict AS reason, packets, hour_at FROM packet_counts
            WHERE verdict NOT IN (\(undropped))
            UNION ALL
            SELECT interface, direction, reason, frames, last_at - last_at % 3600000000 FROM dropped_frames
        ) GROUP BY interface, direction, reason
        """
}
