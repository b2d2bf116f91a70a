package import GRDB

/// How full a network is, by what was seen: nobody knows what the server may give.
///
/// A network is a LAN, or what is behind a relay agent on it.
public struct NetworkUse: Hashable, Sendable {
    /// The LAN.
    public let interface: String
    /// The relay agent; empty for the LAN itself, `other` for relay agents through which no address was seen given.
    public let relayAddress: String
    /// How many addresses are held now.
    public internal(set) var held: Int64 = 0
    /// The most that ever were.
    public internal(set) var mostHeld: Int64 = 0
    /// When there were so many first, in microseconds since the Unix epoch; nothing when none ever was.
    public internal(set) var mostHeldAt: Int64?
    /// When there were so many last, likewise.
    public internal(set) var reachedAt: Int64?
    /// How many different addresses were held at some time of the last day; of more than `mostCounted` that ended in it,
    /// those that ended last.
    public internal(set) var heldInLastDay: Int64 = 0
    /// Clients that asked in the last day and have had no answer since; of more than `mostCounted` the last.
    public internal(set) var unansweredClients: Int64 = 0
    /// How often the server said no in the last day, counted up to `mostDenials`.
    public internal(set) var denials: Int64 = 0

    /// How many rows are looked at for a number: who invents clients is not to make it take longer.
    public static let mostCounted = 10_000
    /// How many packets are.
    public static let mostDenials = 1_000
    /// What is behind relay agents through which no address was seen given, or that came behind the first 1,000.
    public static let otherRelays = "other"

    /// `ens34`, or `ens34 via 192.168.70.1`.
    public var name: String {
        switch relayAddress {
        case "": interface
        case Self.otherRelays: "\(interface) via other relay agents"
        default: "\(interface) via \(relayAddress)"
        }
    }

    /// Whether the server may have no address left: as many are held as ever, again or for a while, and clients wait.
    ///
    /// - Parameters:
    ///   - waiting: how many clients have waited for `patience` at least, and began to when so many were held already.
    ///   - time: now, in microseconds since the Unix epoch.
    func mayBeFull(waiting: Int64, at time: Int64) -> Bool {
        guard waiting > 0, held > 0, held >= mostHeld, let mostHeldAt, let reachedAt else { return false }
        return reachedAt > mostHeldAt || time - mostHeldAt >= Self.settling
    }

    /// How long a client has to wait to count, in microseconds: the second question of most comes after four seconds.
    public static let patience: Int64 = 10_000_000
    /// How long a network that has never held more may be growing still, in microseconds.
    public static let settling: Int64 = 600_000_000
}

extension NetworkUse {
    private static let day: Int64 = 86_400_000_000

    /// All networks, in the order of their names.
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    package static func all(_ database: Database, at time: Int64) throws -> [NetworkUse] {
        var networks = try held(database)
        try leaveOutOverdue(database, at: time, in: &networks)
        let arguments: StatementArguments = [time - day]
        for (query, number) in [
            (endedInLastDay, \NetworkUse.heldInLastDay), (unanswered, \.unansweredClients), (denied, \.denials),
        ] {
            for row in try Row.fetchAll(database, sql: query, arguments: arguments) {
                add(row[2], to: number, interface: row[0], relay: row[1], in: &networks)
            }
        }
        return networks.map { network in
            var network = network
            network.heldInLastDay += network.held
            return network
        }.sorted { ($0.interface, $0.relayAddress) < ($1.interface, $1.relayAddress) }
    }

    /// Nobody marks leases as expired while the recorder is not running: up to `mostCounted` of them are seen.
    private static func leaveOutOverdue(_ database: Database, at time: Int64, in networks: inout [NetworkUse]) throws {
        for row in try Row.fetchAll(database, sql: overdue, arguments: [time, time - day]) {
            let (interface, relay): (String, String) = (row[0], row[1])
            add(-(row[2] as Int64), to: \.held, interface: interface, relay: relay, in: &networks)
            add(row[3], to: \.heldInLastDay, interface: interface, relay: relay, in: &networks)
        }
    }

    /// Those that have held an address, without what is counted of the last day.
    static func held(_ database: Database) throws -> [NetworkUse] {
        try Row.fetchAll(
            database,
            sql: "SELECT interface, relay_address, held, most_held, most_held_at, reached_at FROM networks"
        ).map { row in
            var network = NetworkUse(interface: row[0], relayAddress: row[1])
            (network.held, network.mostHeld, network.mostHeldAt, network.reachedAt) = (row[2], row[3], row[4], row[5])
            return network
        }
    }

    /// Whether the server may have no address left, by how many clients wait for one in each network that is as full as ever.
    static func full(_ database: Database, at time: Int64) throws -> [(network: NetworkUse, waiting: Int64)] {
        let networks = try held(database).filter { $0.mayBeFull(waiting: 1, at: time) }
        guard !networks.isEmpty else { return [] }
        let clients = try Row.fetchAll(
            database,
            sql: """
                SELECT interface, coalesce(relay_address, ''), unanswered_since, last_seen_at FROM clients
                WHERE unanswered_since > ? AND unanswered_since <= ? ORDER BY unanswered_since DESC
                LIMIT \(mostDenials)
                """, arguments: [time - day, time - patience])
        return networks.compactMap { network in
            let waiting = clients.count { client in
                client[0] == network.interface && client[1] == network.relayAddress
                    && (client[2] as Int64) >= network.mostHeldAt ?? 0 && (client[3] as Int64) > time - settling
            }
            return network.mayBeFull(waiting: Int64(waiting), at: time) ? (network, Int64(waiting)) : nil
        }
    }

    /// Whoever asks through a relay agent that was never given an address is one among many: anybody can name one.
    private static func add(
        _ count: Int64, to number: WritableKeyPath<NetworkUse, Int64>, interface: String, relay: String,
        in networks: inout [NetworkUse]
    ) {
        func index(_ relay: String) -> Int? {
            networks.firstIndex { $0.interface == interface && $0.relayAddress == relay }
        }
        if let index = index(relay) ?? (relay.isEmpty ? nil : index(otherRelays)) {
            networks[index][keyPath: number] += count
        } else {
            var network = NetworkUse(interface: interface, relayAddress: relay.isEmpty ? "" : otherRelays)
            network[keyPath: number] = count
            networks.append(network)
        }
    }

    // Each is limited inside, where rows are found by an index, the newest first.
    private static let overdue = """
        SELECT interface, relay, count(*), sum(expires_at > ?2) FROM (
            SELECT interface, coalesce(relay_address, '') AS relay, expires_at FROM leases
            WHERE state = 'bound' AND expires_at <= ?1 ORDER BY expires_at DESC LIMIT \(mostCounted)
        ) GROUP BY interface, relay
        """

    private static let endedInLastDay = """
        SELECT interface, relay, count(DISTINCT address) FROM (
            SELECT interface, coalesce(relay_address, '') AS relay, address FROM leases
            WHERE ended_at > ? ORDER BY ended_at DESC LIMIT \(mostCounted)
        ) AS ended
        WHERE NOT EXISTS (
            SELECT 1 FROM leases
            WHERE leases.interface = ended.interface AND leases.address = ended.address AND leases.state = 'bound'
        ) GROUP BY interface, relay
        """

    private static let unanswered = """
        SELECT interface, relay, count(*) FROM (
            SELECT interface, coalesce(relay_address, '') AS relay, last_seen_at FROM clients
            WHERE unanswered_since IS NOT NULL ORDER BY unanswered_since DESC LIMIT \(mostCounted)
        ) WHERE last_seen_at > ? GROUP BY interface, relay
        """

    private static let denied = """
        SELECT interface, relay, count(*) FROM (
            SELECT interface, coalesce(relay_address, '') AS relay, verdict FROM packets
            WHERE message_type = 'NAK' AND captured_at > ? ORDER BY captured_at DESC LIMIT \(mostDenials)
        ) WHERE verdict = 'forwarded' GROUP BY interface, relay
        """
}

extension LeaseStore {
    /// How full each network is.
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    /// - Throws: `failed`.
    public func networks(at time: UInt64) throws(LeaseStoreError) -> [NetworkUse] {
        try reading { try NetworkUse.all($0, at: Int64(clamping: time)) }
    }

    /// Networks whose server may have no address left, and how many clients wait there for one.
    ///
    /// - Parameter time: now, in microseconds since the Unix epoch.
    /// - Throws: `failed`.
    public func fullNetworks(at time: UInt64) throws(LeaseStoreError) -> [(network: NetworkUse, waiting: Int64)] {
        try reading { try NetworkUse.full($0, at: Int64(clamping: time)) }
    }
}
