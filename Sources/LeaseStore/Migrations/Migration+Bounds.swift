extension Migration {
    /// What it takes to keep a bounded number of whatever strangers can cause: each of them was a client for ever, each of
    /// 256 types of messages a row for each hour.
    static let bounds = [knownTypes, leasedClients, endedLeases, notices, backlogLeases]

    /// Types that RFC 2131 does not know count as one.
    private static let knownTypes = """
        INSERT INTO packet_counts
        SELECT hour_at, interface, direction, verdict, 'other', sum(packets), sum(bytes)
        FROM packet_counts WHERE message_type GLOB '[0-9]*' GROUP BY hour_at, interface, direction, verdict;
        DELETE FROM packet_counts WHERE message_type GLOB '[0-9]*';
        """

    private static let leasedClients = """
        ALTER TABLE clients ADD COLUMN leased_at INTEGER;  -- its last ACK of an address; NULL: it has no lease here
        UPDATE clients SET leased_at = (
            SELECT max(coalesce(renewed_at, bound_at)) FROM leases
            WHERE leases.client_mac = clients.client_mac AND leases.interface = clients.interface
        );
        CREATE INDEX clients_without_lease ON clients (last_seen_at) WHERE leased_at IS NULL;
        """

    private static let endedLeases = "CREATE INDEX leases_by_ended ON leases (ended_at) WHERE ended_at IS NOT NULL"

    private static let notices = """
        CREATE TABLE notices (
            -- What the recorder has said once, before it did it.
            name TEXT PRIMARY KEY,
            told_at INTEGER NOT NULL  -- microseconds since the Unix epoch
        ) WITHOUT ROWID
        """

    /// Whether what a batch says about leases is in their table already.
    private static let backlogLeases = "ALTER TABLE backlog ADD COLUMN has_leases_stored INTEGER NOT NULL DEFAULT 0"
}
