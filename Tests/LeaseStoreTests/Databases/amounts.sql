PRAGMA application_id = 1297305419;
BEGIN TRANSACTION;
CREATE TABLE backlog (
    -- Batches of records as they came, in that order, that are not in the other tables yet: in a storm.
    id INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,  -- microseconds since the Unix epoch
    total INTEGER NOT NULL,        -- bytes of this message and those before it
    message BLOB NOT NULL          -- docs/protocol.md, kind 5
, has_leases_stored INTEGER NOT NULL DEFAULT 0);
CREATE TABLE clients (
    -- Who was seen, how often, and who waits for an answer.
    client_mac TEXT NOT NULL,
    interface TEXT NOT NULL,
    host_name TEXT,
    relay_address TEXT,            -- the relay agent through which its last request came
    first_seen_at INTEGER NOT NULL,  -- all times in microseconds since the Unix epoch
    last_seen_at INTEGER NOT NULL,
    packets INTEGER NOT NULL,      -- all that are about it, in both directions, whatever became of them
    requests INTEGER NOT NULL,     -- DISCOVER, REQUEST, INFORM and BOOTP that were forwarded
    answers INTEGER NOT NULL,      -- OFFER, ACK, NAK and BOOTP that were forwarded
    last_answer_at INTEGER,        -- NULL: it was never answered
    unanswered INTEGER NOT NULL,   -- requests since the last answer
    unanswered_since INTEGER, leased_at INTEGER,      -- the first of them; NULL if there is none
    PRIMARY KEY (client_mac, interface)
) WITHOUT ROWID;
INSERT INTO clients VALUES('02:00:00:00:00:0a','ens34','anna',NULL,1700000000000000,1700000000003000,4,2,2,1700000000003000,0,NULL,1700000000003000);
INSERT INTO clients VALUES('02:00:00:00:00:0b','ens34',NULL,NULL,1700000005000000,1700000005000000,1,1,0,NULL,1,1700000005000000,NULL);
INSERT INTO clients VALUES('02:00:00:00:00:0c','ens34',NULL,NULL,1700000006000000,1700000006000000,1,0,0,NULL,0,NULL,NULL);
CREATE TABLE dropped_frames (
    -- How many frames that were no DHCP were dropped. Reasons behind the first 500 are counted as one.
    interface TEXT NOT NULL,   -- the LAN
    direction TEXT NOT NULL,   -- to-server, to-client
    reason TEXT NOT NULL,      -- a verdict as in packets, or what they were: udp/53, tcp/80, icmp/3, arp, ipv6
    frames INTEGER NOT NULL,
    last_at INTEGER NOT NULL,  -- when they were counted last, in microseconds since the Unix epoch
    PRIMARY KEY (interface, direction, reason)
) WITHOUT ROWID;
CREATE TABLE event_totals (
    -- How many events there were of each kind, and of records-lost how many records. Kinds behind the first 500 are
    -- counted as one: only a component that was taken over invents them.
    component TEXT NOT NULL,
    kind TEXT NOT NULL,
    events INTEGER NOT NULL,
    records INTEGER NOT NULL,
    PRIMARY KEY (component, kind)
) WITHOUT ROWID;
INSERT INTO event_totals VALUES('relay','records-lost',1,12);
INSERT INTO event_totals VALUES('relay','started',1,0);
CREATE TABLE events (
    -- What is worth knowing beside packets.
    id INTEGER PRIMARY KEY,
    happened_at INTEGER NOT NULL,  -- microseconds since the Unix epoch
    component TEXT NOT NULL,       -- discovery, netns-agent, relay, recorder, middle-sock
    kind TEXT NOT NULL,            -- words with hyphens: server-exited
    detail TEXT NOT NULL
, amount INTEGER);
INSERT INTO events VALUES(1,1699999990000000,'relay','started','',NULL);
INSERT INTO events VALUES(2,1699999992000000,'relay','records-lost','12 records',12);
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1');
INSERT INTO grdb_migrations VALUES('2');
INSERT INTO grdb_migrations VALUES('3');
INSERT INTO grdb_migrations VALUES('4');
INSERT INTO grdb_migrations VALUES('5');
INSERT INTO grdb_migrations VALUES('6');
INSERT INTO grdb_migrations VALUES('holders');
INSERT INTO grdb_migrations VALUES('source-versions');
INSERT INTO grdb_migrations VALUES('bounds');
INSERT INTO grdb_migrations VALUES('totals');
INSERT INTO grdb_migrations VALUES('dropped-frames');
INSERT INTO grdb_migrations VALUES('networks');
INSERT INTO grdb_migrations VALUES('amounts');
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
    relay_address TEXT, hardware_type INTEGER NOT NULL DEFAULT 1,          -- the relay agent when the client is not on the LAN itself
    CHECK (state IN ('bound', 'released', 'declined', 'expired', 'superseded')),
    CHECK ((state = 'bound') = (ended_at IS NULL))
);
INSERT INTO leases VALUES(1,'192.168.50.30','02:00:00:00:00:0a',NULL,'anna','192.168.50.2','ens34','bound',1700000000003000,NULL,1700000600003000,NULL,NULL,1);
INSERT INTO leases VALUES(2,'192.168.50.31','02:00:00:00:00:0d','01aa',NULL,'192.168.50.2','ens34','released',1699999991000000,NULL,1700000600003000,1699999999000000,NULL,1);
CREATE TABLE notices (
    -- What the recorder has said once, before it did it.
    name TEXT PRIMARY KEY,
    told_at INTEGER NOT NULL  -- microseconds since the Unix epoch
) WITHOUT ROWID;
CREATE TABLE packet_counts (
    -- How many packets there were in each hour; they stay when the packets themselves are removed.
    hour_at INTEGER NOT NULL,      -- when the hour began, in microseconds since the Unix epoch
    interface TEXT NOT NULL,
    direction TEXT NOT NULL,
    verdict TEXT NOT NULL,
    message_type TEXT NOT NULL,    -- as in packets, and empty where it is NULL there
    packets INTEGER NOT NULL,
    bytes INTEGER NOT NULL,        -- the lengths of the frames
    PRIMARY KEY (hour_at, interface, direction, verdict, message_type)
) WITHOUT ROWID;
INSERT INTO packet_counts VALUES(1699999200000000,'ens34','to-client','forwarded','ACK',1,74);
INSERT INTO packet_counts VALUES(1699999200000000,'ens34','to-client','forwarded','OFFER',1,74);
INSERT INTO packet_counts VALUES(1699999200000000,'ens34','to-server','forwarded','DISCOVER',2,148);
INSERT INTO packet_counts VALUES(1699999200000000,'ens34','to-server','forwarded','REQUEST',1,74);
INSERT INTO packet_counts VALUES(1699999200000000,'ens34','to-server','forwarded','other',1,74);
INSERT INTO packet_counts VALUES(1699999200000000,'ens34','to-server','malformed-dhcp','',1,74);
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
INSERT INTO packet_totals_hour VALUES(1699999200000000);
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
    host_name TEXT,                -- option 12; what is not printable ASCII is written as \x and two digits
    frame BLOB NOT NULL            -- the Ethernet frame
);
INSERT INTO packets VALUES(1,1700000000000000,'ens34','to-server','forwarded','DISCOVER','0x00000007','02:00:00:00:00:0a',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'anna',X'ffffffffffff02000000000a0800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO packets VALUES(2,1700000000001000,'ens34','to-client','forwarded','OFFER','0x00000007','02:00:00:00:00:0a',NULL,NULL,'192.168.50.30',NULL,'192.168.50.2',NULL,600,NULL,X'ffffffffffff02000000000a0800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO packets VALUES(3,1700000000002000,'ens34','to-server','forwarded','REQUEST','0x00000007','02:00:00:00:00:0a',NULL,NULL,NULL,NULL,NULL,'192.168.50.30',NULL,'anna',X'ffffffffffff02000000000a0800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO packets VALUES(4,1700000000003000,'ens34','to-client','forwarded','ACK','0x00000007','02:00:00:00:00:0a',NULL,NULL,'192.168.50.30',NULL,'192.168.50.2',NULL,600,NULL,X'ffffffffffff02000000000a0800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO packets VALUES(5,1700000005000000,'ens34','to-server','forwarded','DISCOVER','0x00000008','02:00:00:00:00:0b',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,X'ffffffffffff02000000000a0800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO packets VALUES(6,1700000006000000,'ens34','to-server','forwarded','200','0x00000009','02:00:00:00:00:0c',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,X'ffffffffffff02000000000a0800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO packets VALUES(7,1700000007000000,'ens34','to-server','malformed-dhcp',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,X'ffffffffffff02000000000a0800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE sources (
    -- Up to which batch the records of each run of a component are stored. Written together with the records:
    -- that is how a batch that is sent again is not stored again.
    id INTEGER PRIMARY KEY,
    component TEXT NOT NULL,
    instance INTEGER NOT NULL,   -- a random number, another one for each run
    sequence INTEGER NOT NULL, version TEXT,   -- the last batch that is stored
    UNIQUE (component, instance)
);
INSERT INTO sources VALUES(1,'relay',7,3,NULL);
CREATE TABLE start_totals (
    -- How many starts there were, by how long they took.
    uplink TEXT NOT NULL,
    outcome TEXT NOT NULL,       -- ready, failed
    within_us INTEGER NOT NULL,  -- the least bound of the histogram that the total was within; NULL's is -1
    starts INTEGER NOT NULL,
    total_us INTEGER NOT NULL,   -- all of them together
    PRIMARY KEY (uplink, outcome, within_us)
) WITHOUT ROWID;
INSERT INTO start_totals VALUES('lan','ready',20000,1,15000);
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
);
INSERT INTO starts VALUES(1,1699999990000000,'lan','dhcpd -f',6,'ready',1000,2000,3000,4000,5000,15000);
CREATE TABLE networks (
    -- How many addresses are held in each network, and the most there ever were; of the first 1,000.
    interface TEXT NOT NULL,
    relay_address TEXT NOT NULL,    -- the relay agent; empty: the LAN itself
    held INTEGER NOT NULL,          -- leases that are bound
    most_held INTEGER NOT NULL,
    most_held_at INTEGER NOT NULL,  -- when there were so many first, in microseconds since the Unix epoch
    reached_at INTEGER NOT NULL,    -- when there were so many last, likewise
    PRIMARY KEY (interface, relay_address)
);
INSERT INTO networks VALUES('ens34','',1,1,1699999991000000,1699999991000000);
CREATE INDEX packets_by_time ON packets (captured_at);
CREATE INDEX packets_by_client ON packets (client_mac, captured_at);
CREATE INDEX packets_by_transaction ON packets (transaction_id);
CREATE INDEX packets_unusual ON packets (message_type, captured_at) WHERE
    message_type = 'NAK' OR message_type = 'DECLINE' OR message_type = 'RELEASE' OR message_type = 'INFORM';
CREATE INDEX packets_by_your_address ON packets (your_address, captured_at) WHERE your_address IS NOT NULL;
CREATE UNIQUE INDEX leases_bound ON leases (interface, address) WHERE state = 'bound';
CREATE INDEX leases_by_address ON leases (address, interface);
CREATE INDEX leases_by_host_name ON leases (host_name) WHERE host_name IS NOT NULL;
CREATE INDEX leases_by_time ON leases (bound_at);
CREATE INDEX events_by_time ON events (happened_at);
CREATE INDEX events_by_kind ON events (kind, happened_at);
CREATE INDEX leases_by_end ON leases (state, expires_at);
CREATE INDEX clients_unanswered ON clients (unanswered_since) WHERE unanswered_since IS NOT NULL;
CREATE VIEW current_leases AS
-- Leases that are held now. Right even when the recorder is not running: the time decides.
SELECT
    id, address, client_mac, client_identifier, host_name, server_identifier, interface, relay_address,
    bound_at, renewed_at, expires_at,
    strftime('%Y-%m-%dT%H:%M:%S', bound_at / 1000000, 'unixepoch') || printf('.%06dZ', bound_at % 1000000) AS bound_time,
    strftime('%Y-%m-%dT%H:%M:%S', renewed_at / 1000000, 'unixepoch') || printf('.%06dZ', renewed_at % 1000000) AS renewed_time,
    strftime('%Y-%m-%dT%H:%M:%S', expires_at / 1000000, 'unixepoch') || printf('.%06dZ', expires_at % 1000000) AS expires_time,                -- NULL: never
    (expires_at - CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)) / 1000000 AS remaining_seconds
FROM leases
WHERE state = 'bound' AND (expires_at IS NULL OR expires_at > CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
;
CREATE VIEW lease_history AS
-- Who had which address, from bound_at until held_until; right even when the recorder is not running.
SELECT
    id, address, client_mac, client_identifier, host_name, server_identifier, interface, relay_address,
    CASE WHEN state = 'bound' AND expires_at <= CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) THEN 'expired' ELSE state END AS state,
    bound_at, renewed_at, expires_at,
    coalesce(ended_at, expires_at, 253402300799999999) AS held_until,
    strftime('%Y-%m-%dT%H:%M:%S', bound_at / 1000000, 'unixepoch') || printf('.%06dZ', bound_at % 1000000) AS bound_time,
    strftime('%Y-%m-%dT%H:%M:%S', renewed_at / 1000000, 'unixepoch') || printf('.%06dZ', renewed_at % 1000000) AS renewed_time,
    strftime('%Y-%m-%dT%H:%M:%S', expires_at / 1000000, 'unixepoch') || printf('.%06dZ', expires_at % 1000000) AS expires_time,                -- NULL: never
    strftime('%Y-%m-%dT%H:%M:%S', coalesce(ended_at, expires_at, 253402300799999999) / 1000000, 'unixepoch') || printf('.%06dZ', coalesce(ended_at, expires_at, 253402300799999999) % 1000000) AS held_until_time
FROM leases
;
CREATE VIEW packet_log AS
-- The packets without their frames, with readable times.
SELECT
    id, strftime('%Y-%m-%dT%H:%M:%S', captured_at / 1000000, 'unixepoch') || printf('.%06dZ', captured_at % 1000000) AS captured_time, captured_at, interface, direction, verdict, message_type,
    transaction_id, client_mac, client_identifier, client_address, your_address, relay_address,
    server_identifier, requested_address, lease_seconds, host_name
FROM packets
;
CREATE VIEW event_log AS
-- The events with readable times.
SELECT id, strftime('%Y-%m-%dT%H:%M:%S', happened_at / 1000000, 'unixepoch') || printf('.%06dZ', happened_at % 1000000) AS happened_time, happened_at, component, kind, detail FROM events
;
CREATE VIEW start_log AS
-- The starts of the server with readable times and milliseconds.
SELECT
    id, strftime('%Y-%m-%dT%H:%M:%S', started_at / 1000000, 'unixepoch') || printf('.%06dZ', started_at % 1000000) AS started_time, started_at, uplink, server_command, server_pid, outcome,
    discovery_us / 1000.0 AS discovery_ms, namespace_us / 1000.0 AS namespace_ms, link_us / 1000.0 AS link_ms,
    spawn_us / 1000.0 AS spawn_ms, ready_us / 1000.0 AS ready_ms, total_us / 1000.0 AS total_ms
FROM starts
;
CREATE VIEW start_summary AS
-- How long starts took until the server was ready, in milliseconds. Starts that failed do not count.
WITH ranked AS (
    SELECT
        uplink, server_command, total_us,
        row_number() OVER (PARTITION BY uplink, server_command ORDER BY total_us) AS rank,
        count(*) OVER (PARTITION BY uplink, server_command) AS runs
    FROM starts
    WHERE outcome = 'ready' AND total_us IS NOT NULL
)
SELECT
    uplink, server_command, runs,
    round(avg(total_us) / 1000.0, 3) AS mean_ms,
    -- The middle one, or the mean of the two in the middle.
    round(avg(CASE WHEN rank IN ((runs + 1) / 2, (runs + 2) / 2) THEN total_us END) / 1000.0, 3) AS median_ms,
    min(total_us) / 1000.0 AS min_ms,
    max(total_us) / 1000.0 AS max_ms
FROM ranked
GROUP BY uplink, server_command
;
CREATE VIEW gaps AS
-- Records that never reached the database: what was sent is what is stored and these.
SELECT
    id, strftime('%Y-%m-%dT%H:%M:%S', happened_at / 1000000, 'unixepoch') || printf('.%06dZ', happened_at % 1000000) AS happened_time, happened_at, component,
    CAST(detail AS INTEGER) AS records
FROM events WHERE kind = 'records-lost'
;
CREATE VIEW unanswered_clients AS
-- Clients that asked and were not answered since, those that wait for longest first.
SELECT
    client_mac, interface, host_name, relay_address, unanswered AS requests,
    strftime('%Y-%m-%dT%H:%M:%S', unanswered_since / 1000000, 'unixepoch') || printf('.%06dZ', unanswered_since % 1000000) AS since_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_answer_at / 1000000, 'unixepoch') || printf('.%06dZ', last_answer_at % 1000000) AS last_answer_time,        -- NULL: it was never answered
    strftime('%Y-%m-%dT%H:%M:%S', last_seen_at / 1000000, 'unixepoch') || printf('.%06dZ', last_seen_at % 1000000) AS last_seen_time,
    unanswered_since, last_answer_at, last_seen_at
FROM clients WHERE unanswered_since IS NOT NULL ORDER BY unanswered_since
;
CREATE VIEW top_talkers AS
-- Clients by the number of packets from and to them, most first.
SELECT
    client_mac, interface, host_name, packets, requests, answers,
    strftime('%Y-%m-%dT%H:%M:%S', first_seen_at / 1000000, 'unixepoch') || printf('.%06dZ', first_seen_at % 1000000) AS first_seen_time, strftime('%Y-%m-%dT%H:%M:%S', last_seen_at / 1000000, 'unixepoch') || printf('.%06dZ', last_seen_at % 1000000) AS last_seen_time,
    first_seen_at, last_seen_at
FROM clients ORDER BY packets DESC
;
CREATE VIEW message_counts AS
-- How many packets of each type there were since the beginning.
SELECT
    interface, direction, nullif(message_type, '') AS message_type, sum(packets) AS packets,
    sum(packets) FILTER (WHERE verdict = 'forwarded') AS forwarded
FROM packet_counts GROUP BY interface, direction, message_type
;
CREATE VIEW hourly_counts AS
-- The counted packets with readable hours.
SELECT
    strftime('%Y-%m-%dT%H:%M:%S', hour_at / 1000000, 'unixepoch') || printf('.%06dZ', hour_at % 1000000) AS hour_time, hour_at, interface, direction, verdict,
    nullif(message_type, '') AS message_type, packets, bytes
FROM packet_counts
;
CREATE INDEX packets_dropped ON packets (verdict, captured_at) WHERE verdict <> 'forwarded' OR verdict = 'truncated' OR verdict = 'vlan' OR verdict = 'own-frame' OR verdict = 'not-for-us' OR verdict = 'unsupported' OR verdict = 'fragment' OR verdict = 'malformed-arp' OR verdict = 'malformed-ip' OR verdict = 'malformed-udp' OR verdict = 'malformed-icmp' OR verdict = 'malformed-dhcp' OR verdict = 'reply-from-client' OR verdict = 'request-from-server' OR verdict = 'foreign-server' OR verdict = 'unsolicited-echo-reply' OR verdict = 'spoofed-source' OR verdict = 'send-failed' OR verdict = 'undeliverable' OR verdict = 'answered' OR verdict = 'held' OR verdict = 'fenced' OR verdict = 'probe';
CREATE VIEW exchanges AS
-- One row per transaction: what a client began, and how long the answers took, in milliseconds.
-- It begins with a DISCOVER, REQUEST or INFORM, and ends with the first ACK or NAK, or before a silence of two
-- minutes. Retransmissions are part of it.
WITH opened AS (
    SELECT
        opening.*,
        (
            SELECT later.id FROM packets AS later
            WHERE later.transaction_id = opening.transaction_id AND later.client_mac IS opening.client_mac
    AND later.interface = opening.interface AND later.verdict = 'forwarded' AND later.id > opening.id
            AND later.captured_at - (
    SELECT earlier.captured_at FROM packets AS earlier
    WHERE earlier.transaction_id = later.transaction_id AND earlier.client_mac IS later.client_mac
    AND earlier.interface = later.interface AND earlier.verdict = 'forwarded' AND earlier.id < later.id
    ORDER BY earlier.id DESC LIMIT 1
) > 120000000
            ORDER BY later.id LIMIT 1
        ) AS next_id -- the first packet behind the silence
    FROM packets AS opening
    WHERE opening.message_type IN ('DISCOVER', 'REQUEST', 'INFORM') AND opening.verdict = 'forwarded'
    AND (
        -- What comes behind an answer and asks nothing, such as a DECLINE, begins nothing and ends nothing.
        coalesce((
    SELECT earlier.message_type IN ('ACK', 'NAK') FROM packets AS earlier
    WHERE earlier.transaction_id = opening.transaction_id AND earlier.client_mac IS opening.client_mac
    AND earlier.interface = opening.interface AND earlier.verdict = 'forwarded' AND earlier.id < opening.id AND earlier.message_type IN ('DISCOVER', 'REQUEST', 'INFORM', 'ACK', 'NAK')
    ORDER BY earlier.id DESC LIMIT 1
), TRUE)
        OR opening.captured_at - (
    SELECT earlier.captured_at FROM packets AS earlier
    WHERE earlier.transaction_id = opening.transaction_id AND earlier.client_mac IS opening.client_mac
    AND earlier.interface = opening.interface AND earlier.verdict = 'forwarded' AND earlier.id < opening.id
    ORDER BY earlier.id DESC LIMIT 1
) > 120000000
    )
)
SELECT
    opened.id, opened.captured_at AS started_at, strftime('%Y-%m-%dT%H:%M:%S', opened.captured_at / 1000000, 'unixepoch') || printf('.%06dZ', opened.captured_at % 1000000) AS started_time,
    opened.interface, opened.client_mac, opened.client_identifier, opened.host_name, opened.relay_address,
    opened.transaction_id,
    opened.message_type AS began_with,                                -- DISCOVER, REQUEST, INFORM
    coalesce(answer.message_type, offer.message_type) AS ended_with,  -- ACK, NAK, OFFER; NULL: no answer
    coalesce(answer.your_address, offer.your_address) AS address,
    (offer.captured_at - opened.captured_at) / 1000.0 AS discover_to_offer_ms,
    CASE WHEN opened.message_type = 'DISCOVER' AND answer.message_type = 'ACK'
        THEN (answer.captured_at - opened.captured_at) / 1000.0 END AS discover_to_ack_ms,
    CASE WHEN answer.message_type = 'ACK'
        THEN (answer.captured_at - request.captured_at) / 1000.0 END AS request_to_ack_ms
FROM opened
LEFT JOIN packets AS answer ON answer.id = (
    SELECT min(reply.id) FROM packets AS reply
    WHERE reply.transaction_id = opened.transaction_id AND reply.client_mac IS opened.client_mac
    AND reply.interface = opened.interface AND reply.verdict = 'forwarded' AND reply.message_type IN ('ACK', 'NAK')
    AND reply.id > opened.id AND (
        reply.captured_at <= opened.captured_at + 120000000 -- spares looking for the silence
        OR opened.next_id IS NULL OR reply.id < opened.next_id
    )
)
LEFT JOIN packets AS offer ON
    offer.id = CASE opened.message_type WHEN 'DISCOVER' THEN (
    SELECT min(reply.id) FROM packets AS reply
    WHERE reply.transaction_id = opened.transaction_id AND reply.client_mac IS opened.client_mac
    AND reply.interface = opened.interface AND reply.verdict = 'forwarded' AND reply.message_type IN ('OFFER')
    AND reply.id > opened.id AND (
        reply.captured_at <= opened.captured_at + 120000000 -- spares looking for the silence
        OR opened.next_id IS NULL OR reply.id < opened.next_id
    )
) END
    AND (answer.id IS NULL OR offer.id < answer.id)
LEFT JOIN packets AS request ON
    request.id = CASE opened.message_type WHEN 'DISCOVER' THEN (
    SELECT min(reply.id) FROM packets AS reply
    WHERE reply.transaction_id = opened.transaction_id AND reply.client_mac IS opened.client_mac
    AND reply.interface = opened.interface AND reply.verdict = 'forwarded' AND reply.message_type IN ('REQUEST')
    AND reply.id > opened.id AND (
        reply.captured_at <= opened.captured_at + 120000000 -- spares looking for the silence
        OR opened.next_id IS NULL OR reply.id < opened.next_id
    )
) WHEN 'REQUEST' THEN opened.id END
    AND request.id < answer.id
;
CREATE VIEW drop_counts AS
-- How many packets were dropped for each reason since the beginning.
SELECT interface, direction, verdict AS reason, sum(packets) AS packets, strftime('%Y-%m-%dT%H:%M:%S', max(hour_at) / 1000000, 'unixepoch') || printf('.%06dZ', max(hour_at) % 1000000) AS last_hour
FROM packet_counts WHERE verdict NOT IN ('forwarded', 'answered', 'held', 'probe') GROUP BY interface, direction, verdict
;
CREATE INDEX leases_by_client ON leases (client_mac, state, expires_at);
CREATE INDEX leases_by_identifier ON leases (client_identifier, state, expires_at)
    WHERE client_identifier IS NOT NULL;
CREATE INDEX clients_without_lease ON clients (last_seen_at) WHERE leased_at IS NULL;
CREATE INDEX leases_by_ended ON leases (ended_at) WHERE ended_at IS NOT NULL;
CREATE TRIGGER packet_hour_is_over AFTER INSERT ON packet_counts WHEN NEW.hour_at > (SELECT hour_at FROM packet_totals_hour) BEGIN
    INSERT INTO packet_totals SELECT interface, direction, verdict, message_type, sum(packets) FROM packet_counts WHERE hour_at >= (SELECT hour_at FROM packet_totals_hour) AND hour_at < NEW.hour_at GROUP BY 1, 2, 3, 4
    ON CONFLICT DO UPDATE SET packets = packets + excluded.packets;
    UPDATE packet_totals_hour SET hour_at = NEW.hour_at;
END;
CREATE TRIGGER packets_came_late AFTER INSERT ON packet_counts WHEN NEW.hour_at < (SELECT hour_at FROM packet_totals_hour) BEGIN
    INSERT INTO packet_totals
    VALUES (NEW.interface, NEW.direction, NEW.verdict, NEW.message_type, NEW.packets) ON CONFLICT DO UPDATE SET packets = packets + excluded.packets;
END;
CREATE TRIGGER more_packets_came_late AFTER UPDATE OF packets ON packet_counts WHEN NEW.hour_at < (SELECT hour_at FROM packet_totals_hour) BEGIN
    INSERT INTO packet_totals
    VALUES (NEW.interface, NEW.direction, NEW.verdict, NEW.message_type, NEW.packets - OLD.packets) ON CONFLICT DO UPDATE SET packets = packets + excluded.packets;
END;
CREATE TRIGGER server_started AFTER INSERT ON starts BEGIN
    INSERT INTO start_totals VALUES (
        NEW.uplink, iif(NEW.outcome = 'ready', 'ready', 'failed'), CASE WHEN NEW.total_us IS NULL THEN -1 WHEN NEW.total_us <= 10000 THEN 10000 WHEN NEW.total_us <= 20000 THEN 20000 WHEN NEW.total_us <= 30000 THEN 30000 WHEN NEW.total_us <= 40000 THEN 40000 WHEN NEW.total_us <= 50000 THEN 50000 WHEN NEW.total_us <= 75000 THEN 75000 WHEN NEW.total_us <= 100000 THEN 100000 WHEN NEW.total_us <= 250000 THEN 250000 WHEN NEW.total_us <= 500000 THEN 500000 WHEN NEW.total_us <= 1000000 THEN 1000000 WHEN NEW.total_us <= 5000000 THEN 5000000 ELSE 9223372036854775807 END, 1, coalesce(NEW.total_us, 0)
    ) ON CONFLICT DO UPDATE SET starts = starts + 1, total_us = total_us + excluded.total_us;
END;
CREATE TRIGGER address_taken AFTER INSERT ON leases WHEN NEW.state = 'bound' BEGIN UPDATE networks SET
    held = held + 1,
    most_held = iif(held + 1 > most_held, held + 1, most_held),
    most_held_at = iif(held + 1 > most_held, coalesce(NEW.renewed_at, NEW.bound_at), most_held_at),
    reached_at = iif(held + 1 >= most_held, coalesce(NEW.renewed_at, NEW.bound_at), reached_at)
WHERE interface = NEW.interface AND relay_address = coalesce(NEW.relay_address, ''); END;
CREATE TRIGGER address_given_back AFTER UPDATE OF state, relay_address ON leases
WHEN OLD.state = 'bound' AND (NEW.state <> 'bound' OR NEW.relay_address IS NOT OLD.relay_address) BEGIN
    UPDATE networks SET held = iif(held > 0, held - 1, 0)
WHERE interface = OLD.interface AND relay_address = coalesce(OLD.relay_address, '');
END;
CREATE TRIGGER address_taken_again AFTER UPDATE OF state, relay_address ON leases
WHEN NEW.state = 'bound' AND (OLD.state <> 'bound' OR NEW.relay_address IS NOT OLD.relay_address) BEGIN
    UPDATE networks SET
    held = held + 1,
    most_held = iif(held + 1 > most_held, held + 1, most_held),
    most_held_at = iif(held + 1 > most_held, coalesce(NEW.renewed_at, NEW.bound_at), most_held_at),
    reached_at = iif(held + 1 >= most_held, coalesce(NEW.renewed_at, NEW.bound_at), reached_at)
WHERE interface = NEW.interface AND relay_address = coalesce(NEW.relay_address, '');
END;
CREATE TRIGGER address_forgotten AFTER DELETE ON leases WHEN OLD.state = 'bound' BEGIN UPDATE networks SET held = iif(held > 0, held - 1, 0)
WHERE interface = OLD.interface AND relay_address = coalesce(OLD.relay_address, ''); END;
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
COMMIT;
