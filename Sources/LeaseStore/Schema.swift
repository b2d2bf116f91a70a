internal import GRDB

/// The database as it is today, and how it became so.
enum Schema {
    /// `application_id` in the file header, so that `file` and we know the database: "MSOK".
    static let applicationID: Int32 = 0x4D53_4F4B

    /// The migrations, oldest first.
    ///
    /// Each is final once it was published: changes are new migrations.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            for statement in tables { try database.execute(sql: statement) }
        }
        migrator.registerMigration("2") { database in
            for view in ["current_leases", "start_summary", "exchanges"] {
                try database.execute(sql: "DROP VIEW IF EXISTS \(view)")
            }
            for statement in [leaseEnds] + counts + views { try database.execute(sql: statement) }
        }
        // Nothing that is asked goes by it, and it cost two pages for each client that was heard.
        migrator.registerMigration("3") { database in
            try database.execute(sql: "DROP INDEX IF EXISTS clients_by_last_seen")
        }
        // There are more reasons.
        migrator.registerMigration("4") { database in
            try database.execute(
                sql: "DROP INDEX IF EXISTS packets_dropped; \(droppedIndex(reasons + ["held", "fenced", "probe"]))")
        }
        migrator.registerMigration("5") { database in try database.execute(sql: backlog) }
        // Exchanges were missing behind a DECLINE, RELEASE or late OFFER, and took a time that grew with the square of what a
        // client had sent since; what was held or answered counted as dropped.
        migrator.registerMigration("6") { database in
            try database.execute(sql: "DROP VIEW IF EXISTS exchanges; DROP VIEW IF EXISTS drop_counts;")
            for statement in [exchanges, dropCounts] { try database.execute(sql: statement) }
        }
        // The same bytes as another kind of hardware address are another client. And what a client holds is found however
        // much it held before.
        migrator.registerMigration("holders") { database in try database.execute(sql: leaseHolders) }
        // NULL for the runs of before.
        migrator.registerMigration("source-versions") { database in
            try database.execute(sql: "ALTER TABLE sources ADD COLUMN version TEXT")
        }
        // Each stranger was a client for ever, each of 256 types of messages a row for each hour.
        migrator.registerMigration("bounds") { database in
            for statement in bounds { try database.execute(sql: statement) }
        }
        // What is asked for again and again took longer the more was recorded.
        migrator.registerMigration("totals") { database in
            for statement in totals { try database.execute(sql: statement) }
        }
        // What was no DHCP was counted nowhere.
        migrator.registerMigration("dropped-frames") { database in
            for statement in drops { try database.execute(sql: statement) }
        }
        return migrator
    }

    private static let tables = [packets, packetIndexes, leases, leaseIndexes, starts, events, sources]

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

    private static func droppedIndex(_ reasons: [String]) -> String {
        let named = reasons.map { "OR verdict = '\($0)'" }.joined(separator: " ")
        return "CREATE INDEX packets_dropped ON packets (verdict, captured_at) WHERE verdict <> 'forwarded' \(named);"
    }

    /// Says nothing new, but SQLite only sees that `verdict = 'vlan'` is about dropped packets when it is written here.
    private static let reasons = [
        "truncated", "vlan", "own-frame", "not-for-us", "unsupported", "fragment", "malformed-arp", "malformed-ip",
        "malformed-udp", "malformed-icmp", "malformed-dhcp", "reply-from-client", "request-from-server",
        "foreign-server", "unsolicited-echo-reply", "spoofed-source", "send-failed", "undeliverable",
        "answered",
    ]

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

    /// Finds the leases that are over, and those that a wrong clock has ended too early.
    private static let leaseEnds = """
        DROP INDEX leases_by_expiry;
        CREATE INDEX leases_by_end ON leases (state, expires_at);
        """

    private static let leaseHolders = """
        ALTER TABLE leases ADD COLUMN hardware_type INTEGER NOT NULL DEFAULT 1;  -- of client_mac: htype, 1 is Ethernet
        DROP INDEX leases_by_client;
        DROP INDEX leases_by_identifier;
        CREATE INDEX leases_by_client ON leases (client_mac, state, expires_at);
        CREATE INDEX leases_by_identifier ON leases (client_identifier, state, expires_at)
            WHERE client_identifier IS NOT NULL;
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

    private static let backlog = """
        CREATE TABLE backlog (
            -- Batches of records as they came, in that order, that are not in the other tables yet: in a storm.
            id INTEGER PRIMARY KEY,
            received_at INTEGER NOT NULL,  -- microseconds since the Unix epoch
            total INTEGER NOT NULL,        -- bytes of this message and those before it
            message BLOB NOT NULL          -- docs/protocol.md, kind 5
        )
        """
}
