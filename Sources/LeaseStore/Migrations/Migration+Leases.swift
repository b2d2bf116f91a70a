extension Migration {
    /// Finds the leases that are over, and those that a wrong clock has ended too early.
    static let leaseEnds = """
        DROP INDEX leases_by_expiry;
        CREATE INDEX leases_by_end ON leases (state, expires_at);
        """

    /// The same bytes as another kind of hardware address are another client.
    ///
    /// And what a client holds is found however much it held before.
    static let leaseHolders = """
        ALTER TABLE leases ADD COLUMN hardware_type INTEGER NOT NULL DEFAULT 1;  -- of client_mac: htype, 1 is Ethernet
        DROP INDEX leases_by_client;
        DROP INDEX leases_by_identifier;
        CREATE INDEX leases_by_client ON leases (client_mac, state, expires_at);
        CREATE INDEX leases_by_identifier ON leases (client_identifier, state, expires_at)
            WHERE client_identifier IS NOT NULL;
        """
}
