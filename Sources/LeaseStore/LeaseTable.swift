internal import Addresses
internal import GRDB
internal import Messages
internal import Packet

/// The `leases` table: looks up what a decision needs, and carries it out.
struct LeaseTable {
    private let database: Database

    init(_ database: Database) throws {
        self.database = database
    }

    /// Changes the leases as `packet` says.
    ///
    /// The packet itself must be in the database already.
    func apply(_ packet: ObservedPacket) throws {
        guard packet.mayConcernLeases, let event = LeaseEvent(packet, request: try request(answeredBy: packet)) else {
            return
        }
        for change in event.changes(to: try leases(concernedBy: event)) { try apply(change) }
    }

    /// Marks what is over at `time`, and says how many leases that were.
    ///
    /// When the clock was wrong and is set back, leases that were marked too early go on, unless their address or their
    /// client got another since.
    func expire(at time: Int64) throws -> Int {
        try database.cachedStatement(sql: Self.reviving).execute(arguments: [time])
        try database.cachedStatement(
            sql: """
                UPDATE leases SET state = 'expired', ended_at = expires_at WHERE state = 'bound' AND expires_at <= ?
                """
        ).execute(arguments: [time])
        return database.changesCount
    }

    private static let reviving = """
        UPDATE leases SET state = 'bound', ended_at = NULL
        WHERE state = 'expired' AND expires_at > ? AND NOT EXISTS (
            SELECT 1 FROM leases AS later
            WHERE later.address = leases.address AND later.interface = leases.interface AND later.id > leases.id
        ) AND NOT EXISTS (
            SELECT 1 FROM leases AS later
            WHERE (later.client_mac = leases.client_mac OR later.client_identifier = leases.client_identifier)
            AND later.interface = leases.interface AND later.relay_address IS leases.relay_address
            AND later.id > leases.id
            AND coalesce(later.client_identifier = leases.client_identifier, later.client_mac = leases.client_mac)
        )
        """

    /// The latest message with which the client began or continued the transaction that `packet` answers.
    private func request(answeredBy packet: ObservedPacket) throws -> LeaseRequest? {
        guard packet.direction == .toClient, let message = packet.message else { return nil }
        let statement = try database.cachedStatement(
            sql: """
                SELECT message_type, client_identifier, host_name FROM packets
                WHERE transaction_id = ? AND client_mac IS ? AND interface = ?
                AND direction = 'to-server' AND verdict = 'forwarded'
                AND message_type IN ('DISCOVER', 'REQUEST', 'INFORM')
                ORDER BY id DESC LIMIT 1
                """)
        let row = try Row.fetchOne(
            statement, arguments: [message.transactionText, message.client.hardwareAddress, packet.interface])
        return row.map { row in
            LeaseRequest(
                isInform: row[0] == DHCPMessageType.inform.description, clientIdentifier: row[1], hostName: row[2])
        }
    }

    private func leases(concernedBy event: LeaseEvent) throws -> [Lease] {
        let atAddress = try atAddress(event.address, interface: event.interface)
        guard case .granted(let grant) = event, !atAddress.contains(where: grant.isRenewal(of:)) else {
            return atAddress
        }
        var leases = atAddress
        if let address = grant.client.hardwareAddress { leases += try ofClient("client_mac", address, grant) }
        if let identifier = grant.client.identifier {
            leases += try ofClient("client_identifier", identifier, grant)
        }
        var seen: Set<Int64> = []
        return leases.filter { seen.insert($0.id).inserted }
    }

    /// The newest row: only that one can still be held.
    private func atAddress(_ address: IPv4Address, interface: String) throws -> [Lease] {
        try fetch(
            "WHERE address = ? AND interface = ? ORDER BY id DESC LIMIT 1", [address.description, interface])
    }

    private func ofClient(_ column: String, _ value: String, _ grant: LeaseGrant) throws -> [Lease] {
        try fetch(
            """
            WHERE interface = ?3 AND id IN (
                SELECT id FROM leases WHERE \(column) = ?1 AND expires_at > ?2
                UNION ALL SELECT id FROM leases WHERE \(column) = ?1 AND expires_at IS NULL
            )
            """, [value, grant.grantedAt, grant.interface])
    }

    private func fetch(_ condition: String, _ arguments: StatementArguments) throws -> [Lease] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT id, address, client_mac, client_identifier, server_identifier, interface, relay_address, state,
                expires_at FROM leases \(condition)
                """)
        return try Row.fetchAll(statement, arguments: arguments).map(Lease.init)
    }

    private func apply(_ change: LeaseChange) throws {
        switch change {
        case .bind(let grant): try bind(grant)
        case .renew(let id, let grant): try renew(id, grant)
        case .end(let id, let state, let time):
            try database.cachedStatement(sql: "UPDATE leases SET state = ?, ended_at = ? WHERE id = ?")
                .execute(arguments: [state.rawValue, time, id])
        }
    }

    private func bind(_ grant: LeaseGrant) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO leases (address, client_mac, client_identifier, host_name, server_identifier, interface,
                state, bound_at, expires_at, relay_address) VALUES (?, ?, ?, ?, ?, ?, 'bound', ?, ?, ?)
                """
        ).execute(
            arguments: [
                grant.address.description, grant.client.hardwareAddress, grant.client.identifier, grant.hostName,
                grant.serverIdentifier?.description, grant.interface, grant.grantedAt, grant.expiresAt,
                grant.relayAddress?.description,
            ])
    }

    /// What the renewal does not say stays: a client that renews speaks to the server itself and not through a relay
    /// agent, and need not repeat its name.
    private func renew(_ id: Int64, _ grant: LeaseGrant) throws {
        try database.cachedStatement(
            sql: """
                UPDATE leases SET state = 'bound', ended_at = NULL, renewed_at = ?, expires_at = ?,
                client_mac = coalesce(?, client_mac), client_identifier = coalesce(?, client_identifier),
                host_name = coalesce(?, host_name), server_identifier = coalesce(?, server_identifier),
                relay_address = coalesce(?, relay_address)
                WHERE id = ?
                """
        ).execute(
            arguments: [
                grant.grantedAt, grant.expiresAt, grant.client.hardwareAddress, grant.client.identifier,
                grant.hostName, grant.serverIdentifier?.description, grant.relayAddress?.description, id,
            ])
    }
}

extension Lease {
    /// The row as `LeaseTable` selects it.
    fileprivate init(_ row: Row) throws {
        let address: String = row[1]
        let state: String = row[7]
        guard let address = IPv4Address(address), let state = LeaseState(rawValue: state) else {
            throw LeaseStoreError.failed(reason: "row \(row[0] as Int64) of the table leases is damaged")
        }
        self.init(
            id: row[0], address: address, client: LeaseClient(hardwareAddress: row[2], identifier: row[3]),
            serverIdentifier: (row[4] as String?).flatMap(IPv4Address.init), interface: row[5],
            relayAddress: (row[6] as String?).flatMap(IPv4Address.init), state: state, expiresAt: row[8])
    }
}
