internal import GRDB

/// The statements by which leases are looked up and changed.
struct LeaseStatements {
    /// The latest request with a transaction identifier, a hardware address, on an interface: its type, the client's
    /// identifier and its name.
    let request: RowStatement
    /// The newest row of an address on an interface.
    let newestAtAddress: RowStatement
    /// The rows of a hardware address that end after a time, on an interface.
    let ofHardwareAddress: RowStatement
    /// The rows of a client identifier that end after a time, on an interface.
    let ofIdentifier: RowStatement
    /// The row with an `id`, the third parameter, gets a state and the time since when.
    let end: RowStatement
    /// A new row.
    let bind: RowStatement
    /// The row with an `id`, the first parameter, goes on.
    let renew: RowStatement

    init(_ database: Database) throws {
        request = try RowStatement(database, sql: Self.findRequest)
        newestAtAddress = try RowStatement(
            database, sql: Self.selection + "WHERE address = ? AND interface = ? ORDER BY id DESC LIMIT 1")
        ofHardwareAddress = try RowStatement(database, sql: Self.selection + Self.unended("client_mac"))
        ofIdentifier = try RowStatement(database, sql: Self.selection + Self.unended("client_identifier"))
        end = try RowStatement(database, sql: "UPDATE leases SET state = ?, ended_at = ? WHERE id = ?")
        bind = try RowStatement(database, sql: Self.insert)
        renew = try RowStatement(database, sql: Self.update)
    }

    private static let findRequest = """
        SELECT message_type, client_identifier, host_name FROM packets
        WHERE transaction_id = ? AND client_mac IS ? AND interface = ?
        AND direction = 'to-server' AND verdict = 'forwarded' AND message_type IN ('DISCOVER', 'REQUEST', 'INFORM')
        ORDER BY id DESC LIMIT 1
        """

    private static let selection = """
        SELECT id, address, client_mac, client_identifier, server_identifier, interface, relay_address, state, expires_at
        FROM leases\u{20}
        """

    private static func unended(_ column: String) -> String {
        """
        WHERE interface = ?3 AND id IN (
            SELECT id FROM leases WHERE \(column) = ?1 AND expires_at > ?2
            UNION ALL SELECT id FROM leases WHERE \(column) = ?1 AND expires_at IS NULL
        )
        """
    }

    private static let insert = """
        INSERT INTO leases (state, address, interface, bound_at, expires_at, client_mac, client_identifier, host_name,
        server_identifier, relay_address) VALUES ('bound', ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// What the renewal does not say stays: a client that renews speaks to the server itself and not through a relay
    /// agent, and need not repeat its name.
    private static let update = """
        UPDATE leases SET state = 'bound', ended_at = NULL, renewed_at = ?2, expires_at = ?3,
        client_mac = coalesce(?4, client_mac), client_identifier = coalesce(?5, client_identifier),
        host_name = coalesce(?6, host_name), server_identifier = coalesce(?7, server_identifier),
        relay_address = coalesce(?8, relay_address)
        WHERE id = ?1
        """
}
