extension Migration {
    /// What was no DHCP was counted nowhere.
    static let droppedFrames = """
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
}
