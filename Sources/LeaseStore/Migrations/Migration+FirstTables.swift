extension Migration {
    /// The database of the first version.
    static let firstTables = [
        "PRAGMA application_id = 1297305419", packets, packetIndexes, leases, leaseIndexes, starts, events, sources,
    ]

    // SQLite keeps the comments: `.schema` in sqlite3 shows them.
    private static let packets = """
        CREATE TABLE packets (
            -- Frames of DHCP, in the order in which they were seen. What a frame does not say is NULL.
            id INTEGER PRIMARY KEY,
            captured_at INTEGER NOT NULL,  -- microseconds since the Unix epoch
            interface TEXT NOT NULL,       -- the LAN
            direction TEXT NOT NULL,       -- to-server, to-client
            verdict TEXT NOT NULL,         -- forwarded, or why it was dropped
            message_type TEXT,             -- DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM; NULL for BOOTP
            transaction_id TEXT,           -- xid: 0x and eight hexadecimal digits
            client_mac TEXT,               -- chaddr
            client_identifier TEXT,        -- option 61 in hexadecimal
            client_address TEXT,           -- ciaddr: the address the client has
            your_address TEXT,             -- yiaddr: the address the server gives
            relay_address TEXT,            -- giaddr: the relay agent
            server_identifier TEXT,        -- option 54
            requested_address TEXT,        -- option 50
            lease_seconds INTEGER,         -- option 51; 4294967295 is for ever
            host_name TEXT,                -- option 12; what is not printable ASCII is written as \\x and two digits
            frame BLOB NOT NULL            -- the Ethernet frame
        )
        """

    // There is no index of the usual message types and of `forwarded`: SQLite would take it where times are asked for,
    // and read millions of rows (measured with 10 million packets: 640 ms instead of 2).
    private static let packetIndexes = """
        CREATE INDEX packets_by_time ON packets (captured_at);
        CREATE INDEX packets_by_client ON packets (client_mac, captured_at);
        CREATE INDEX packets_by_transaction ON packets (transaction_id);
        CREATE INDEX packets_unusual ON packets (message_type, captured_at) WHERE
            message_type = 'NAK' OR message_type = 'DECLINE' OR message_type = 'RELEASE' OR message_type = 'INFORM';
        CREATE INDEX packets_by_your_address ON packets (your_address, captured_at) WHERE your_address IS NOT NULL;
        \(droppedIndex(reasons))
        """

    private static let leases = """
        CREATE TABLE leases (
            -- Who had which address, and when: a renewal updates the row, a new binding is a new row.
            id INTEGER PRIMARY KEY,
            address TEXT NOT NULL,
            client_mac TEXT,
            client_identifier TEXT,
            host_name TEXT,
            server_identifier TEXT,
            interface TEXT NOT NULL,     -- the LAN
            state TEXT NOT NULL,         -- bound, released, declined, expired, superseded
            bound_at INTEGER NOT NULL,   -- all times in microseconds since the Unix epoch
            renewed_at INTEGER,          -- the last renewal; NULL if there was none
            expires_at INTEGER,          -- NULL: never
            ended_at INTEGER,            -- NULL while bound
            relay_address TEXT,          -- the relay agent when the client is not on the LAN itself
            CHECK (state IN ('bound', 'released', 'declined', 'expired', 'superseded')),
            CHECK ((state = 'bound') = (ended_at IS NULL))
        )
        """

    private static let leaseIndexes = """
        CREATE UNIQUE INDEX leases_bound ON leases (interface, address) WHERE state = 'bound';
        CREATE INDEX leases_by_address ON leases (address, interface);
        CREATE INDEX leases_by_client ON leases (client_mac, expires_at);
        CREATE INDEX leases_by_identifier ON leases (client_identifier, expires_at)
            WHERE client_identifier IS NOT NULL;
        CREATE INDEX leases_by_host_name ON leases (host_name) WHERE host_name IS NOT NULL;
        CREATE INDEX leases_by_time ON leases (bound_at);
        CREATE INDEX leases_by_expiry ON leases (expires_at) WHERE state = 'bound';
        """

    private static let starts = """
        CREATE TABLE starts (
            -- Starts of the DHCP server. Durations are microseconds; NULL is a phase that was not reached.
            id INTEGER PRIMARY KEY,
            started_at INTEGER NOT NULL,   -- microseconds since the Unix epoch
            uplink TEXT NOT NULL,          -- lan, runtime
            server_command TEXT NOT NULL,
            server_pid INTEGER,            -- NULL if it could not be started
            outcome TEXT NOT NULL,         -- ready, or why it did not become ready
            discovery_us INTEGER,          -- finding the networks
            namespace_us INTEGER,          -- making the namespaces
            link_us INTEGER,               -- making interfaces, addresses, routes and packet sockets
            spawn_us INTEGER,              -- until the program of the server is loaded
            ready_us INTEGER,              -- from there until the server has bound its socket
            total_us INTEGER               -- all of it
        )
        """

    private static let events = """
        CREATE TABLE events (
            -- What is worth knowing beside packets.
            id INTEGER PRIMARY KEY,
            happened_at INTEGER NOT NULL,  -- microseconds since the Unix epoch
            component TEXT NOT NULL,       -- discovery, netns-agent, relay, recorder, middle-sock
            kind TEXT NOT NULL,            -- words with hyphens: server-exited
            detail TEXT NOT NULL
        );
        CREATE INDEX events_by_time ON events (happened_at);
        CREATE INDEX events_by_kind ON events (kind, happened_at);
        """

    private static let sources = """
        CREATE TABLE sources (
            -- Up to which batch the records of each run of a component are stored. Written together with the records:
            -- that is how a batch that is sent again is not stored again.
            id INTEGER PRIMARY KEY,
            component TEXT NOT NULL,
            instance INTEGER NOT NULL,   -- a random number, another one for each run
            sequence INTEGER NOT NULL,   -- the last batch that is stored
            UNIQUE (component, instance)
        )
        """
}
