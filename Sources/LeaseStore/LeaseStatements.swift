internal import GRDB

/// The statements by which leases are looked up and changed.
struct LeaseStatements {
    /// The newest row of an address on an interface.
    let newestAtAddress: RowStatement
    /// The rows of a hardware address that are held at a time, on an interface.
    let ofHardwareAddress: RowStatement
    /// The rows of a client identifier that are held at a time, on an interface.
    let ofIdentifier: RowStatement
    /// The row with an `id`, the third parameter, gets a state and the time since when.
    let end: RowStatement
    /// The row with an `id` goes on as if it had not ended, if it is the newest of its address.
    let goOn: RowStatement
    /// A new row.
    let bind: RowStatement
    /// The row with an `id`, the first parameter, goes on.
    let renew: RowStatement
    /// A row for a network, by its LAN, its relay agent and the time.
    let addNetwork: RowStatement

    init(_ database: Database) throws {
        newestAtAddress = try RowStatement(
            database, sql: Self.selection + "WHERE address = ? AND interface = ? ORDER BY id DESC LIMIT 1")
        ofHardwareAddress = try RowStatement(database, sql: Self.unended("client_mac"))
        ofIdentifier = try RowStatement(database, sql: Self.unended("client_identifier"))
        end = try RowStatement(database, sql: "UPDATE OR FAIL leases SET state = ?, ended_at = ? WHERE id = ?")
        goOn = try RowStatement(database, sql: Self.goingOn)
        bind = try RowStatement(database, sql: Self.insert)
        renew = try RowStatement(database, sql: Self.update)
        addNetwork = try RowStatement(database, sql: Self.network)
    }

    private static let selection = """
        SELECT id, address, client_mac, client_identifier, server_identifier, interface, relay_address, state, expires_at,
        hardware_type FROM leases\u{20}
        """

    /// Of one client there are as many bound rows as it holds addresses, and hardly ever one that was marked as expired
    /// before its time; what it held once does not make this longer.
    ///
    /// Two selections, in no order: for an order, or for a list of ids, SQLite makes a table of its own, which takes longer
    /// than all the rest. The `+` keeps it from going by the interface.
    private static func unended(_ column: String) -> String {
        let ofClient = selection + "WHERE \(column) = ?1 AND +interface = ?3 AND"
        return "\(ofClient) state = 'bound' UNION ALL \(ofClient) state = 'expired' AND expires_at > ?2"
    }

    private static let goingOn = """
        UPDATE OR FAIL leases SET state = 'bound', ended_at = NULL WHERE id = ?1 AND NOT EXISTS (
            SELECT 1 FROM leases AS later
            WHERE later.address = leases.address AND later.interface = leases.interface AND later.id > leases.id
        )
        """

    // An error undoes the transaction. That it might undo one statement alone, of those that triggers belong to, would have
    // SQLite copy each page that the statement changes.
    private static let insert = """
        INSERT OR FAIL INTO leases (state, address, interface, bound_at, expires_at, hardware_type, client_mac,
        client_identifier, host_name, server_identifier, relay_address)
        VALUES ('bound', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// What the renewal does not say stays.
    ///
    /// A client that renews speaks to the server itself and not through a relay agent, and need not repeat its name. Who
    /// holds the address stays as well: another one has another row.
    private static let update = """
        UPDATE OR FAIL leases SET state = 'bound', ended_at = NULL, renewed_at = ?2, expires_at = ?3,
        host_name = coalesce(?4, host_name), server_identifier = coalesce(?5, server_identifier),
        relay_address = coalesce(?6, relay_address)
        WHERE id = ?1
        """

    /// Who could name many relay agents is not to fill it.
    private static let network = """
        INSERT OR IGNORE INTO networks SELECT ?1, coalesce(?2, ''), 0, 0, ?3, ?3
        WHERE ?2 IS NULL OR (SELECT count(*) FROM networks) < 1000
        """
}
